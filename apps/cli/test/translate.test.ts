import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { translate } from '../src/translation.ts';
import { shell } from './directory.ts';

const lifecycle = 'urn:ietf:params:scim:schemas:extension:stele:lifecycle:2.0:User';
const patchOp = (...operations: readonly object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: operations,
});
const set = (path: string, value: unknown) => ({ op: 'replace', path, value });
const drop = (path: string) => ({ op: 'remove', path });

describe('what both dialects carry comes out the same, both ways', () => {
  test.each([
    ['v1', { username: 'jane' }, 'scim', patchOp(set('userName', 'jane'))],
    ['v1', { username: 'jane' }, 'nerm', { user: { login: 'jane' } }],
    ['v1', { email: 'a@example.com' }, 'scim', patchOp(set('emails[primary eq true].value', 'a@example.com'))],
    ['v1', { email: 'a@example.com' }, 'nerm', { user: { email: 'a@example.com' } }],
    ['v1', { first_name: 'Jane' }, 'scim', patchOp(set('name.givenName', 'Jane'))],
    ['v1', { last_name: null }, 'scim', patchOp(drop('name.familyName'))],
    ['v1', { role: 'editor' }, 'scim', patchOp(set('roles[primary eq true].value', 'editor'))],
    ['v1', { role: 'user' }, 'scim', patchOp(set('roles[primary eq true].value', 'user'))],
    ['nerm', { user: { status: 'Active' } }, 'scim', patchOp(set('active', true))],
    ['nerm', { user: { status: 'Disabled' } }, 'scim', patchOp(set('active', false))],
    ['nerm', { user: { name: 'Jane Smith' } }, 'scim', patchOp(set('displayName', 'Jane Smith'))],
    ['nerm', { user: { title: 'Engineer' } }, 'scim', patchOp(set('title', 'Engineer'))],
    ['nerm', { user: { title: null } }, 'scim', patchOp(drop('title'))],
    ['nerm', { user: { type: 'NeaccessUser' } }, 'scim', patchOp(set(`${lifecycle}:type`, 'NeaccessUser'))],
    ['nerm', { user: { group_strings: 'a,b' } }, 'scim', patchOp(set(`${lifecycle}:groupStrings`, ['a', 'b']))],
    ['nerm', { user: { group_strings: null } }, 'scim', patchOp(drop(`${lifecycle}:groupStrings`))],
    ['nerm', { user: { preferred_language: 'en' } }, 'scim', patchOp(set('preferredLanguage', 'en'))],
  ] as const)('%s %j is %s %j', (left, leftBody, right, rightBody) => {
    const there = translate({ from: left, patch: leftBody }, right);
    expect(there).toMatchObject({ body: rightBody, partial: [], lost: [] });
    expect(there.same).toHaveLength(1);
    const back = translate({ from: right, patch: rightBody }, left);
    expect(back).toMatchObject({ body: leftBody, lost: [] });
  });

  test.each([
    [true, { op: 'add', path: 'roles', value: [{ value: 'admin' }] }],
    [false, drop('roles[value eq "admin"]')],
  ])('nerm admin %j is a role', (admin, operation) => {
    const patch = { user: { admin } };
    expect(translate({ from: 'nerm', patch }, 'scim')).toMatchObject({ body: patchOp(operation), same: ['roles'] });
    expect(translate({ from: 'scim', patch: patchOp(operation) }, 'nerm')).toMatchObject({
      body: patch,
      same: ['roles'],
    });
  });
});

describe('what a dialect cannot say is named', () => {
  test.each([
    ['scim', patchOp(set('title', 'x'), set('active', false)), 'v1', undefined, [], ['status', 'title']],
    ['scim', patchOp(set('name.givenName', 'Jane')), 'nerm', undefined, [], ['name.givenName']],
    ['scim', patchOp(set('password', 'correct horse')), 'v1', undefined, [], ['password']],
    ['scim', patchOp(drop('displayName')), 'nerm', undefined, [], ['displayName']],
    ['nerm', { user: { status: 'Pending' } }, 'scim', patchOp(set('active', false)), ['status'], []],
    ['nerm', { user: { name: 'Jane', email: 'a@example.com' } }, 'v1', { email: 'a@example.com' }, [], ['displayName']],
    ['v1', { role: 'editor' }, 'nerm', undefined, [], ['roles']],
    ['v1', { role: 'admin' }, 'nerm', { user: { admin: true } }, ['roles'], []],
    ['v1', { first_name: 'Jane' }, 'nerm', undefined, [], ['name.givenName']],
  ] as const)('%s %j to %s', (from, patch, to, body, partial, lost) => {
    const translation = translate({ from, patch }, to);
    expect({ ...translation, lost: translation.lost.toSorted() }).toEqual({
      body,
      same: expect.anything(),
      partial,
      lost,
    });
  });

  test('a second address is more than the dialects with one address can say', () => {
    const patch = patchOp(set('emails', [{ value: 'a@example.com', type: 'work' }, { value: 'b@example.com' }]));
    expect(translate({ from: 'scim', patch }, 'v1')).toMatchObject({
      body: { email: 'a@example.com' },
      partial: ['emails'],
    });
  });
});

test('nothing of an invented user is ever said', () => {
  const removals = ['emails[type eq "work"]', 'emails', 'roles', 'name', 'roles[value eq "auditor"]', 'nickName'].map(
    drop,
  );
  for (const removal of removals) {
    for (const to of ['v1', 'nerm'] as const) {
      const translation = translate({ from: 'scim', patch: patchOp(removal) }, to);
      expect(JSON.stringify(translation)).not.toMatch(/this|that|someone/);
      expect([...translation.same, ...translation.partial, ...translation.lost]).not.toEqual([]);
    }
  }
});

test('the DronaHQ form of a SCIM PATCH is understood', () => {
  const patch = {
    userName: 'updateduser@example.com',
    active: false,
    emails: [{ value: 'updateduser@example.com', primary: true }],
    profileUrl: 'https://example.com/user/updateduser',
  };
  expect(translate({ from: 'scim', patch }, 'nerm')).toMatchObject({
    body: { user: { login: 'updateduser@example.com', status: 'Disabled', email: 'updateduser@example.com' } },
    lost: ['profileUrl'],
  });
});

describe('of a user who is known', () => {
  test('only what changes is said', () => {
    const user = {
      id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
      username: 'jane',
      email: null,
      first_name: 'Jane',
      role: 'editor',
    };
    const patch = { username: 'jane', first_name: null, role: 'admin' };
    expect(translate({ from: 'v1', patch, user }, 'scim')).toMatchObject({
      body: patchOp(drop('name.givenName'), set('roles[primary eq true].value', 'admin')),
      lost: [],
    });
    expect(translate({ from: 'v1', patch: { username: 'jane' }, user }, 'scim')).toEqual({
      body: undefined,
      same: [],
      partial: [],
      lost: [],
    });
  });

  test('what depends on the user can be said', () => {
    const user = {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      id: '018ffb8b-46b3-71e5-8def-f1dc73bb9574',
      userName: 'jane',
      emails: [
        { value: 'a@example.com', type: 'work', primary: true },
        { value: 'b@example.com', type: 'home' },
      ],
    };
    const patch = patchOp(drop('emails[type eq "work"]'));
    expect(translate({ from: 'scim', patch, user }, 'v1')).toMatchObject({
      body: { email: 'b@example.com' },
      partial: ['emails'],
    });
    expect(translate({ from: 'scim', patch }, 'v1')).toMatchObject({ body: undefined, lost: ['emails'] });
  });

  test('in NERM may stand in its wrapper or outside of it', () => {
    const shown = {
      id: '018ffb8b-46b3-71e5-8def-f1dc73bb9574',
      uid: 'x',
      login: 'jane',
      name: 'Jane',
      title: 'Engineer',
      email: null,
    };
    for (const user of [shown, { user: shown }]) {
      expect(translate({ from: 'nerm', patch: { user: { title: null, name: 'Jane' } }, user }, 'scim')).toMatchObject({
        body: patchOp(drop('title')),
      });
    }
  });
});

/** What GET shows of one user, with everything that only the server writes. */
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const id = '018ffb8b-46b3-71e5-8def-f1dc73bb9574';
const time = '2026-03-01T08:30:00Z';
const shown = {
  v1: {
    id: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
    email: 'a@example.com',
    username: 'jane',
    first_name: 'Jane',
    last_name: null,
    role: 'user',
    created_at: time,
    updated_at: time,
    pending_email: 'b@example.com',
  },
  scim: {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise, lifecycle],
    id,
    userName: 'jane',
    name: { givenName: 'Jane' },
    active: true,
    emails: [{ value: 'a@example.com', primary: true }],
    groups: [{ value: id, $ref: `https://stele.example.com/scim/v2/Groups/${id}`, display: 'Crew', type: 'direct' }],
    [enterprise]: { department: 'Mapping', manager: { value: id, displayName: 'Jon Dahl' } },
    [lifecycle]: { profileId: id, lastLogin: time, cookiesAcceptedAt: time },
    meta: { resourceType: 'User', created: time, lastModified: time, version: '"1"', location: 'https://x/Users/1' },
  },
  nerm: {
    user: {
      id,
      uid: id.replaceAll('-', ''),
      name: 'Jane',
      email: null,
      type: 'NeprofileUser',
      title: null,
      status: 'Active',
      login: 'jane',
      last_login: time,
      cookies_accepted_at: time,
      preferred_language: null,
      locale: null,
      group_strings: null,
      sailpoint_identity_id: null,
    },
  },
} as const;

describe('what GET shows can be sent as the patch', () => {
  const user = { username: 'jane', first_name: 'Jane', email: 'a@example.com' };
  const ofLifecycle = { [`${lifecycle}:lastLogin`]: time, ID: id, Meta: null };

  test.each([
    ['v1', 'with an e-mail', shown.v1, 'nerm', { user: { login: 'jane', email: 'a@example.com' } }],
    ['scim', 'as it is', shown.scim, 'v1', user],
    ['scim', 'in an operation', patchOp({ op: 'replace', value: shown.scim }), 'v1', user],
    [
      'scim',
      'an extension at its path',
      patchOp({ op: 'replace', path: lifecycle, value: shown.scim[lifecycle] }),
      'nerm',
      { user: { profile_id: id } },
    ],
    [
      'scim',
      'with other spellings of names',
      patchOp({ op: 'add', value: { ...ofLifecycle, UserName: 'jane' } }),
      'v1',
      { username: 'jane' },
    ],
    ['nerm', 'without an e-mail', shown.nerm, 'v1', { username: 'jane' }],
  ] as const)('%s, %s', (from, _, patch, to, body) => {
    expect(translate({ from, patch }, to).body).toEqual(body);
  });

  test.each([
    ['v1', { ...shown.v1, email: null }, [set('userName', 'jane'), drop('name.familyName')]],
    ['nerm', shown.nerm, [set('userName', 'jane'), set('displayName', 'Jane'), drop('title'), drop('locale')]],
  ] as const)('%s without an e-mail clears what is null', (from, patch, operations) => {
    expect(translate({ from, patch }, 'scim').body).toMatchObject({
      Operations: expect.arrayContaining([...operations]),
    });
  });

  test.each(
    (['v1', 'scim', 'nerm'] as const).flatMap((from) =>
      (['v1', 'scim', 'nerm'] as const).filter((to) => to !== from).map((to) => ({ from, to })),
    ),
  )('$from to $to: of the user itself it changes nothing', ({ from, to }) => {
    expect(translate({ from, patch: shown[from], user: shown[from] }, to)).toEqual({
      body: undefined,
      same: [],
      partial: [],
      lost: [],
    });
  });

  test.each(['id', 'meta.created', 'groups', `${lifecycle}:lastLogin`])('a path to %s is rejected', (path) => {
    expect(() => translate({ from: 'scim', patch: patchOp(set(path, id)) }, 'v1')).toThrow('read-only');
  });
});

/** A shell with a patch in a file. */
async function patched(patch: unknown) {
  const at = await shell();
  const file = join(at.home, 'patch.json');
  await writeFile(file, JSON.stringify(patch));
  return { ...at, file };
}

describe('the command', () => {
  test('prints one body that another command can read, and the losses apart from it', async () => {
    const { run, file } = await patched(patchOp(set('name.givenName', 'Jane'), set('title', 'Engineer')));
    expect(await run(['translate', '--from', 'scim', '--to', 'v1', file])).toEqual({
      code: 0,
      stdout: '{\n  "first_name": "Jane"\n}\n',
      stderr: 'v1 does not carry: title\n',
    });
  });

  test('prints several bodies below the calls that they belong to', async () => {
    const { run, file } = await patched({ username: 'jane' });
    const { code, stdout } = await run(['translate', '--from', 'v1', '--to', 'all', file]);
    expect(code).toBe(0);
    expect(stdout.match(/^PATCH .*$/gm)).toEqual(['PATCH /scim/v2/Users/{id}', 'PATCH /users/{id}']);
    expect(await run(['translate', '--from', 'v1', '--to', 'scim', '--to', 'nerm', file])).toMatchObject({ stdout });
  });

  test('--json prints everything as one document', async () => {
    const { run } = await shell();
    const { stdout } = await run(['translate', '--from', 'nerm', '--to', 'v1', '--json', '-'], {
      input: '{"user":{"login":"jane"}}',
    });
    expect(JSON.parse(stdout)).toEqual({
      v1: { body: { username: 'jane' }, same: ['userName'], partial: [], lost: [] },
    });
  });

  test.each([
    ['v1', { email: 'nobody' }, 'email'],
    ['v1', { rol: 'admin' }, 'rol'],
    ['v1', { password: 'correct horse' }, 'password'],
    ['nerm', { user: { login: null } }, 'login'],
    ['scim', patchOp(set('shoeSize', 1)), 'shoeSize'],
    ['scim', patchOp({ op: 'move', path: 'title' }), 'op'],
  ])('refuses what %s would refuse: %j', async (from, patch, named) => {
    const { run, file } = await patched(patch);
    const { code, stdout, stderr } = await run(['translate', '--from', from, '--to', 'all', file]);
    expect({ code, stdout }).toEqual({ code: 6, stdout: '' });
    expect(stderr).toContain(named);
  });

  test.each([
    ['without --from', ['--to', 'v1', '-']],
    ['without --to', ['--from', 'v1', '-']],
    ['to the same dialect', ['--from', 'v1', '--to', 'v1', '-']],
    ['to an unknown dialect', ['--from', 'v1', '--to', 'ldap', '-']],
    ['with two documents on one input', ['--from', 'v1', '--to', 'scim', '-', '--user', '-']],
    ['without a file', ['--from', 'v1', '--to', 'scim', '/nowhere/patch.json']],
  ])('is refused %s', async (_, argv) => {
    const { run } = await shell();
    expect(await run(['translate', ...argv], { input: '{}' })).toMatchObject({ code: 2, stdout: '' });
  });
});
