import { setTimeout as sleep } from 'node:timers/promises';
import { encodeUserId } from '@stele/schemas/v1';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, startApp, type TestApp } from './support/app.ts';
import { scimAt } from './support/scim.ts';
import { alice, create, faces, type Fields, operate, patch, read, urns, views } from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

let names = 0;
/** A name that nobody has. */
const freeName = (): string => `alice-${++names}`;

const statuses = ['Active', 'Pending', 'Disabled'] as const;
type Status = (typeof statuses)[number];

const succeeded = ({ status, text }: Answer): void => expect(status, text).toBeLessThan(300);

const list = async (path: string, field: 'users' | 'Resources', idOf = (user: Fields) => user['id']) => {
  const { body } = await api.request('GET', path);
  return ((body[field] ?? []) as Fields[]).map(idOf);
};

/** The status of a user. Every dialect, and every list of one that picks by it, has to be of the same opinion. */
async function statusOf(id: string): Promise<Status> {
  const { scim, nerm } = await views(api, id);
  const status = nerm['status'] as Status;
  expect(scim['active']).toBe(status === 'Active');
  const [row] = await api.query('SELECT status FROM users WHERE id = $1', [id]);
  expect(row!['status']).toBe(status.toLowerCase());
  for (const each of statuses) {
    const found = await list(`/users?user_status=${each}&login=${String(nerm['login'])}`, 'users');
    expect(found).toEqual(each === status ? [id] : []);
  }
  for (const active of [true, false]) {
    const filter = encodeURIComponent(`id eq "${id}" and active eq ${active}`);
    expect(await list(`/scim/v2/Users?filter=${filter}`, 'Resources')).toEqual(
      active === (status === 'Active') ? [id] : [],
    );
  }
  return status;
}

/** What can be written of a SCIM document, with some fields changed; undefined ones are left out. */
async function document(id: string, fields: Fields): Promise<object> {
  const { id: _id, meta: _meta, groups: _groups, ...resource } = (await read(api, 'scim', id)).body;
  return { ...resource, ...fields };
}

/** Waits until a job has done its work. */
async function jobDone(answer: Answer): Promise<void> {
  succeeded(answer);
  const { job_id: id } = answer.body.job_status;
  for (;;) {
    const { body } = await api.request('GET', `/job_status?job_id=${id}`);
    if (body.status === 'complete') return expect(body.job_data.flatMap((item: Fields) => item['errors'])).toEqual([]);
    await sleep(20);
  }
}

/** A write, and the status of a user after it who had the given one before. */
interface Write {
  readonly send: (id: string) => Promise<unknown>;
  readonly next: (status: Status) => Status;
}

const stays = (status: Status): Status => status;
const activates = (): Status => 'Active';
/** Decided once: "`active` that does not change leaves `pending` as it is". */
const deactivates = (status: Status): Status => (status === 'Active' ? 'Disabled' : status);

const put = async (id: string, fields: Fields) =>
  succeeded(await api.request('PUT', faces.scim.user(id), { body: await document(id, fields) }));
const bare = async (id: string, fields: Fields) =>
  succeeded(await api.request('PATCH', `/api/scim/v2/Users/${id}`, { body: fields }));
const operated = async (id: string, ...operations: object[]) => succeeded(await operate(api, id, ...operations));
const bulk = async (operation: object) => {
  const answer = await scimAt(api).bulk([operation]);
  expect(Number(answer.body.Operations[0].status), answer.text).toBeLessThan(300);
};
const bulkPatch = (id: string, fields: Fields) =>
  bulk({ method: 'PATCH', path: `/Users/${id}`, data: faces.scim.patch(fields) });
const bulkPut = async (id: string, fields: Fields) =>
  bulk({ method: 'PUT', path: `/Users/${id}`, data: await document(id, fields) });
const batch = async (id: string, data: Fields) => {
  const operations = [{ op: 'update', id: encodeUserId(id), data }];
  const { body, text } = await api.request('POST', '/v1/users/batch', { body: { operations } });
  expect(body.results[0].status, text).toBe(200);
};
const many = async (id: string, fields: Fields) => {
  const { body, text } = await api.request('PATCH', '/users', { body: { users: [{ id, ...fields }] } });
  expect(body.users[0], text).not.toHaveProperty('errors');
};
const job = async (id: string, fields: Fields) =>
  jobDone(await api.request('PATCH', '/users?async=true', { body: { users: [{ id, ...fields }] } }));
const picture = async (id: string) => {
  const form = new FormData();
  form.append('file', new Blob([Buffer.from('RIFF\0\0\0\0WEBPVP8 ')]), 'a.webp');
  const response = new Response(form);
  const type = response.headers.get('content-type')!;
  const body = Buffer.from(await response.arrayBuffer());
  succeeded(await api.request('POST', `${faces.nerm.user(id)}/avatar`, { body, type }));
};

const changes = (tongue: 'v1' | 'scim' | 'nerm', fields: Fields) => async (id: string) =>
  succeeded(await patch(api, tongue, id, fields));

const replaceActive = (value: unknown) => ({ op: 'replace', path: 'active', value });
const removeActive = { op: 'remove', path: 'active' };

let turns = 0;
/** A value that was not there before. */
const fresh = (): string => `value ${++turns}`;

const writes: Readonly<Record<string, Write>> = {
  ...Object.fromEntries(
    statuses.flatMap((status): [string, Write][] => [
      [`NERM: status ${status}`, { send: changes('nerm', { status }), next: () => status }],
      [`NERM: status ${status} of several`, { send: (id) => many(id, { status }), next: () => status }],
      [`NERM: status ${status} in a job`, { send: (id) => job(id, { status }), next: () => status }],
    ]),
  ),
  'SCIM PATCH: active true': { send: (id) => operated(id, replaceActive(true)), next: activates },
  'SCIM PATCH: active false': { send: (id) => operated(id, replaceActive(false)), next: deactivates },
  'SCIM PATCH: active "False", as Entra ID spells it': {
    send: (id) => operated(id, replaceActive('False')),
    next: deactivates,
  },
  'SCIM PATCH: no active': { send: (id) => operated(id, removeActive), next: deactivates },
  'SCIM PATCH: active added': { send: (id) => operated(id, { op: 'add', value: { active: true } }), next: activates },
  // Operations come to what they leave: in between there is no user.
  'SCIM PATCH: active true, then false': {
    send: (id) => operated(id, replaceActive(true), replaceActive(false)),
    next: deactivates,
  },
  'SCIM PATCH: active false, then true': {
    send: (id) => operated(id, replaceActive(false), replaceActive(true)),
    next: activates,
  },
  'SCIM PATCH: another attribute': {
    send: (id) => operated(id, { op: 'add', path: 'title', value: fresh() }),
    next: stays,
  },
  'SCIM PATCH: all that is shown': {
    send: async (id) => operated(id, { op: 'replace', value: await document(id, { nickName: fresh() }) }),
    next: stays,
  },
  'SCIM PATCH: an extension': {
    send: (id) => operated(id, { op: 'replace', path: `${urns.lifecycle}:type`, value: 'NeaccessUser' }),
    next: stays,
  },
  'SCIM PUT: active true': { send: (id) => put(id, { active: true }), next: activates },
  'SCIM PUT: active false': { send: (id) => put(id, { active: false }), next: deactivates },
  'SCIM PUT: active null': { send: (id) => put(id, { active: null }), next: deactivates },
  'SCIM PUT: nothing of active': { send: (id) => put(id, { active: undefined, title: fresh() }), next: stays },
  'SCIM PUT: what is shown': { send: (id) => put(id, {}), next: stays },
  'SCIM PUT: what is shown, and another attribute': { send: (id) => put(id, { title: fresh() }), next: stays },
  'SCIM in bulk: PATCH active true': { send: (id) => bulkPatch(id, { active: true }), next: activates },
  'SCIM in bulk: PATCH active false': { send: (id) => bulkPatch(id, { active: false }), next: deactivates },
  'SCIM in bulk: PATCH another attribute': { send: (id) => bulkPatch(id, { title: fresh() }), next: stays },
  'SCIM in bulk: PUT active false': { send: (id) => bulkPut(id, { active: false }), next: deactivates },
  'SCIM in bulk: PUT another attribute': { send: (id) => bulkPut(id, { title: fresh() }), next: stays },
  'DronaHQ: active true': { send: (id) => bare(id, { active: true }), next: activates },
  'DronaHQ: active false': { send: (id) => bare(id, { active: false }), next: deactivates },
  'DronaHQ: another attribute': { send: (id) => bare(id, { title: fresh() }), next: stays },
  'v1: every field': {
    send: (id) => changes('v1', { email: 'al@new.example', first_name: fresh(), last_name: null, role: fresh() })(id),
    next: stays,
  },
  'v1: in a batch': { send: (id) => batch(id, { last_name: fresh() }), next: stays },
  'v1: a password': {
    send: async (id) => {
      const body = { password: 'correct horse battery staple' };
      succeeded(await api.request('PUT', `${faces.v1.user(id)}/password`, { body }));
    },
    next: stays,
  },
  'NERM: another attribute': { send: (id) => changes('nerm', { title: fresh(), admin: true })(id), next: stays },
  'NERM: another attribute of several': { send: (id) => many(id, { title: fresh() }), next: stays },
  'NERM: another attribute in a job': { send: (id) => job(id, { title: fresh() }), next: stays },
  'NERM: a picture': { send: picture, next: stays },
  'SCIM: a group': { send: (id) => scimAt(api).group(freeName(), [id]), next: stays },
};

const cases = Object.keys(writes).flatMap((name) => statuses.map((status) => ({ name, status })));

test.each(cases)('$name, of a user who is $status', async ({ name, status }) => {
  const { send, next } = writes[name]!;
  const id = await create(api, 'nerm', freeName(), { status });
  await send(id);
  expect(await statusOf(id)).toBe(next(status));
  const rows = await api.query(
    "SELECT changes -> 'status' AS status FROM user_history WHERE user_id = $1 AND version > 1",
    [id],
  );
  const moved = rows.map((row) => row['status']).filter((change) => change !== null);
  const [from, to] = [status, next(status)].map((each) => each.toLowerCase());
  expect(moved).toEqual(from === to ? [] : [{ old: from, new: to }]);
});

test('comes and goes, whoever writes whatever in whichever order', async () => {
  // A job takes its time, and a password its work.
  const quick = Object.keys(writes).filter((name) => !/job|password/.test(name));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...statuses),
      fc.array(fc.constantFrom(...quick), { minLength: 2, maxLength: 12 }),
      async (first, sequence) => {
        const id = await create(api, 'nerm', freeName(), { status: first });
        let status: Status = first;
        for (const name of sequence) {
          const { send, next } = writes[name]!;
          await send(id);
          status = next(status);
          const { nerm, scim } = await views(api, id);
          expect([name, nerm['status'], scim['active']]).toEqual([name, status, status === 'Active']);
        }
      },
    ),
    { numRuns: 15 },
  );
});

describe('a user who is created', () => {
  const users = (login: string, fields: Fields) => [
    { login, name: login, email: `${login}@example.com`, type: 'NeprofileUser', ...fields },
  ];
  const idOf = async (login: string): Promise<string> => String((await list(`/users?login=${login}`, 'users'))[0]);

  const creations: Readonly<Record<string, (login: string, fields: Fields) => Promise<unknown>>> = {
    'by NERM': (login, fields) => create(api, 'nerm', login, fields),
    'by NERM, of several': async (login, fields) =>
      succeeded(await api.request('POST', '/users', { body: { users: users(login, fields) } })),
    'by NERM, in a job': async (login, fields) =>
      jobDone(await api.request('POST', '/users?async=true', { body: { users: users(login, fields) } })),
  };

  test.each(
    Object.keys(creations).flatMap((way) =>
      [...statuses, undefined].map((status) => ({ way, status, expected: status ?? 'Active' })),
    ),
  )('$way with the status $status is $expected', async ({ way, status, expected }) => {
    const login = freeName();
    await creations[way]!(login, status === undefined ? {} : { status });
    expect(await statusOf(await idOf(login))).toBe(expected);
  });

  test.each([
    ['SCIM, with active false', 'scim', { active: false }, 'Disabled'],
    ['SCIM, with active true', 'scim', { active: true }, 'Active'],
    ['SCIM, without a word', 'scim', {}, 'Active'],
    ['v1', 'v1', {}, 'Active'],
  ] as const)('by %s', async (_, tongue, fields, expected) => {
    expect(await statusOf(await create(api, tongue, freeName(), fields))).toBe(expected);
  });

  test.each(['active', 'Inactive', '', null, true])('is refused with the status %j', async (status) => {
    const login = freeName();
    const answer = await api.request('POST', '/user', { body: faces.nerm.draft(login, { status }) });
    expect([answer.status, Object.keys(answer.body.errors)]).toEqual([400, ['status']]);
  });
});

test('SCIM shows a pending and a disabled user alike, and the document of one does not make it the other', async () => {
  const [pending, disabled] = await Promise.all(
    (['Pending', 'Disabled'] as const).map((status) =>
      create(api, 'nerm', freeName(), { status, name: 'Al', email: 'al@example.com' }),
    ),
  );
  const shown = async (id: string) => {
    const { userName: _name, ...rest } = (await document(id, {})) as Fields;
    return rest;
  };
  expect(await shown(pending!)).toEqual(await shown(disabled!));
  await put(pending!, await shown(disabled!));
  await put(disabled!, await shown(pending!));
  expect([await statusOf(pending!), await statusOf(disabled!)]).toEqual(['Pending', 'Disabled']);
});

test('a preview of SCIM says what would become of a pending user', async () => {
  const id = await create(api, 'nerm', freeName(), { status: 'Pending' });
  const preview = async (fields: Fields) =>
    (await patch(api, 'scim', id, fields, { headers: { prefer: 'return=preview' } })).body.changes;
  expect(await preview({ active: false })).toEqual({});
  expect(await preview({ active: true })).toEqual({ active: { old: false, new: true } });
  expect(await statusOf(id)).toBe('Pending');
});

const rolesOf = async (id: string): Promise<Fields[]> => ((await views(api, id)).scim['roles'] as Fields[]) ?? [];

/** Ways in which NERM changes a user. */
const ways: Readonly<Record<string, (id: string, fields: Fields) => Promise<unknown>>> = {
  PATCH: (id, fields) => changes('nerm', fields)(id),
  'PATCH of several': many,
  'PATCH in a job': job,
};

describe.each(Object.keys(ways))('admin, by %s of NERM', (way) => {
  const admin = { value: 'admin' };
  const editor = { value: 'editor', primary: true };

  test.each<[boolean, Fields[], Fields[], string]>([
    [true, [], [admin], 'admin'],
    [true, [editor], [editor, admin], 'editor'],
    [true, [admin, editor], [admin, editor], 'editor'],
    [true, [{ ...admin, primary: true }], [{ ...admin, primary: true }], 'admin'],
    [false, [admin], [], 'user'],
    [false, [editor, admin], [editor], 'editor'],
    [false, [{ ...admin, primary: true }, { value: 'auditor' }], [{ value: 'auditor' }], 'auditor'],
    [
      false,
      [{ ...admin, type: 'a' }, { value: 'auditor' }, { ...admin, type: 'b' }],
      [{ value: 'auditor' }],
      'auditor',
    ],
    [
      false,
      [{ value: 'Administrator' }, { display: 'admin' }],
      [{ value: 'Administrator' }, { display: 'admin' }],
      'Administrator',
    ],
    [false, [], [], 'user'],
  ])('%j makes of %j %j, and v1 shows %s', async (value, before, after, role) => {
    const id = await create(api, 'scim', freeName(), { roles: before });
    await ways[way]!(id, { admin: value });
    expect(await rolesOf(id)).toEqual(after);
    const { v1, nerm } = await views(api, id);
    expect(v1['role']).toBe(role);
    expect(nerm).not.toHaveProperty('admin');
    const moved = JSON.stringify(before) !== JSON.stringify(after);
    expect((await read(api, 'nerm', id)).headers.get('etag')).toBe(moved ? '"2"' : '"1"');
    // Once more is nothing more.
    await ways[way]!(id, { admin: value });
    expect((await read(api, 'nerm', id)).headers.get('etag')).toBe(moved ? '"2"' : '"1"');
  });
});

test.each([true, false])('admin of a new user: %j', async (admin) => {
  const id = await create(api, 'nerm', freeName(), { admin });
  expect(await rolesOf(id)).toEqual(admin ? [{ value: 'admin' }] : []);
  expect((await views(api, id)).v1['role']).toBe(admin ? 'admin' : 'user');
});

describe.each(Object.keys(ways))('group_strings, by %s of NERM', (way) => {
  const groupsOf = async (id: string) => {
    const { scim, nerm } = await views(api, id);
    return [(scim[urns.lifecycle] as Fields)['groupStrings'], nerm['group_strings']];
  };
  const userWith = (groupStrings: readonly string[]) =>
    create(api, 'scim', freeName(), { [urns.lifecycle]: { ...alice[urns.lifecycle], groupStrings } });

  test.each<[string | null, string[] | undefined, string | null]>([
    ['one', ['one'], 'one'],
    ['one,two', ['one', 'two'], 'one,two'],
    [' one , two words ,', ['one', 'two words'], 'one,two words'],
    [',,', undefined, null],
    ['', undefined, null],
    [null, undefined, null],
    ['Ålesund,"quoted",a;b', ['Ålesund', '"quoted"', 'a;b'], 'Ålesund,"quoted",a;b'],
  ])('%j is %j, and shown as %j', async (written, groups, shown) => {
    const id = await userWith(['before']);
    await ways[way]!(id, { group_strings: written });
    expect(await groupsOf(id)).toEqual([groups, shown]);
    // What is shown, said once more, moves nothing.
    await ways[way]!(id, { group_strings: shown });
    expect((await read(api, 'nerm', id)).headers.get('etag')).toBe('"2"');
  });
});

// Names are told apart by commas alone where all of them are one string.
test.each(['Doe, Jane', ',', 'a,'])('SCIM does not take %j as one name of a group', async (name) => {
  const fields = { [urns.lifecycle]: { groupStrings: ['one', name] } };
  const answer = await api.request('POST', faces.scim.users, { body: faces.scim.draft(freeName(), fields) });
  expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue']);
});
