// Builds a package, then runs one of its files in this process, so that signals and standard streams are its own:
// node scripts/built.js <package> <file> [parameter…]
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runTurbo } from './turbo.js';

const [node, , name, file, ...parameters] = process.argv;
const code = runTurbo(['run', 'build', `--filter=${name}`, '--output-logs=errors-only', '--log-order=stream'], 2);
if (code !== 0) process.exit(code);
const path = resolve(file);
process.argv = [node, path, ...parameters];
await import(pathToFileURL(path).href);
