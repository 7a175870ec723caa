/** Writes the man pages to `dist/man`. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { manPages } from './pages.ts';

const folder = new URL('../dist/man/', import.meta.url);

await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
await Promise.all([...manPages()].map(([name, text]) => writeFile(new URL(name, folder), text)));
