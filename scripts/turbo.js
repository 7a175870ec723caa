// Runs turbo without telemetry. A script that begins with NAME=value does not run on Windows.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const turbo = join(dirname(createRequire(import.meta.url).resolve('turbo/package.json')), 'bin/turbo');

/**
 * @param {readonly string[]} parameters
 * @param {'inherit' | 2} output where standard output goes
 * @returns {number} the exit code
 */
export const runTurbo = (parameters, output = 'inherit') =>
  spawnSync(process.execPath, [turbo, ...parameters], {
    stdio: ['inherit', output, 'inherit'],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
  }).status ?? 1;

if (import.meta.main ?? process.argv[1] === import.meta.filename) process.exitCode = runTurbo(process.argv.slice(2));
