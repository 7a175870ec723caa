import type { V1HistoryEntry } from '@stele/sdk';
import { expect, test } from 'vitest';
import { connected, ID, type Reply, type Seen } from './directory.ts';

const entry = (seq: number, changes: V1HistoryEntry['changes'] = {}): V1HistoryEntry => ({
  seq,
  version: seq,
  at: '2026-01-02T03:04:05Z',
  actor: 'key_1',
  dialect: 'scim',
  operation: 'patchUser',
  request_id: `request-${seq}`,
  changes,
});

/** Answers with a history as the API does. */
const history =
  (entries: readonly V1HistoryEntry[]) =>
  ({ path }: Seen): Reply => {
    const query = new URL(path, 'http://x').searchParams;
    const later = entries.filter(({ seq }) => seq > Number(query.get('after') ?? 0));
    return { status: 200, body: { data: later.slice(0, Number(query.get('limit') ?? 100)) } };
  };

const many = Array.from({ length: 250 }, (_, index) => entry(index + 1));

test('each write is a line, and each field that it changed is one', async () => {
  const { run, seen } = await connected(
    history([
      entry(1, { username: { new: 'jane' }, emails: { new: [{ value: 'a@example.com' }] } }),
      entry(2, { role: { old: 'user', new: '\u001b[2Jadmin' }, password: {}, title: { old: 'Engineer' } }),
    ]),
  );
  expect(await run(['users', 'history', ID.uuid])).toEqual({
    code: 0,
    stdout: [
      '2026-01-02T03:04:05Z  version 1, scim patchUser by key_1, request request-1',
      '  username: - -> jane',
      '  emails: - -> [{"value":"a@example.com"}]',
      '2026-01-02T03:04:05Z  version 2, scim patchUser by key_1, request request-2',
      '  role: user -> \\u001b[2Jadmin',
      '  password changed',
      '  title: Engineer -> -',
      '',
    ].join('\n'),
    stderr: '',
  });
  expect(seen[0]!.path).toMatch(new RegExp(`^/v1/users/${ID.v1}/history`));
});

test('all of it is shown, however long', async () => {
  const { run } = await connected(history(many));
  const { stdout } = await run(['users', 'history', ID.v1]);
  expect(stdout.split('\n')).toHaveLength(251);
});

test.each([1, 100, 101, 300])('--limit %d', async (limit) => {
  const { run, seen } = await connected(history(many));
  const { stdout } = await run(['users', 'history', ID.v1, '--limit', String(limit), '--json']);
  expect(JSON.parse(stdout)).toEqual(many.slice(0, limit));
  expect(seen.length).toBeLessThanOrEqual(Math.ceil(limit / 100) + 1);
});

test('of a group shows who came and who left', async () => {
  const members = { added: ['usr_1', 'grp_1'], added_total: 1002, removed: ['usr_2'], removed_total: 1 };
  const written = { ...entry(1, { display_name: { old: 'Crew', new: 'Team' } }), members };
  const { run, seen } = await connected(history([written]));
  const { stdout } = await run(['groups', 'history', ID.uuid]);
  expect(stdout.split('\n').slice(1)).toEqual([
    '  display_name: Crew -> Team',
    '  members: + usr_1',
    '  members: + grp_1',
    '  members: + 1000 more',
    '  members: - usr_2',
    '',
  ]);
  expect(seen[0]!.path).toMatch(new RegExp(`^/v1/groups/${ID.uuid}/history`));
});
