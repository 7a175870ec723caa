import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
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

/** The pages with snippets, in the order in which they run on one server. The README of the SDK has a test of its own. */
const pages = [
  'README.md',
  ...(await readdir(join(root, 'docs')))
    .filter((name) => name.endsWith('.md'))
    .toSorted()
    .map((name) => `docs/${name}`),
];

/** `npx pnpm@12` for the snippets: `stele` is the built command. What starts, builds or tests has tests of its own. */
const npx = `npx() { case "$2" in
  stele) shift 2; "${process.execPath}" "${join(root, 'apps/cli/dist/bin.js')}" "$@" ;;
  start | test | build | check | bench) ;;
  *) echo "unknown command: $*" >&2; return 1 ;;
esac; }`;

const blocksOf = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, block]) => block!);

let database: TestDatabase;
let server: RunningServer;
let folder: string;
let environment: Record<string, string>;

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
    STELE_URL: server.url,
    STELE_TOKEN: key,
    V1_ID: encodeUserId(id),
    ID: id,
  };
  // A response of 400 or above ends curl with 22.
  await writeFile(join(folder, '.curlrc'), 'silent\nshow-error\nfail-with-body\n');
});
afterAll(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true });
});

it.each(pages)(
  'every command of %s succeeds, in order',
  async (name) => {
    // Only the owner of a new address has the token of its message; `email-verification.test.ts` makes that call.
    const blocks = blocksOf(await readFile(join(root, name), 'utf8'), 'sh').filter(
      (block) => !block.includes('$TOKEN'),
    );
    const script = join(folder, 'page.sh');
    await writeFile(script, ['set -euo pipefail', npx, ...blocks].join('\n'));
    const run = promisify(execFile)('bash', ['-x', script], { env: environment, cwd: folder, maxBuffer: 10 ** 8 });
    const error = await run.then(
      () => undefined,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stderr.slice(-2000)}\n${stdout.slice(-2000)}`,
    );
    expect(error).toBeUndefined();
  },
  60_000,
);

it('the program of README.md runs', async () => {
  const [program] = blocksOf(await readFile(join(root, 'README.md'), 'utf8'), 'ts');
  const sdk = new URL('../../../packages/sdk/src/index.ts', import.meta.url).href;
  const file = join(folder, 'readme.mts');
  await writeFile(file, program!.replace("from '@stele/sdk'", `from ${JSON.stringify(sdk)}`));
  const { stderr } = await promisify(execFile)(process.execPath, [file], { env: environment });
  expect(stderr).toBe('');
});
