import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeUserId } from '@stele/schemas/v1';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { createDatabase, type TestDatabase } from './support/database.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const key = 'test-key-of-the-documents-every-scope';

/** The pages with snippets, in the order in which they run on one server. */
const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs')))
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name}`),
  'apps/cli/README.md',
  'packages/sdk/README.md',
  'packages/schemas/README.md',
  'packages/scim-conformance/README.md',
];

/** `npx pnpm@12` for the snippets: `stele` is the built command. What starts, builds or tests has tests of its own. */
const npx = `npx() { case "$2" in
  stele) shift 2; "${process.execPath}" "${join(root, 'apps/cli/dist/bin.js')}" "$@" ;;
  start | dev | test | test:system | build | check | bench) ;;
  *) echo "unknown command: $*" >&2; return 1 ;;
esac; }`;

/** The commands of a page, in order. Those of a block `sh 400` get an error response with that status. */
const commandsOf = (page: string): string[] =>
  [...page.matchAll(/^```sh(?: (\d{3}))?\n(.*?)^```/gms)].map(([, status, block]) =>
    status === undefined ? block! : `( ${block} ) &> error.txt && exit 1; grep "error: ${status}" error.txt`,
  );

const blocksOf = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block!);

let database: TestDatabase;
let server: RunningServer;
let folder: string;
let environment: Record<string, string>;

/** Where the commands of the pages run, as at the root of a checkout. */
const checkout = (): string => join(folder, 'stele');
const programs = (): string => join(folder, 'programs');

beforeAll(async () => {
  database = await createDatabase();
  folder = await mkdtemp(join(tmpdir(), 'stele-docs-'));
  const settings = { NODE_ENV: 'test', PORT: '0', DATABASE_URL: database.url, STELE_BOOTSTRAP_KEY: key };
  server = await startServer(readSettings(settings), () => {});
  const { id } = server.trial!.user;
  environment = {
    PATH: process.env['PATH']!,
    HOME: folder,
    CURL_HOME: folder,
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
    STELE_URL: server.url,
    STELE_TOKEN: key,
    V1_ID: encodeUserId(id),
    ID: id,
  };
  // A response of 400 or above ends curl with 22.
  await writeFile(join(folder, '.curlrc'), 'silent\nshow-error\nfail-with-body\n');
  await writeFile(join(folder, '.npmrc'), 'offline=true\naudit=false\n');
  await mkdir(checkout());
  await symlink(join(root, 'packages'), join(checkout(), 'packages'));
  // Not above a folder in which a page runs npm, which deletes what it did not install.
  await mkdir(join(programs(), 'node_modules/@stele'), { recursive: true });
  for (const name of ['sdk', 'schemas', 'scim-conformance']) {
    await symlink(join(root, 'packages', name), join(programs(), 'node_modules/@stele', name));
  }
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

it.each(pages)(
  'every command of %s succeeds, in order',
  async (name) => {
    // Blocks in `console` need another server: only the owner of a new address has the token of its message.
    const blocks = commandsOf(await readFile(join(root, name), 'utf8'));
    const script = join(folder, 'page.sh');
    await writeFile(script, ['set -euo pipefail', npx, ...blocks].join('\n'));
    const run = promisify(execFile)('bash', ['-x', script], { env: environment, cwd: checkout(), maxBuffer: 10 ** 8 });
    const error = await run.then(
      () => undefined,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stderr.slice(-2000)}\n${stdout.slice(-2000)}`,
    );
    expect(error).toBeUndefined();
  },
  120_000,
);

it('every command of pnpm in the documents exists', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { scripts: object };
  const texts = await Promise.all([...pages, 'CONTRIBUTING.md'].map((page) => readFile(join(root, page), 'utf8')));
  const names = [...texts.join('\n').matchAll(/npx pnpm@12 ([\w:-]+)/g)].map(([, name]) => name!);
  expect(Object.keys(scripts).concat('vitest')).toEqual(expect.arrayContaining([...new Set(names)]));
});

// The blocks of a page are one program.
it.each([
  ['docs/getting-started.md', ['The first name is Joan']],
  ['packages/sdk/README.md', ['jane was user and is admin', '1 of 1', 'true']],
  ['packages/schemas/README.md', ["{ 'name.givenName': 'Jane' }"]],
  ['packages/scim-conformance/README.md', ['users.create passed', 'true', 'not_scim 404']],
])('the program of %s runs, from its beginning to its end', async (page, lines) => {
  const file = join(programs(), 'program.mts');
  await writeFile(file, blocksOf(await readFile(join(root, page), 'utf8'), 'ts').join(''));
  const run = promisify(execFile)(process.execPath, ['--conditions=@stele/source', file], {
    env: environment,
    cwd: programs(),
  });
  const { stdout, stderr } = await run;
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(lines));
});
