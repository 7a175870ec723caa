import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { parse } from 'csv-parse/sync';
import { beforeEach, describe, expect, test } from 'vitest';
import { createProgram } from '../src/program.ts';
import { connected, ID, KEY, type Reply, type Seen } from './directory.ts';

const JOB = '0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a';
const user = {
  id: ID.v1,
  username: 'jane',
  email: 'jane@example.com',
  first_name: null,
  last_name: null,
  role: 'admin',
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-01-02T03:04:05Z',
};
const scimUser = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id: ID.uuid,
  userName: 'jane',
  active: true,
  emails: [{ value: 'jane@example.com', type: 'work' }],
};
const nermUser = { id: ID.uuid, login: 'jane', name: 'Jane, the admin', status: 'Active', group_strings: [] };
const key = { id: 'key_1', name: 'sync', scopes: ['read', 'write'], profile: 'default', domain: 'okta' };
const tenant = { id: 'tnt_1', name: 'acme', created_at: '2026-01-02T03:04:05Z' };
const job = {
  uid: JOB,
  status: 'complete',
  job_type: 'create_users',
  job_data: [{ user_id: ID.uuid, login: 'jane', errors: [] }],
  total: 1,
  done: 1,
};
const write = {
  version: 2,
  actor: 'key_1',
  dialect: 'scim',
  operation: 'patchUser',
  request_id: 'request-2',
  changes: { title: { old: 'Clerk', new: 'Manager' }, password: {} },
};
const entry = { seq: 7, at: '2026-01-02T03:04:05Z', ...write };
const groupEntry = { ...entry, members: { added: ['usr_1'], added_total: 1 } };
const event = {
  id: '7',
  created_at: '2026-01-02T03:04:05.678Z',
  subject_type: 'User',
  subject_id: ID.uuid,
  type: 'ActiveRecordUpdate',
  data: write,
};

const page = (item: object) => ({ data: [item], meta: { total: 1, page: 1, per_page: 20 }, links: { next: null } });

/** The responses of the API, by the beginning of the path. */
const responses: readonly (readonly [path: string, body: unknown])[] = [
  ['/v1/users/usr_00000000000000000000000000', undefined],
  [`/v1/users/${ID.v1}/history?limit=100&after=7`, { data: [] }],
  [`/v1/groups/${ID.uuid}/history?limit=100&after=7`, { data: [] }],
  [`/v1/users/${ID.v1}/history`, { data: [entry] }],
  ['/v1/groups/', { data: [groupEntry] }],
  ['/v1/users?', page(user)],
  ['/v1/users', user],
  ['/scim/v2/Users', scimUser],
  ['/users?async', { info: 'job has started', job_status: { job_id: JOB, status: 'queued' }, status: 200 }],
  [`/users/${ID.uuid}/avatar`, { url: 'https://example.com/1' }],
  ['/user', { user: nermUser }],
  ['/job_status', job],
  ['/audit_events', { audit_events: [event] }],
  ['/v1/api-keys?', page(key)],
  ['/v1/api-keys', key],
  ['/v1/tenants?', page(tenant)],
  ['/v1/tenants', tenant],
];

function reply({ path, method, headers }: Seen): Reply {
  if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, body: { error: 'unauthorized', message: 'no' } };
  const body = responses.find(([begin]) => path.startsWith(begin))?.[1];
  if (body === undefined) return { status: 404, body: { error: 'not_found', message: 'User not found' } };
  return { status: method === 'POST' ? 201 : 200, body, headers: { ETag: '"3"', Date: new Date().toUTCString() } };
}

interface Case {
  /** The arguments after the name of the command. */
  readonly argv?: readonly string[];
  /** What the API has, which JSON shows as it is; undefined where the command finds it out itself. */
  readonly item?: object;
  /** The columns of CSV without --fields; those of the item unless they are given. */
  readonly columns?: readonly string[];
  /** Two fields, in another order than that of the resource, and their cells in CSV. */
  readonly fields: readonly [[string, string], [string, string]];
}

const v1Fields: Case['fields'] = [
  ['role', 'admin'],
  ['id', ID.v1],
];
const writeColumns = ['version', 'operation', 'dialect', 'actor', 'changed'];
const jobCase: Omit<Case, 'argv'> = {
  item: job,
  columns: ['uid', 'status', 'job_type', 'total', 'done', 'failed'],
  fields: [
    ['failed', '0'],
    ['status', 'complete'],
  ],
};
const keyCase: Omit<Case, 'argv'> = {
  item: key,
  fields: [
    ['scopes', 'read,write'],
    ['id', 'key_1'],
  ],
};

/** A command that prints one resource, and one that prints a list. */
const records: Readonly<Record<string, Case>> = {
  'users get': { argv: [ID.v1], item: user, fields: v1Fields },
  'users get --as scim': {
    argv: [ID.v1],
    item: scimUser,
    fields: [
      ['emails', JSON.stringify(scimUser.emails)],
      ['active', 'true'],
    ],
  },
  'users get --as nerm': {
    argv: [ID.v1],
    item: nermUser,
    fields: [
      ['name', 'Jane, the admin'],
      ['ETag', '"3"'],
    ],
  },
  'users create': { argv: ['username=jane'], item: user, fields: v1Fields },
  'users update': { argv: [ID.v1, 'role=admin'], item: user, fields: v1Fields },
  'users verify-email': { argv: [ID.v1, 'token'], item: user, fields: v1Fields },
  'users resend-verification': { argv: [ID.v1], item: user, fields: v1Fields },
  'users avatar': {
    argv: [ID.v1],
    item: { url: 'https://example.com/1' },
    fields: [
      ['url', 'https://example.com/1'],
      ['url', 'https://example.com/1'],
    ],
  },
  'keys get': { argv: ['key_1'], ...keyCase },
  'keys update': { argv: ['key_1', '--domain', 'okta'], ...keyCase },
  'tenants create': {
    argv: ['acme'],
    item: tenant,
    fields: [
      ['name', 'acme'],
      ['id', 'tnt_1'],
    ],
  },
  'jobs create': {
    argv: ['users.json'],
    item: { job_id: JOB, status: 'queued' },
    fields: [
      ['status', 'queued'],
      ['job_id', JOB],
    ],
  },
  'jobs create --wait': { argv: ['users.json'], ...jobCase },
  'jobs status': { argv: [JOB], ...jobCase },
  'jobs watch': { argv: [JOB], ...jobCase },
  whoami: {
    fields: [
      ['scopes', 'read,write,admin,operator'],
      ['from', 'STELE_TOKEN'],
    ],
    columns: ['url', 'from', 'key', 'scopes'],
  },
};

const lists: Readonly<Record<string, Case>> = {
  'users list': { item: user, columns: ['id', 'username', 'email', 'name', 'role'], fields: v1Fields },
  'users list --all': { item: user, columns: ['id', 'username', 'email', 'name', 'role'], fields: v1Fields },
  'users history': {
    argv: [ID.v1],
    item: entry,
    columns: ['at', ...writeColumns],
    fields: [
      ['changed', 'title,password'],
      ['seq', '7'],
    ],
  },
  'groups history': {
    argv: [ID.uuid],
    item: groupEntry,
    columns: ['at', ...writeColumns],
    fields: [
      ['changed', 'title,password,members'],
      ['members', JSON.stringify(groupEntry.members)],
    ],
  },
  audit: {
    item: event,
    columns: ['created_at', 'user', ...writeColumns],
    fields: [
      ['user', ID.v1],
      ['subject_id', ID.uuid],
    ],
  },
  'keys list': {
    item: key,
    columns: ['id', 'name', 'scopes', 'profile', 'domain', 'expires_at', 'last_used_at'],
    fields: keyCase.fields,
  },
  'tenants list': {
    item: tenant,
    fields: [
      ['name', 'acme'],
      ['id', 'tnt_1'],
    ],
  },
  doctor: {
    columns: ['result', 'check', 'remark'],
    fields: [
      ['check', 'version'],
      ['ok', 'true'],
    ],
  },
  'profiles list': {
    columns: ['name', 'url', 'current'],
    fields: [
      ['current', 'false'],
      ['name', 'work'],
    ],
  },
};

/** Commands that print no resource: a sentence, a key, a file, a document, or what the API sends. */
const others = [
  'users delete',
  'users password',
  'users import',
  'users export',
  'keys create',
  'keys rotate',
  'keys revoke',
  'login',
  'logout',
  'profiles use',
  'profiles remove',
  'api',
  'translate',
  'scim check',
  'scim explain',
  'completion',
  'help',
];

const output = { write: () => true };
const program = createProgram({ stdin: Readable.from([]), stdout: output, stderr: output, env: {} });
const leavesOf = (command: Command, path: readonly string[] = []): [string, Command][] =>
  command.commands.length === 0
    ? [[path.join(' '), command]]
    : command.commands.flatMap((each) => leavesOf(each, [...path, each.name()]));
const leaves = leavesOf(program);

const nameOf = (line: string): string => line.replace(/ --.*/, '');
const cases = Object.entries({ ...records, ...lists });

test('every command is known to print resources, or not to', () => {
  const known = [...new Set(cases.map(([line]) => nameOf(line))), ...others];
  expect(leaves.map(([name]) => name).toSorted()).toEqual(known.toSorted());
});

test.each(leaves)('%s has all flags of the output, or none of them', (name, { options }) => {
  const of = (flag: string) => options.find(({ long }) => long === flag);
  const prints = cases.some(([line]) => nameOf(line) === name);
  expect(of('--fields')?.description).toBe(prints ? 'only these fields, in this order, with commas' : undefined);
  if (!prints) return;
  expect(of('--output')).toMatchObject({
    argChoices: ['table', 'json', 'ndjson', 'csv'],
    description: expect.stringMatching(/^table, json, ndjson or csv; default: /),
  });
  expect(of('--json')?.description).toBe('the same as --output json');
});

describe.each(cases)('%s', (line, { argv = [], item, columns, fields }) => {
  const isList = Object.hasOwn(lists, line);
  const names = fields.map(([name]) => name);
  let at: Awaited<ReturnType<typeof connected>>;
  const run = async (...flags: string[]) => {
    const files = argv.map((word) => (word === 'users.json' ? join(at.home, word) : word));
    const { code, stdout } = await at.run([...line.split(' '), ...files, ...flags]);
    expect(code).toBe(0);
    return stdout;
  };
  /** The first resource of a JSON document, without the wrapper that NERM has. */
  const itemIn = (text: string): Record<string, unknown> => {
    const document = JSON.parse(text) as object;
    const first: object = Array.isArray(document) ? document[0] : document;
    return (line.endsWith('nerm') ? (first as { user: object }).user : first) as Record<string, unknown>;
  };

  beforeEach(async () => {
    at = await connected(reply);
    await writeFile(join(at.home, 'users.json'), '[{}]');
    await at.run(['login', '--url', at.url, '--profile', 'work'], { input: KEY });
    at.seen.length = 0;
  });

  test('prints JSON as the API has it, and the same in one line', async () => {
    const json = await run('--output', 'json');
    expect(itemIn(await run('--json'))).toEqual(itemIn(json));
    expect(Array.isArray(JSON.parse(json))).toBe(isList);
    if (item) expect(itemIn(json)).toEqual(item);
    const [first] = (await run('--output', 'ndjson')).split('\n');
    expect(itemIn(first!)).toEqual(itemIn(json));
  });

  test('prints CSV with a header', async () => {
    const [header] = parse(await run('--output', 'csv'));
    expect(header).toEqual(columns ?? Object.keys(item!));
  });

  test('prints only the fields that are given, in this order', async () => {
    const [header, row] = parse(await run('--output', 'csv', '--fields', names.join()));
    expect(header).toEqual([...new Set(names)]);
    expect(row).toEqual([...new Map(fields).values()]);
    for (const format of ['json', 'ndjson']) {
      const text = await run('--output', format, '--fields', names.join(', '));
      expect(Object.keys(itemIn(format === 'json' ? text : text.split('\n')[0]!))).toEqual([...new Set(names)]);
    }
    const table = await run('--fields', names.join());
    expect(table).toBe(await run('--output', 'table', '--fields', names.join()));
    const shown = isList ? table.split('\n')[0]!.split(/ +/) : table.match(/^\S+/gm);
    expect(shown).toEqual([...new Set(names)]);
  });

  test.each([[], ['--json'], ['--output', 'csv']])(
    'rejects an unknown field before anything is sent %j',
    async (...flags) => {
      const files = argv.map((word) => (word === 'users.json' ? join(at.home, word) : word));
      const { code, stdout, stderr } = await at.run([...line.split(' '), ...files, '--fields', 'nome', ...flags]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toMatch(/^error: there is no field "nome"; there are /);
      for (const name of names) expect(stderr).toContain(name);
      expect(at.seen).toEqual([]);
    },
  );

  test('rejects an unknown format, and two formats', async () => {
    for (const flags of [
      ['--output', 'xml'],
      ['--output', 'csv', '--json'],
    ]) {
      expect(await at.run([...line.split(' '), ...argv, ...flags])).toMatchObject({ code: 2, stdout: '' });
    }
  });
});

describe('one resource', () => {
  test.each([
    [['--fields', 'userName,nickName'], 'userName  jane\nnickName  -\n'],
    [['--fields', 'userName,nickName', '--json'], '{\n  "userName": "jane"\n}\n'],
    [['--fields', 'userName,nickName', '--output', 'csv'], 'userName,nickName\njane,\n'],
    [['--fields', 'active', '--output', 'ndjson'], '{"active":true}\n'],
  ])('may lack a field of its dialect: %j', async (flags, text) => {
    const { run } = await connected(reply);
    expect((await run(['users', 'get', ID.v1, '--as', 'scim', ...flags])).stdout).toBe(text);
  });

  test('shows an empty list that is asked for', async () => {
    const { run } = await connected(reply);
    const { stdout } = await run(['users', 'get', ID.v1, '--as', 'nerm', '--fields', 'group_strings']);
    expect(stdout).toBe('group_strings  -\n');
  });

  test('that --dry-run previews is printed in every format, without --fields', async () => {
    const changes = { role: { old: 'user', new: 'admin' } };
    const { run } = await connected(() => ({ status: 200, body: { changes } }));
    const update = (...flags: string[]) => run(['users', 'update', ID.v1, 'role=admin', '--dry-run', ...flags]);
    expect((await update('--output', 'ndjson', '--fields', 'role')).stdout).toBe(`${JSON.stringify({ changes })}\n`);
    expect(parse((await update('--output', 'csv')).stdout)).toEqual([['changes'], [JSON.stringify(changes)]]);
    expect((await update('--fields', 'role')).stdout).toBe('changes.role.old  user\nchanges.role.new  admin\n');
  });
});
