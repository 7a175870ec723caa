import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { keys, startApp, storedHash } from './support/app.ts';

const sdk = new URL('../../../packages/sdk/', import.meta.url);

/** The blocks of the README, which are one program, against another server than it says. */
async function programOf(url: string): Promise<string> {
  const readme = await readFile(new URL('README.md', sdk), 'utf8');
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, block]) => block!);
  return blocks
    .join('')
    .replace("from '@stele/sdk'", `from ${JSON.stringify(new URL('src/index.ts', sdk).href)}`)
    .replaceAll("'http://127.0.0.1:3000'", JSON.stringify(url));
}

test('what the README of the SDK shows can be run, from its beginning to its end', async () => {
  const api = await startApp();
  onTestFinished(() => api.stop());
  // The program makes users, keys and tenants.
  const scopes = ['admin', 'operator'];
  await api.query('UPDATE api_keys SET scopes = $1 WHERE key_hash = $2', [scopes, storedHash(keys.admin)]);
  const folder = await mkdtemp(join(tmpdir(), 'stele-sdk-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'readme.mts');
  await writeFile(file, await programOf(api.url));
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], {
    env: { STELE_TOKEN: keys.admin },
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(['jane was user and is admin', '1 of 1', 'true']));
});
