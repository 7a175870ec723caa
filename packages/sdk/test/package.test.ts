import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { json, serve } from './server.ts';

const home = fileURLToPath(new URL('..', import.meta.url));
const bin = (name: string, from = home) => join(from, 'node_modules/.bin', name);
const tsc = bin('tsc', join(home, '../..'));

const run = async (cwd: string, command: string, ...args: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(command, args, { cwd, env: { ...process.env, NODE_OPTIONS: '' } }).catch(
    (error: Error & { stdout?: string; stderr?: string }) => {
      throw new Error(`${command} failed: ${error.stdout}${error.stderr}`);
    },
  );
  return stdout;
};

let consumer: string;
let installed: string;

/** Builds the package, packs it, and unpacks it where a consumer has it installed: alone. */
beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'stele-sdk-'));
  installed = join(consumer, 'node_modules/@stele/sdk');
  const source = join(consumer, 'source');
  await mkdir(source);
  await mkdir(installed, { recursive: true });
  await run(home, bin('tsdown'), '--out-dir', join(source, 'dist'), '--logLevel', 'silent');
  for (const file of ['package.json', 'README.md']) await cp(join(home, file), join(source, file));
  await run(source, 'npm', 'pack', '--ignore-scripts', '--offline', '--silent', '--pack-destination', consumer);
  const tarball = (await readdir(consumer)).find((name) => name.endsWith('.tgz'))!;
  await run(consumer, 'tar', '-xf', tarball, '-C', installed, '--strip-components', '1');
  await writeFile(join(consumer, 'package.json'), '{ "type": "module" }');
}, 120_000);

afterAll(() => rm(consumer, { recursive: true, force: true }));

const program = `
import { NotFoundError, operations, Stele } from '@stele/sdk';
import type { List, LogEntry, ScimGroupAttributes, ScimList, ScimUser, V1User, V1UserPage } from '@stele/sdk';

const entries: LogEntry[] = [];
const stele = new Stele({ url: 'http://127.0.0.1', token: 'secret', retries: 1, log: (entry) => entries.push(entry) });
export const read: Promise<V1User> = stele.v1.users.get('1');
export const changed = stele.nerm.users.update('1', { status: 'Pending' }, { ifMatch: '"1"', timeout: 1000 });
export const status: Promise<number> = read.then(() => changed.withResponse()).then(({ response }) => response.status);
export const missing = (error: unknown): string | undefined =>
  error instanceof NotFoundError ? error.headers.get('x') ?? error.code : undefined;
export const list: List<V1UserPage> = stele.v1.users.list({ filter: { role: 'admin' } });
export async function names(): Promise<string[]> {
  const found: string[] = [];
  for await (const user of list) found.push(user.username);
  const [created, deleted] = await stele.v1.users.batch(
    [{ op: 'create', data: { username: 'a', email: 'a@example.com', password: 'password' } }, { op: 'delete', id: '1' }],
    { idempotencyKey: 'k' },
  );
  return [...found, created.error ? created.error.error : created.data.id, String(deleted.status)];
}
export const found: ScimList<ScimUser> = stele.scim.users.list({ filter: 'active eq true' });
export async function titles(): Promise<(string | undefined)[]> {
  const [first] = await stele.scim.bulk([{ method: 'DELETE', path: '/Users/1' }]);
  const { title } = await stele.scim.users.get('1', { attributes: ['title'] });
  const asked: (string | undefined)[] = [title, first.error?.detail];
  for await (const user of found) asked.push(user.title);
  return asked;
}
void stele.scim.users.patch('1', operations().replace('emails[type eq "work"].value', 'a@example.com'));
// @ts-expect-error an unknown attribute
void operations().remove('titel');
// @ts-expect-error operations on a group do not fit a user
void stele.scim.users.patch('1', operations<ScimGroupAttributes>().replace('displayName', 'a'));
// @ts-expect-error an unknown field
void stele.v1.users.update('1', { rol: 'admin' });
`;

test.each([
  ['with the DOM library', []],
  ['without any library of the web', ['--lib', 'es2022']],
  ['with exact optional properties', ['--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess']],
  ['for a bundler', ['--module', 'esnext', '--moduleResolution', 'bundler']],
])(
  'a strict consumer compiles %s and checks the declarations too',
  async (_, options) => {
    const file = join(consumer, 'program.ts');
    await writeFile(file, program);
    const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--target', 'es2022', '--module', 'nodenext'];
    await expect(run(consumer, tsc, '--ignoreConfig', ...strict, ...options, file)).resolves.toBe('');
  },
  60_000,
);

test('the declarations name no other package', async () => {
  for (const file of ['index.d.ts', 'index.d.cts']) {
    const text = await readFile(join(installed, 'dist', file), 'utf8');
    expect(text).not.toMatch(/\bfrom ['"]|import\(|\bzod\b|@stele\/schemas/);
  }
});

test('the package has no dependency and ships no source, test or script', async () => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  expect(manifest).not.toHaveProperty('dependencies');
  expect((await readdir(installed)).toSorted()).toEqual(['README.md', 'dist', 'package.json']);
});

test.each([
  ['import', 'script.mjs', "import { Stele } from '@stele/sdk';"],
  ['require', 'script.cjs', "const { Stele } = require('@stele/sdk');"],
])(
  'a script that %ss it runs',
  async (_, name, first) => {
    const { url } = await serve(json(200, { username: 'alice' }));
    const rest = `
    const stele = new Stele({ url: process.argv[2], token: 'secret' });
    stele.v1.users.update('1', { username: 'alice' }).then((user) => process.stdout.write(user.username));
  `;
    await writeFile(join(consumer, name), first + rest);
    await expect(run(consumer, process.execPath, name, url)).resolves.toBe('alice');
  },
  60_000,
);

test('the two copies of a process, of ESM and CommonJS, know the errors of each other', async () => {
  const script = `
    import { createRequire } from 'node:module';
    import * as esm from '@stele/sdk';
    const cjs = createRequire(import.meta.url)('@stele/sdk');
    for (const [one, other] of [[esm, cjs], [cjs, esm]]) {
      try {
        new one.Stele({});
      } catch (error) {
        console.log(error instanceof other.SteleError, other.SteleError.is(error), other.ApiError.is(error));
      }
    }
  `;
  await writeFile(join(consumer, 'copies.mjs'), script);
  await expect(run(consumer, process.execPath, 'copies.mjs')).resolves.toBe('false true false\n'.repeat(2));
});
