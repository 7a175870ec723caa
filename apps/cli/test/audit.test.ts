import type { NermAuditEvent } from '@stele/sdk';
import { describe, expect, test } from 'vitest';
import { connected, ID, type Reply, type Seen } from './directory.ts';

const event = (id: number, changes: NermAuditEvent['data']['changes'] = {}): NermAuditEvent => ({
  id: String(id),
  created_at: '2026-01-02T03:04:05.678Z',
  subject_type: 'User',
  subject_id: ID.uuid,
  type: 'ActiveRecordUpdate',
  data: { version: id, actor: 'key_1', dialect: 'scim', operation: 'patchUser', request_id: `request-${id}`, changes },
});

interface Asked {
  readonly filters: unknown;
  readonly order: string;
  readonly offset?: number;
  readonly limit: number;
}

const askedOf = ({ body }: Seen): Asked => (body as { audit_events: Asked }).audit_events;

/** Answers with events as the API does, a part at a time. */
const trail =
  (events: readonly NermAuditEvent[]) =>
  (seen: Seen): Reply => {
    const { offset = 0, limit } = askedOf(seen);
    return { status: 200, body: { audit_events: events.slice(offset, offset + limit) } };
  };

const many = Array.from({ length: 250 }, (_, index) => event(250 - index));

test('each write is a line, and each field that it changed is one', async () => {
  const { run, seen } = await connected(
    trail([event(2, { status: { old: 'Active', new: '\u001b[2J' }, password: {} }), event(1, { login: { new: 'a' } })]),
  );
  expect(await run(['audit'])).toEqual({
    code: 0,
    stdout: [
      `2026-01-02T03:04:05.678Z  ${ID.v1} version 2, scim patchUser by key_1, request request-2`,
      '  status: Active -> \\u001b[2J',
      '  password changed',
      `2026-01-02T03:04:05.678Z  ${ID.v1} version 1, scim patchUser by key_1, request request-1`,
      '  login: - -> a',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect(seen[0]).toMatchObject({ method: 'POST', path: '/audit_events/query' });
  expect(askedOf(seen[0]!)).toMatchObject({ order: 'desc', filters: {} });
});

test.each([
  [[], 20],
  [['--limit', '1'], 1],
  [['--limit', '100'], 100],
  [['--limit', '101'], 101],
  [['--limit', '300'], 250],
])('%j shows so many: %d', async (flags, shown) => {
  const { run, seen } = await connected(trail(many));
  const { stdout } = await run(['audit', '--json', ...flags]);
  expect(JSON.parse(stdout)).toEqual(many.slice(0, shown));
  for (const each of seen) expect(askedOf(each).limit).toBeLessThanOrEqual(100);
});

describe('asks for what is given', () => {
  // packages/schemas nerm/audit.ts: `gt` is later than a time to the millisecond, `lt` before it.
  test.each([
    [['--user', ID.v1], { subject_id: ID.uuid }],
    [['--type', 'create'], { type: 'ActiveRecordCreate' }],
    [['--type', 'update'], { type: 'ActiveRecordUpdate' }],
    [['--type', 'delete'], { type: 'ActiveRecordDestroy' }],
    [['--since', '2026-11-01'], { created_at: { gt: '2026-10-31T23:59:59.999Z' } }],
    [['--until', '2026-11-01T12:00:00+02:00'], { created_at: { lt: '2026-11-01T10:00:00.000Z' } }],
    [
      ['--since', '2026-11-01T00:00:00.500Z', '--until', '2026-11-02', '--type', 'delete'],
      {
        type: 'ActiveRecordDestroy',
        created_at: { gt: '2026-11-01T00:00:00.499Z', lt: '2026-11-02T00:00:00.000Z' },
      },
    ],
  ])('%j', async (flags, filters) => {
    const { run, seen } = await connected(trail([]));
    expect(await run(['audit', ...flags])).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(askedOf(seen[0]!).filters).toEqual(filters);
  });
});

test.each([
  ['90s', 90],
  ['15m', 900],
  ['2h', 7200],
  ['1d', 86_400],
  ['1w', 604_800],
])('--since %s is so long ago', async (since, seconds) => {
  const { run, seen } = await connected(trail([]));
  expect(await run(['audit', '--since', since])).toMatchObject({ code: 0 });
  const { created_at: asked } = askedOf(seen[0]!).filters as { created_at: { gt: string } };
  const age = (Date.now() - Date.parse(asked.gt)) / 1000 - seconds;
  expect(age).toBeGreaterThan(-1);
  expect(age).toBeLessThan(10);
});

test.each([
  ['--type', 'rename'],
  ['--since', '1y'],
  ['--since', '-1d'],
  ['--since', 'yesterday'],
  ['--since', '999999999999d'],
  ['--since', '900000d'],
  ['--since', '0001-01-01T00:00:00+05:00'],
  ['--until', '9999-12-31T23:59:59-05:00'],
  ['--until', '10/18/2024'],
  ['--limit', '0'],
])('is refused for %s %s before anything is sent', async (...flags) => {
  const { run, seen } = await connected(trail([]));
  expect(await run(['audit', ...flags])).toMatchObject({ code: 2, stdout: '' });
  expect(seen).toEqual([]);
});

test('--output table has a line for each write, with the names of the fields that it changed', async () => {
  const { run } = await connected(trail([event(2, { status: { old: 'Active' }, password: {} }), event(1)]));
  expect((await run(['audit', '--output', 'table'])).stdout).toBe(
    [
      `created_at                ${'user'.padEnd(32)}version  operation  dialect  actor  changed`,
      `2026-01-02T03:04:05.678Z  ${ID.v1}  2        patchUser  scim     key_1  status,password`,
      `2026-01-02T03:04:05.678Z  ${ID.v1}  1        patchUser  scim     key_1  -`,
      '',
    ].join('\n'),
  );
});

test.each([['--json'], ['--output', 'json'], ['--output', 'csv'], ['--output', 'table'], ['--fields', 'user']])(
  '--follow is rejected with %s %s before anything is sent',
  async (...flags) => {
    const { run, seen } = await connected(trail([]));
    const { code, stdout, stderr } = await run(['audit', '--follow', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: (?:--follow .*--output ndjson|--fields .*--output ndjson|option '--follow' cannot)/,
    );
    expect(seen).toEqual([]);
  },
);

test.each([
  [[], /request request-\d/g, ['request request-1', 'request request-2']],
  [['--output', 'ndjson', '--fields', 'user,id'], /^.+$/gm, ['1', '2'].map((id) => `{"user":"${ID.v1}","id":"${id}"}`)],
] as const)('--follow %j shows what is written meanwhile once, until Ctrl-C', async (flags, pattern, shown) => {
  const written = [event(1)];
  const ended: { interrupt?: () => boolean } = {};
  const { run, interrupt, seen } = await connected((each) => {
    if (seen.length === 2) written.push(event(2));
    if (seen.length === 4) ended.interrupt!();
    return trail(written)(each);
  });
  ended.interrupt = interrupt;
  const { code, stdout } = await run(['audit', '--follow', '--since', '2026-01-01', ...flags]);
  expect(code).toBe(130);
  expect(stdout.match(pattern)).toEqual(shown);
  expect(askedOf(seen[0]!)).toMatchObject({
    order: 'asc',
    filters: { created_at: { gt: '2025-12-31T23:59:59.999Z' } },
  });
  expect(askedOf(seen.at(-1)!)).toMatchObject({ filters: { created_at: { gt: '2026-01-02T03:04:00.677Z' } } });
});
