import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { encodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import {
  type ApiError,
  BadRequestError,
  NotFoundError,
  Stele,
  type NermJob,
  type NermUser,
} from '../../../packages/sdk/src/index.ts';
import { main } from '../../cli/src/main.ts';
import { keys, startApp, type TestApp } from './support/app.ts';
import { forgetUsers } from './support/users.ts';

let api: TestApp;
let nerm: Stele['nerm'];
beforeAll(async () => {
  api = await startApp();
  ({ nerm } = new Stele({ url: api.url, token: keys.write }));
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

const draft = (login: string) => ({
  login,
  name: login,
  email: `${login}@example.com`,
  type: 'NeprofileUser' as const,
});
const drafts = (count: number) => Array.from({ length: count }, (_, index) => draft(`user${index}`));

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the SDK, against the real API', () => {
  test('creates and changes many users, and says what became of each', async () => {
    const created = await nerm.users.createMany([draft('alice'), draft('ALICE'), draft('bob')]);
    const [alice, other, bob] = created.users!;
    expect(alice).toMatchObject({ login: 'alice', status: 'Active' });
    expect(other).toEqual({ user_id: null, login: 'ALICE', errors: ['login has already been taken'] });
    const { users } = await nerm.users.updateMany([
      { id: (alice as NermUser).id, status: 'Disabled' },
      { id: (bob as NermUser).id, login: 'alice' },
    ]);
    expect(users!.map((user) => (user.errors ? user.errors : user.status))).toEqual([
      'Disabled',
      ['login has already been taken'],
    ]);
  });

  test('waits for a job, which is one and the same under one name', async () => {
    const options = { async: true, idempotencyKey: 'import-7' } as const;
    const wishes = [...drafts(70), draft('user3')];
    const { job } = await nerm.users.createMany(wishes, options);
    expect((await nerm.users.createMany(wishes, options)).job).toEqual(job);
    const looks: NermJob[] = [];
    const { status, job_data, total } = await nerm.jobs.wait(job.job_id, {
      interval: 5,
      onProgress: (look) => looks.push(look),
    });
    expect({ status, total, looked: looks.at(-1)!.status }).toEqual({
      status: 'complete',
      total: 71,
      looked: 'complete',
    });
    expect(job_data.map(({ errors }) => errors.length)).toEqual([...Array<number>(70).fill(0), 1]);
    expect(await all(nerm.users.list())).toHaveLength(70);
  });

  test('has a job of more than a hundred users, whether it asked for one or not', async () => {
    const { job } = await nerm.users.createMany(drafts(101));
    await nerm.jobs.wait(job!.job_id, { interval: 5 });
    await expect(nerm.jobs.get('01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55')).rejects.toThrow(NotFoundError);
  });

  test('walks over users and events', async () => {
    await nerm.users.createMany(drafts(25));
    const logins = drafts(25).map(({ login }) => login);
    expect((await all(nerm.users.list({ limit: 10 }))).map(({ login }) => login).toSorted()).toEqual(logins.toSorted());
    const walk = nerm.users.list({ limit: 10, offset: 5, order: 'login desc', metadata: true });
    expect((await all(walk)).map(({ login }) => login)).toEqual(logins.toSorted().toReversed().slice(5));
    expect((await all(walk.pages())).map(({ _metadata }) => _metadata?.total)).toEqual([25, 25]);
    const [jane] = await all(nerm.users.list({ login: 'USER7' }));
    expect(await nerm.users.delete(jane!.id)).toEqual({ info: 'object deleted' });
    await expect(nerm.users.get(jane!.id)).rejects.toThrow(NotFoundError);

    const filters = { subject_id: jane!.id };
    const events = await all(nerm.auditEvents.query({ filters, order: 'desc', limit: 1 }));
    expect(events.map(({ type }) => type)).toEqual(['ActiveRecordDestroy', 'ActiveRecordCreate']);
    const { _metadata: metadata } = await nerm.auditEvents.query({ limit: 1, metadata: true });
    expect(await all(nerm.auditEvents.query({ limit: 10 }))).toHaveLength(metadata!.total);
  });

  test('keeps a picture, once under one name', async () => {
    const { id } = await nerm.users.create(draft('alice'));
    await expect(nerm.users.avatar(id)).rejects.toThrow(NotFoundError);
    const options = { idempotencyKey: 'picture-of-alice' };
    const { url } = await nerm.users.setAvatar(id, PNG, options);
    expect(await nerm.users.avatar(id)).toEqual({ url });
    const shown = await fetch(url.replace(/^https?:\/\/[^/]+/, api.url));
    expect(shown.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await shown.arrayBuffer())).toEqual(PNG);
    const again = await nerm.users.setAvatar(id, new Blob([PNG], { type: 'image/png' }), options).withResponse();
    expect(again.data).toEqual({ url });
    expect(again.response.headers.get('idempotent-replayed')).toBe('true');
    await expect(nerm.users.setAvatar(id, PNG.subarray(1), options)).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
  });

  test('is told what is wrong with a picture', async () => {
    const { id } = await nerm.users.create(draft('alice'));
    const error = await nerm.users.setAvatar(id, Buffer.from('<svg/>')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadRequestError);
    expect((error as ApiError).details).toHaveProperty('file');
    await expect(nerm.users.setAvatar(id, new Uint8Array(1_048_577))).rejects.toMatchObject({
      code: 'payload_too_large',
    });
  });
});

describe('the command, against the real API', () => {
  async function shell() {
    const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
    onTestFinished(() => rm(home, { recursive: true }));
    const run = async (...argv: string[]) => {
      const written = { stdout: '', stderr: '' };
      const code = await main(argv, {
        stdin: Readable.from([]),
        stdout: { write: (text) => (written.stdout += text) },
        stderr: { write: (text) => (written.stderr += text) },
        env: { STELE_URL: api.url, STELE_TOKEN: keys.write, HOME: home },
      });
      return { code, ...written };
    };
    const file = async (name: string, contents: string | Uint8Array) => {
      await writeFile(join(home, name), contents);
      return join(home, name);
    };
    return { run, file };
  }

  test('creates users in a job, changes them in another, and watches both', async () => {
    const { run, file } = await shell();
    const users = await file('users.json', JSON.stringify([...drafts(3), draft('user1')]));
    expect(await run('jobs', 'create', users, '--wait')).toMatchObject({
      code: 8,
      stdout: 'done    4\nfailed  1\n  4. user1: login has already been taken\n',
    });
    const found = await all(nerm.users.list());
    const changes = found.map(({ id }) => ({ id, status: 'Disabled' }));
    const leavers = await file('leavers.json', JSON.stringify({ users: changes }));
    const { code, stdout } = await run('jobs', 'create', leavers, '--update');
    expect(code).toBe(0);
    expect(await run('jobs', 'watch', stdout.trim())).toMatchObject({ code: 0, stdout: 'done    3\nfailed  0\n' });
    expect(JSON.parse((await run('jobs', 'status', stdout.trim(), '--json')).stdout)).toMatchObject({
      job_type: 'update_users',
      status: 'complete',
      done: 3,
    });
    expect((await all(nerm.users.list())).map(({ status }) => status)).toEqual(Array(3).fill('Disabled'));
    expect(await run('jobs', 'watch', '7')).toMatchObject({ code: 4 });
  });

  test('shows who changed what', async () => {
    const { run } = await shell();
    const { id, uid } = await nerm.users.create(draft('alice'));
    await nerm.users.update(id, { title: 'Engineer' });
    await nerm.users.delete(id);
    const user = encodeUserId(id);
    const { stdout } = await run('audit', '--user', uid);
    expect(stdout.match(/^\S+ {2}.*(?=, request )/gm)).toEqual([
      expect.stringMatching(new RegExp(`  ${user} version 3, nerm deleteUser by `)),
      expect.stringMatching(new RegExp(`  ${user} version 2, nerm updateUser by `)),
      expect.stringMatching(new RegExp(`  ${user} version 1, nerm createUser by `)),
    ]);
    expect(stdout).toContain('\n  title: - -> Engineer\n');
    const typed = await run('audit', '--user', id, '--type', 'update', '--json');
    expect(JSON.parse(typed.stdout)).toMatchObject([{ type: 'ActiveRecordUpdate', subject_id: id }]);

    // From a time on means this time as well, before it does not.
    const [update] = JSON.parse(typed.stdout) as [{ created_at: string }];
    const time = update.created_at;
    const since = JSON.parse((await run('audit', '--user', id, '--since', time, '--json')).stdout);
    const until = JSON.parse((await run('audit', '--user', id, '--until', time, '--json')).stdout);
    expect(since.length + until.length).toBe(3);
    expect(since).toContainEqual(update);
    expect(until).not.toContainEqual(update);
  });

  test('gives a user a picture', async () => {
    const { run, file } = await shell();
    const { id } = await nerm.users.create(draft('alice'));
    expect(await run('users', 'avatar', id)).toMatchObject({ code: 4 });
    const set = await run('users', 'avatar', id, '--set', await file('alice.png', PNG));
    expect(set).toEqual({ code: 0, stdout: expect.stringMatching(/^http\S+\n$/), stderr: '' });
    expect(await run('users', 'avatar', id)).toEqual(set);
    expect(await run('users', 'avatar', id, '--set', await file('alice.svg', '<svg/>'))).toMatchObject({ code: 6 });
  });
});
