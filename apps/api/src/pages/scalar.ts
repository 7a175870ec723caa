import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export interface Script {
  /** Of its file, with a hash of what it holds. */
  readonly name: string;
  readonly compressed: Buffer;
  /** Without compression: made once, for the first client that does not read gzip. */
  plain(): Promise<Buffer>;
}

/** What `scripts/reference.ts` writes at build, seen from the sources and from what is built. */
const file = new URL('../../dist/pages/scalar.js.gz', import.meta.url);

async function read(): Promise<Script> {
  const compressed = await readFile(file);
  const hash = createHash('sha256').update(compressed).digest('hex').slice(0, 16);
  let plain: Promise<Buffer> | undefined;
  return { name: `scalar-${hash}.js`, compressed, plain: () => (plain ??= promisify(gunzip)(compressed)) };
}

let script: Promise<Script> | undefined;

/** The script of the API reference, read when it is first asked for. */
export const scalar = (): Promise<Script> => (script ??= read());
