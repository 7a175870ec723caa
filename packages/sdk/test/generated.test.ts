import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { dialects, generate } from '../scripts/types.ts';

test.each(dialects)('the committed types of $name are what its operations say', async (dialect) => {
  const committed = await readFile(new URL(`../src/generated/${dialect.name}.ts`, import.meta.url), 'utf8');
  expect(committed).toBe(await generate(dialect));
});
