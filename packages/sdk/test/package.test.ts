import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'tsdown';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
  const files = (await readdir(join(installed, 'dist'))).filter((name) => /\.d\.c?ts$/.test(name));
  expect(files).toContain('index.d.cts');
  for (const file of files) {
    const text = await readFile(join(installed, 'dist', file), 'utf8');
    expect(text).not.toMatch(/\bfrom ['"](?!\.\/)|import\(|\bzod\b|@stele\/schemas/);
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

/** For each sub-path, what it gives, and what it does not: the other dialects. */
const subpaths = `
const found = {
  '@stele/sdk/errors': errors.NotFoundError === sdk.NotFoundError,
  '@stele/sdk/v1': typeof new v1.V1Client(options).users.get,
  '@stele/sdk/scim': scim.operations === sdk.operations && typeof new scim.ScimClient(options).users.get,
  '@stele/sdk/nerm': typeof new nerm.NermClient(options).jobs.wait,
};
console.log(Object.values(found).join());
`;

test.each([
  ['mjs', (name: string) => `import * as ${name || 'sdk'} from '@stele/sdk${name && `/${name}`}';`],
  ['cjs', (name: string) => `const ${name || 'sdk'} = require('@stele/sdk${name && `/${name}`}');`],
])('a .%s script has the sub-paths', async (ext, load) => {
  const file = `subpaths.${ext}`;
  const text = ['', 'errors', 'v1', 'scim', 'nerm'].map(load).join('\n');
  await writeFile(join(consumer, file), `${text}\nconst options = { url: 'http://a', token: 'secret' };${subpaths}`);
  await expect(run(consumer, process.execPath, file)).resolves.toBe('true,function,function,function\n');
});

test('every condition of a runtime is a file that there is, of the format that its loader reads', async () => {
  const { exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const conditions = ['browser', 'edge-light', 'workerd', 'deno', 'bun'];
  for (const entry of Object.values<Record<string, object>>(exports)) {
    if (typeof entry === 'string') continue;
    for (const condition of conditions) {
      const files: string[] = Object.values(entry[condition]!);
      expect(files).toEqual([expect.stringMatching(/\.js$/), expect.stringMatching(/\.cjs$/)]);
      for (const file of files) await expect(readFile(join(installed, file))).resolves.toBeDefined();
    }
  }
});

/** Runtimes and versions of TypeScript that `.ci/run` installs. Without them these tests are skipped. */
const tools = fileURLToPath(new URL('../../../.ci/consumers/node_modules/', import.meta.url));

describe.skipIf(!existsSync(tools))('the packed SDK', () => {
  test.each(['5.0', '5.4', '5.9', '6.0'])(
    'compiles with TypeScript %s, in ESM and CommonJS',
    async (version) => {
      const files = ['mts', 'cts'].map((ext) => join(consumer, `program.${ext}`));
      // CommonJS has no `await` outside of functions; the program has none.
      for (const file of files) await writeFile(file, program);
      // The check of the DOM library would take most of the time.
      const lib = ['--target', 'es2022', '--lib', 'es2022'];
      const strict = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'node16', ...lib];
      const compiler = join(tools, `typescript-${version}/bin/tsc`);
      await expect(run(consumer, process.execPath, compiler, ...strict, ...files)).resolves.toBe('');
    },
    60_000,
  );

  const script = (url: string, out: string) => `
    const stele = new Stele({ url: '${url}', token: 'secret', logLevel: 'off' });
    const { data } = await stele.v1.users.update('1', { username: 'alice' }).withResponse();
    const missing = await stele.scim.users.get('2').catch((error) => error);
    ${out}(data.username, NotFoundError.is(missing), missing.requestId);
  `;
  const load = {
    mjs: "import { NotFoundError, Stele } from '@stele/sdk';",
    cjs: "const { NotFoundError, Stele } = require('@stele/sdk');",
  };

  /** A server for `script`. */
  const directory = () =>
    serve((seen, response) =>
      json(seen.path.startsWith('/scim') ? 404 : 200, { username: 'alice' }, { 'X-Request-Id': 'r1' })(seen, response),
    );

  test.each([
    ['Node 20', 'mjs', ['node/bin/node']],
    ['Node 20', 'cjs', ['node/bin/node']],
    ['Bun', 'mjs', ['.bin/bun']],
    ['Bun', 'cjs', ['.bin/bun']],
    ['Deno', 'mjs', ['.bin/deno', 'run', '--no-prompt', '--allow-net', '--node-modules-dir=manual']],
    ['Deno', 'cjs', ['.bin/deno', 'run', '--no-prompt', '--allow-net', '--allow-read', '--node-modules-dir=manual']],
  ] as const)(
    'runs in %s, as .%s',
    async (_, ext, [command, ...args]) => {
      const { url } = await directory();
      const file = `runtime.${ext}`;
      await writeFile(join(consumer, file), `${load[ext]} (async () => {${script(url, 'console.log')}})();`);
      await expect(run(consumer, join(tools, command), ...args, file)).resolves.toBe('alice true r1\n');
    },
    60_000,
  );

  /** A script with all that it imports, as a bundler for one platform makes it. */
  const bundled = async (conditions: string[], text: string): Promise<string> => {
    const file = join(consumer, `${conditions[0]}.mjs`);
    await writeFile(file, text);
    const [bundle] = await build({
      entry: { worker: file },
      cwd: consumer,
      config: false,
      outDir: join(consumer, conditions[0]!),
      format: 'esm',
      platform: 'neutral',
      dts: false,
      logLevel: 'silent',
      deps: { alwaysBundle: [/./] },
      inputOptions: { resolve: { conditionNames: conditions } },
    });
    return bundle!.chunks.map((chunk) => ('code' in chunk ? chunk.code : '')).join('');
  };

  test('runs in workerd', async () => {
    const { url } = await directory();
    const code = await bundled(
      ['workerd', 'import'],
      `${load.mjs} export default { async test() {${script(url, 'console.log')}} };`,
    );
    await writeFile(join(consumer, 'bundle.mjs'), code);
    await writeFile(
      join(consumer, 'worker.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
       const config :Workerd.Config = (services = [
         (name = "main", worker = (
           modules = [(name = "bundle.mjs", esModule = embed "bundle.mjs")], compatibilityDate = "2026-01-01")),
         (name = "internet", network = (allow = ["public", "private", "local"]))]);`,
    );
    await expect(run(consumer, join(tools, '.bin/workerd'), 'test', 'worker.capnp')).resolves.toBe('alice true r1\n');
  }, 60_000);

  test('runs in the Edge runtime', async () => {
    const { url } = await directory();
    const code = await bundled(
      ['edge-light', 'import'],
      `${load.mjs} globalThis.run = async () => {let text; ${script(url, 'text = [].concat')}; return text.join(' ')};`,
    );
    const host = `
      import { EdgeRuntime } from ${JSON.stringify(join(tools, 'edge-runtime/dist/index.js'))};
      const runtime = new EdgeRuntime();
      runtime.evaluate(${JSON.stringify(code)});
      console.log(await runtime.evaluate('run()'));
      process.exit();`;
    await writeFile(join(consumer, 'host.mjs'), host);
    await expect(run(consumer, process.execPath, 'host.mjs')).resolves.toBe('alice true r1\n');
  }, 60_000);
});
