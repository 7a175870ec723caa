import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { keys, startApp, type TestApp } from './support/app.ts';
import { kept } from './support/users.ts';
import { connected, shell } from '../../cli/test/directory.ts';

const LIST_RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';
const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

let api: TestApp;
let id: string;
beforeAll(async () => {
  api = await startApp();
  const jane = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName: 'jane',
    title: 'Surveyor',
    name: { givenName: 'Jane' },
    emails: [
      { value: 'jane@example.com', type: 'work', primary: true },
      { value: 'jane@example.org', type: 'home' },
    ],
    [ENTERPRISE]: { department: 'Mapping' },
  };
  id = (await api.request('POST', '/scim/v2/Users', { body: jane })).body.id as string;
});
afterAll(() => api.stop());

const patchOp = (...Operations: readonly object[]) => ({ schemas: [PATCH_OP], Operations });
const replace = (path: string, value: unknown) => ({ op: 'replace', path, value });

/** Explains a patch of jane, of whom nothing may change. */
async function explain(patch: unknown, ...flags: string[]) {
  const { run } = await shell({ STELE_URL: api.url, STELE_TOKEN: keys.write });
  const before = await kept(api);
  const result = await run(['scim', 'explain', '-', '--user', id, ...flags], { input: JSON.stringify(patch) });
  expect(await kept(api)).toEqual(before);
  return result;
}

const REJECTED = 'error: the PATCH would be rejected\n';

test('each operation says what it changes, and the end what the whole does', async () => {
  const patch = patchOp(
    replace('title', 'Engineer'),
    { op: 'add', path: 'emails', value: [{ value: 'jane@example.net', type: 'other' }] },
    { op: 'remove', path: 'emails[type eq "home"]' },
    replace('name.familyName', 'Lund'),
    replace(`${ENTERPRISE}:department`, 'Sales'),
    replace('title', 'Engineer'),
    { op: 'remove', path: 'title' },
  );
  expect(await explain(patch)).toEqual({
    code: 0,
    stderr: '',
    stdout: `1. replace title: applied
   title: Surveyor -> Engineer
2. add emails: applied
   emails: - -> {"value":"jane@example.net","type":"other"}
3. remove emails[type eq "home"]: applied
   emails: {"type":"home","value":"jane@example.org"} -> -
4. replace name.familyName: applied
   name.familyName: - -> Lund
5. replace ${ENTERPRISE}:department: applied
   ${ENTERPRISE}:department: Mapping -> Sales
6. replace title: applied, changes nothing
7. remove title: applied
   title: Engineer -> -
The PATCH would change:
   title: Surveyor -> -
   name.familyName: - -> Lund
   emails: {"type":"home","value":"jane@example.org"} -> -
   emails: - -> {"value":"jane@example.net","type":"other"}
   ${ENTERPRISE}:department: Mapping -> Sales
The preview of the server is the same.
`,
  });
});

test('the rule that rejects an operation is named, and what comes after is not reached', async () => {
  const patch = patchOp(replace('title', 'Engineer'), replace('name.shoeSize', 44), replace('nickName', 'Mim'));
  expect(await explain(patch)).toEqual({
    code: 6,
    stderr: REJECTED,
    stdout: `1. replace title: applied
   title: Surveyor -> Engineer
2. replace name.shoeSize: rejected
   invalidPath: Operations[1] replace "name.shoeSize": "name.shoeSize" is not an attribute of User, at character 1 of the path "name.shoeSize"
3. replace nickName: not reached
Nothing would change: a PATCH applies all of its operations, or none.
The preview of the server is the same.
`,
  });
});

describe.each([
  ['noTarget', { op: 'remove' }],
  ['mutability', { op: 'remove', path: 'userName' }],
  ['mutability', replace('id', 'another')],
  ['invalidValue', replace('active', 'perhaps')],
  ['invalidSyntax', { op: 'move', path: 'title' }],
])('%s', (scimType, operation) => {
  test(`rejects ${JSON.stringify(operation)}, here and at the server`, async () => {
    const { code, stdout } = await explain(patchOp(operation), '--json');
    expect(code).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({
      steps: [{ outcome: 'rejected', error: { scimType } }],
      error: { scimType },
      changes: [],
      server: { error: { scimType } },
      agrees: true,
    });
  });
});

test('a body that is no message of operations is rejected, and not sent', async () => {
  expect(await explain({ schemas: [LIST_RESPONSE], Operations: [replace('title', 'Engineer')] })).toEqual({
    code: 6,
    stderr: REJECTED,
    stdout: `1. replace title: not reached
invalidSyntax: schemas must hold ${PATCH_OP}
Nothing would change: a PATCH applies all of its operations, or none.
`,
  });
});

test('PATCH with an unknown name lists it as ignored', async () => {
  const { stdout } = await explain(patchOp({ op: 'replace', value: { title: 'Engineer', favouriteColour: 'red' } }));
  expect(stdout).toContain('Ignored, because the schema lacks it: favouriteColour\n');
});

test('a list in another order is no change of its values', async () => {
  const emails = [
    { value: 'jane@example.org', type: 'home' },
    { value: 'jane@example.com', type: 'work', primary: true },
  ];
  const { stdout } = await explain(patchOp(replace('emails', emails)));
  expect(stdout).toContain('   emails: the same in another order\n');
});

test('removing active disables', async () => {
  const { stdout } = await explain(patchOp({ op: 'remove', path: 'active' }));
  expect(stdout).toContain('active: true -> false\n');
  expect(stdout).toContain('The preview of the server is the same.\n');
});

test.each([[], ['--json']])('a password is not said %s', async (...flags) => {
  const { code, stdout } = await explain(patchOp(replace('password', 'Tarn-Lake-77?')), ...flags);
  expect(code).toBe(0);
  expect(stdout).toContain('password');
  expect(stdout).not.toContain('Tarn');
});

describe('--as-profile says by whose rules', () => {
  test.each([
    ['default', patchOp({ op: 'Replace', path: 'active', value: 'False' }), undefined],
    ['strict', patchOp({ op: 'Replace', path: 'active', value: false }), 'invalidSyntax'],
    ['strict', patchOp(replace('active', 'False')), 'invalidValue'],
    ['interop', patchOp({ op: 'replace', value: { title: 'Engineer' } }), 'invalidPath'],
    ['dronahq', { title: 'Engineer' }, undefined],
  ])('%s: %j', async (profile, patch, scimType) => {
    const { stdout } = await explain(patch, '--as-profile', profile, '--json');
    const explanation = JSON.parse(stdout) as { error?: { scimType: string } };
    expect(explanation.error?.scimType).toBe(scimType);
  });
});

describe('the server has the last word', () => {
  test('where it knows more: what a password has to be', async () => {
    const { code, stdout, stderr } = await explain(patchOp(replace('password', 'x')));
    expect({ code, stderr }).toEqual({ code: 6, stderr: REJECTED });
    expect(stdout).toContain(
      '   password changes\nThe preview of the server differs. It rejects the PATCH:\n   invalidValue: password',
    );
  });

  test('where its key has other rules than --as-profile', async () => {
    const { code, stdout, stderr } = await explain(patchOp(replace('active', 'False')), '--as-profile', 'strict');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^1\. replace active: rejected$/m);
    expect(stdout).toContain('The preview of the server differs.\nThe PATCH would change:\n   active: true -> false\n');
  });
});

test('what the server would do otherwise is said', async () => {
  const patch = patchOp({ op: 'replace', path: 'name', value: { familyName: 'Lund' } });
  const { code, stdout } = await explain(patch, '--as-profile', 'interop');
  expect(code).toBe(0);
  expect(stdout).toBe(`1. replace name: applied
   name.givenName: Jane -> -
   name.familyName: - -> Lund
The PATCH would change:
   name.givenName: Jane -> -
   name.familyName: - -> Lund
The preview of the server differs.
The PATCH would change:
   name.familyName: - -> Lund
`);
});

test('an answer that is no preview is not taken for one', async () => {
  const { run } = await connected();
  const input = JSON.stringify(patchOp(replace('title', 'x')));
  const { code, stdout } = await run(['scim', 'explain', '-', '--user', id], { input });
  expect(code).toBe(0);
  expect(stdout).toContain('check whether the user has changed');
});

describe('what keeps it from an explanation is an error of its own', () => {
  test('an unknown user', async () => {
    const { run } = await shell({ STELE_URL: api.url, STELE_TOKEN: keys.write });
    const input = JSON.stringify(patchOp());
    const nobody = '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55';
    expect(await run(['scim', 'explain', '-', '--user', nobody], { input })).toMatchObject({ code: 4, stdout: '' });
  });

  test('a key that may not write', async () => {
    const { run } = await shell({ STELE_URL: api.url, STELE_TOKEN: keys.read });
    const input = JSON.stringify(patchOp(replace('title', 'x')));
    expect(await run(['scim', 'explain', '-', '--user', id], { input })).toMatchObject({ code: 3, stdout: '' });
  });

  test.each([
    ['no JSON', ['-', '--user', 'x'], 2],
    ['no user', ['-'], 2],
    ['no file', ['/nowhere/patch.json', '--user', 'x'], 2],
    ['an unknown profile', ['-', '--user', 'x', '--as-profile', 'lax'], 2],
  ])('%s', async (_, argv, code) => {
    const { run } = await shell({ STELE_URL: api.url, STELE_TOKEN: keys.write });
    expect(await run(['scim', 'explain', ...argv], { input: '{' })).toMatchObject({ code, stdout: '' });
  });
});

test('the patch may stand in a file, and the user in any spelling', async () => {
  const { run, home } = await shell({ STELE_URL: api.url, STELE_TOKEN: keys.write });
  const file = join(home, 'patch.json');
  await writeFile(file, JSON.stringify(patchOp(replace('title', 'Engineer'))));
  const { code, stdout } = await run(['scim', 'explain', file, '--user', id.replaceAll('-', '').toUpperCase()]);
  expect(code).toBe(0);
  expect(stdout).toContain('title: Surveyor -> Engineer');
});
