import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { dialects, generate } from './types.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

for (const dialect of dialects) {
  const file = new URL(`../src/generated/${dialect.name}.ts`, import.meta.url);
  const text = await generate(dialect);
  if (!values.check) {
    await writeFile(file, text);
  } else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    process.stderr.write(`src/generated/${dialect.name}.ts is not what its operations say; run \`pnpm generate\`\n`);
    process.exitCode = 1;
  }
}
