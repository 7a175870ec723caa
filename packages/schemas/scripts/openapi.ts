/**
 * Writes `openapi/<dialect>.json` for every dialect; with `--check` compares instead, and fails where a document is not
 * what its operations say.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { openApiOf } from '../src/contract/openapi.ts';
import { dialects } from '../src/dialects.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const check = process.argv.includes('--check');

for (const dialect of dialects) {
  const file = new URL(`../openapi/${dialect.name}.json`, import.meta.url);
  const document = `${JSON.stringify(openApiOf(dialect, version), null, 2)}\n`;
  if (!check) writeFileSync(file, document);
  else if (readFileSync(file, 'utf8') !== document) {
    process.stderr.write(`openapi/${dialect.name}.json is out of date: run \`pnpm generate\`\n`);
    process.exitCode = 1;
  }
}
