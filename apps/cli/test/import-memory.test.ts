import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { batchOf, unknown } from './batches.ts';
import { KEY, serve } from './directory.ts';

const ROWS = 50_000;

/** Megabytes. The command needs some 13 for itself; the users of the file would need more than twice this. */
const HEAP = 24;

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

/** A file of users with long names, in a folder of its own. */
async function largeFile(): Promise<{ home: string; file: string }> {
  const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
  onTestFinished(() => rm(home, { recursive: true }));
  const file = join(home, 'users.csv');
  const handle = await open(file, 'w');
  const name = 'x'.repeat(500);
  await handle.writeFile('username,email,password,first_name\n');
  for (let from = 0; from < ROWS; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, index) => `u${from + index},u${index}@example.com,pass,${name}\n`);
    await handle.writeFile(rows.join(''));
  }
  await handle.close();
  return { home, file };
}

test('50,000 users fit through a heap that could not hold them', { timeout: 60_000 }, async () => {
  const { home, file } = await largeFile();
  let imported = 0;
  const { url, seen } = await serve((each) => {
    if (each.method === 'GET') return unknown;
    const results = batchOf(each).map(() => ({ status: 201 }));
    imported += results.length;
    // What is recorded is not what is measured.
    seen.length = 0;
    return { status: 200, body: { results } };
  });
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${HEAP}`, '--conditions=@stele/source', bin, 'users', 'import', file, '--quiet'],
    { env: { STELE_URL: url, STELE_TOKEN: KEY, HOME: home }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect({ code, stderr, imported }).toEqual({ code: 0, stderr: '', imported: ROWS });
  expect(await readdir(home)).toEqual(['users.csv']);
});
