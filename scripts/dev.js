// Builds the API, then watches it: the compiler prints the type errors of each change and writes the compiled files, and Node
// restarts the server with them. The embedded PostgreSQL keeps running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runTurbo } from './turbo.js';

const code = runTurbo(['run', 'build', '--filter=@stele/api', '--output-logs=errors-only', '--log-order=stream']);
if (code !== 0) process.exit(code);

const [{ readSettings }, { openDatabase }, { onParentExit }] = await Promise.all(
  ['settings', 'server', 'exit-with-parent'].map((name) => import(`../apps/api/dist/${name}.js`)),
);
const database = await openDatabase(readSettings(process.env), (line) => process.stdout.write(`${line}\n`));

const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const children = [
  [compiler, '-b', 'apps/api/tsconfig.build.json', '--watch', '--preserveWatchOutput', '--pretty'],
  ['--watch', '--watch-preserve-output', 'apps/api/dist/main.js'],
].map((parameters) =>
  spawn(process.execPath, parameters, { stdio: 'inherit', env: { ...process.env, DATABASE_URL: database.url } }),
);

const stop = () => {
  for (const child of children) child.kill('SIGTERM');
};
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
onParentExit(stop);
await Promise.all(children.map((child) => once(child, 'exit').finally(stop)));
await database.stop();
