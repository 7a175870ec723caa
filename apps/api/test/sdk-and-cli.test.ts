import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  ConflictError,
  NotFoundError,
  PreconditionFailedError,
  Stele,
  UnauthorizedError,
} from '../../../packages/sdk/src/index.ts';
import { main } from '../../cli/src/main.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keys, startApp, type TestApp } from './support/app.ts';

let api: TestApp;
let stele: Stele;
beforeAll(async () => {
  api = await startApp();
  stele = new Stele({ url: api.url, token: keys.write });
});
afterAll(() => api.stop());

describe('the SDK, against the real API', () => {
  it('updates one user in three dialects, and each shows what the others wrote', async () => {
    const alice = await stele.v1.users.create({
      username: 'alice',
      email: 'alice@example.com',
      password: 'correct horse battery',
    });
    expect(await stele.v1.users.update(alice.id, { first_name: 'Alice', role: 'admin' })).toMatchObject({
      first_name: 'Alice',
      role: 'admin',
    });
    const [{ id }] = (await api.query("SELECT id FROM users WHERE user_name = 'alice'")) as [{ id: string }];
    const { data, etag } = await stele.scim.users
      .patch(id, [{ op: 'replace', path: 'title', value: 'Engineer' }])
      .withResponse();
    expect(data).toMatchObject({ title: 'Engineer', name: { givenName: 'Alice' } });
    expect(etag).toBe('"3"');
    expect(await stele.nerm.users.update(id, { status: 'Disabled' }, { ifMatch: etag! })).toMatchObject({
      title: 'Engineer',
      status: 'Disabled',
    });
    expect(await stele.scim.users.get(id)).toMatchObject({ active: false });
  });

  it('tells refusals apart', async () => {
    const bob = await stele.nerm.users.create({
      name: 'Bob',
      email: 'bob@example.com',
      type: 'NeprofileUser',
      login: 'bob',
    });
    await expect(stele.nerm.users.update(bob.id, { login: 'ALICE' })).rejects.toThrow(ConflictError);
    await expect(stele.scim.users.get('01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55')).rejects.toThrow(NotFoundError);
    await expect(stele.nerm.users.update(bob.id, { title: 'x' }, { ifMatch: '"9"' })).rejects.toThrow(
      PreconditionFailedError,
    );
    await expect(new Stele({ url: api.url, token: 'wrong' }).nerm.users.get(bob.id)).rejects.toThrow(UnauthorizedError);
  });
});

class Sink extends Writable {
  text = '';
  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.text += String(chunk);
    done();
  }
}

describe('the command, against the real API', () => {
  it('does the same updates, with an identifier of any dialect', async () => {
    const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
    try {
      const { uid, id } = (await stele.nerm.users.create({
        name: 'Carol',
        email: 'carol@example.com',
        type: 'NeprofileUser',
        login: 'carol',
      })) as { uid: string; id: string };
      const run = async (...argv: string[]) => {
        const stdout = new Sink();
        const stderr = new Sink();
        const env = { STELE_URL: api.url, STELE_TOKEN: keys.write, XDG_CONFIG_HOME: home };
        const code = await main(argv, { stdin: process.stdin, stdout, stderr, env });
        return { code, out: stdout.text, err: stderr.text };
      };
      const patch = join(home, 'patch.json');
      await writeFile(patch, JSON.stringify({ user: { status: 'Disabled' } }));
      expect(await run('users', 'update', uid, 'first_name=Carol', '--json')).toMatchObject({ code: 0 });
      expect(await run('users', 'update', id, 'title=Engineer', '--as', 'scim', '--json')).toMatchObject({
        code: 0,
      });
      expect(await run('users', 'update', id, '--data', `@${patch}`, '--as', 'nerm', '--json')).toMatchObject({
        code: 0,
      });
      const shown = await run('users', 'get', id, '--as', 'scim', '--json');
      expect(JSON.parse(shown.out)).toMatchObject({ name: { givenName: 'Carol' }, title: 'Engineer', active: false });
      expect(await run('users', 'get', 'usr_00000000000000000000000000')).toMatchObject({ code: 4 });
    } finally {
      await rm(home, { recursive: true });
    }
  });
});
