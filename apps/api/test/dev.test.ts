import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { createDatabase } from './support/database.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const copied = ['apps', 'packages', 'scripts'];
const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', 'tsconfig.base.json', 'turbo.json'];

/** A copy of the workspace, with the installed packages and the built files of this checkout. */
async function copyCheckout(): Promise<string> {
  const copy = await mkdtemp(join(tmpdir(), 'stele-dev-'));
  onTestFinished(() => rm(copy, { recursive: true }));
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const wanted = (path: string): boolean => !/\/(?:test|bench|\.stele|\.turbo)$/.test(path);
  for (const folder of copied) {
    await cp(join(root, folder), join(copy, folder), { recursive: true, verbatimSymlinks: true, filter: wanted });
  }
  for (const file of files) await cp(join(root, file), join(copy, file));
  return copy;
}

// The README: "npx pnpm@12 dev" restarts the server with each change and prints its type errors.
it(
  'dev restarts the server with a changed source, and prints a type error without ending',
  { timeout: 300_000 },
  async () => {
    const copy = await copyCheckout();
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const child = spawn(process.execPath, ['scripts/dev.js'], {
      cwd: copy,
      env: { ...process.env, DATABASE_URL: database.url, PORT: '0', STELE_DATA_DIR: join(copy, '.stele') },
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
    const exit = once(child, 'exit');
    const printed = (text: RegExp) => expect.poll(() => output, { timeout: 120_000 }).toMatch(text);

    await printed(/Stele listens at http/);
    const source = join(copy, 'apps/api/src/first-run.ts');
    const text = await readFile(source, 'utf8');
    // The compiler misses a change that comes before its watches are there: it is saved again, as in an editor.
    const save = async (change: string, effect: RegExp) => {
      for (let attempt = 1; attempt <= 10 && !effect.test(output); attempt += 1) {
        await writeFile(source, `${change}\n// ${attempt}\n`);
        await expect
          .poll(() => output, { timeout: 10_000 })
          .toMatch(effect)
          .catch(() => undefined);
      }
      expect(output).toMatch(effect);
    };
    await save(text.replace('Stele listens at', 'The changed Stele listens at'), /The changed Stele listens at http/);
    await save(`${text}\nexport const port: number = 'text';\n`, /first-run\.ts.*TS2322/);
    expect(child.exitCode).toBeNull();

    child.kill('SIGTERM');
    expect(await exit).toEqual([0, null]);
  },
);
