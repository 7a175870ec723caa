import type { NermItemResult, NermJob } from '@stele/sdk';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { connected, type Reply, type Seen } from './directory.ts';

const ID = '0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a';
const jane = { login: 'jane', name: 'Jane', email: 'jane@example.com', type: 'NeprofileUser' };

const done = (login: string): NermItemResult => ({ user_id: '1', login, errors: [] });
const refused = (login: string | null, ...errors: string[]): NermItemResult => ({ user_id: null, login, errors });

const jobOf = (results: NermItemResult[], total = results.length): NermJob => ({
  uid: ID,
  status: results.length === total ? 'complete' : 'queued',
  job_type: 'create_users',
  job_data: results,
  total,
  done: results.length,
});

/** Accepts everything as a job, which is a bit further at each look. */
function jobServer(...looks: NermJob[]) {
  const left = [...looks];
  return ({ path }: Seen): Reply =>
    path.startsWith('/job_status')
      ? { status: 200, body: left.length > 1 ? left.shift() : left[0] }
      : {
          status: 200,
          body: { info: 'job has started', job_status: { job_id: ID, status: 'queued' }, status: 200 },
        };
}

const complete = jobServer(jobOf([done('jane')]));

describe('create', () => {
  async function withFile(contents: unknown, reply = complete) {
    const at = await connected(reply);
    const file = join(at.home, 'users.json');
    await writeFile(file, JSON.stringify(contents));
    return { ...at, file };
  }

  test.each([[[jane, jane]], [{ users: [jane, jane] }]])('hands over the users of a file: %j', async (contents) => {
    const { run, seen, file } = await withFile(contents);
    expect(await run(['jobs', 'create', file])).toEqual({
      code: 0,
      stdout: `${ID}\n`,
      stderr: expect.stringContaining('2 users'),
    });
    expect(seen).toMatchObject([{ method: 'POST', path: '/users?async=true', body: { users: [jane, jane] } }]);
  });

  test('hands over those of standard input', async () => {
    const { run, seen } = await connected(complete);
    expect(await run(['jobs', 'create', '-'], { input: JSON.stringify([jane]) })).toMatchObject({ code: 0 });
    expect(seen[0]!.body).toEqual({ users: [jane] });
  });

  test('hands over changes', async () => {
    const changes = [{ id: '1', status: 'Disabled' }];
    const { run, seen, file } = await withFile(changes);
    expect(await run(['jobs', 'create', file, '--update'])).toMatchObject({ code: 0, stdout: `${ID}\n` });
    expect(seen).toMatchObject([{ method: 'PATCH', path: '/users?async=true', body: { users: changes } }]);
  });

  test('leaves it to the server what a user is', async () => {
    const { run, file } = await withFile([{ odd: true }], () => ({ status: 400, body: { error: 'no' } }));
    expect(await run(['jobs', 'create', file])).toMatchObject({ code: 6, stdout: '' });
  });

  test.each([{}, 'users', null, 7, { users: { jane } }])('refuses %j before anything is sent', async (contents) => {
    const { run, seen, file } = await withFile(contents);
    expect(await run(['jobs', 'create', file])).toMatchObject({ code: 2, stdout: '' });
    expect(seen).toEqual([]);
  });

  test('--wait watches the job', async () => {
    const looks = [jobOf([], 2), jobOf([done('jane'), refused('joe', 'login has already been taken')])] as const;
    const { run, file } = await withFile([jane, jane], jobServer(...looks));
    expect(await run(['jobs', 'create', file, '--wait'])).toEqual({
      code: 8,
      stdout: 'done    2\nfailed  1\n  2. joe: login has already been taken\n',
      stderr: `2 users are handed over as job ${ID}.\nerror: 1 of 2 users failed\n`,
    });
  });
});

describe('status', () => {
  test('shows how far it is, and which users failed', async () => {
    const { run, seen } = await connected(
      jobServer(jobOf([done('jane'), refused('joe', 'email is odd', 'name is long')], 250)),
    );
    expect(await run(['jobs', 'status', ID])).toEqual({
      code: 0,
      stdout: [
        `uid       ${ID}`,
        'status    queued',
        'job_type  create_users',
        'total     250',
        'done      2',
        'failed    1',
        '  2. joe: email is odd; name is long',
        '',
      ].join('\n'),
      stderr: '',
    });
    expect(seen).toMatchObject([{ method: 'GET', path: `/job_status?job_id=${ID}` }]);
  });

  test('--json shows the answer as it came', async () => {
    const job = jobOf([done('jane')], 2);
    const { run } = await connected(jobServer(job));
    expect(JSON.parse((await run(['jobs', 'status', ID, '--json'])).stdout)).toEqual(job);
  });

  test('of one that there is not, is not found', async () => {
    const { run } = await connected(() => ({ status: 404, body: { error: 'The requested Job was not found' } }));
    expect(await run(['jobs', 'status', ID])).toMatchObject({ code: 4, stdout: '' });
  });
});

describe('watch', () => {
  const looks = [
    jobOf([], 4),
    jobOf([done('a'), refused('b', 'no')], 4),
    jobOf(['a', 'b', 'c', 'd'].map(done)),
  ] as const;

  test('ends when all users were dealt with', async () => {
    const { run, seen } = await connected(jobServer(...looks));
    expect(await run(['jobs', 'watch', ID])).toEqual({ code: 0, stdout: 'done    4\nfailed  0\n', stderr: '' });
    expect(seen).toHaveLength(3);
  });

  test('shows a bar on a terminal, and takes it away', async () => {
    const { run } = await connected(jobServer(...looks));
    const { stderr } = await run(['jobs', 'watch', ID], { terminal: true });
    const [before, ...bars] = stderr.split('\r\u001b[K');
    expect(before).toBe('');
    expect(bars).toEqual([
      expect.stringMatching(/^\[-{24}\] {3}0 % {2}0 of 4 users, 0 users\/s$/),
      expect.stringMatching(/^\[#{12}-{12}\] {2}50 % {2}2 of 4 users, [\d,]+ users\/s, 0:01 left, 1 failed$/),
      expect.stringMatching(/^\[#{24}\] 100 % {2}4 of 4 users, [\d,]+ users\/s, 0:00 left$/),
      '',
    ]);
  });

  test('names the first that failed, and says how many more there are', async () => {
    const results = Array.from({ length: 30 }, (_, index) =>
      index % 2 === 0 ? done(`u${index}`) : refused(index === 1 ? null : `u${index}`, 'login is odd\u001b[2J'),
    );
    const { run } = await connected(jobServer(jobOf(results)));
    const { code, stdout, stderr } = await run(['jobs', 'watch', ID]);
    expect({ code, stderr }).toEqual({ code: 8, stderr: 'error: 15 of 30 users failed\n' });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'done    30',
      'failed  15',
      '  2. -: login is odd\\u001b[2J',
      '  4. u3: login is odd\\u001b[2J',
    ]);
    expect(lines).toHaveLength(2 + 10 + 1 + 1);
    expect(lines.at(-2)).toBe(`  and 5 more, which \`stele jobs status ${ID} --json\` shows`);
  });

  test('ends at Ctrl-C, and says that the job goes on', async () => {
    const { run, interrupt, seen } = await connected(jobServer(looks[0]));
    const ended = run(['jobs', 'watch', ID]);
    await vi.waitFor(() => expect(seen.length).toBeGreaterThan(1));
    expect(interrupt()).toBe(true);
    const { code, stdout, stderr } = await ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toMatch(new RegExp(`^error: interrupted\n {2}The job continues\\. .*stele jobs watch ${ID}`));
    expect(interrupt()).toBe(false);
  });

  test('waits for a server that is started again', async () => {
    let looked = 0;
    const answer = jobServer(...looks);
    const { run } = await connected((seen) => ((looked += 1) === 2 || looked === 3 ? { status: 0 } : answer(seen)));
    expect(await run(['jobs', 'watch', ID])).toMatchObject({ code: 0 });
    expect(looked).toBe(5);
  });

  test('does not wait for one that was never there', async () => {
    const { run } = await connected();
    const { code } = await run(['jobs', 'watch', ID, '--url', 'http://127.0.0.1:1', '--token', 'a']);
    expect(code).toBe(7);
  });
});
