/** Writes `docs/settings.md` from the settings; with `--check` compares instead, and fails where they differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Settings } from '../src/settings.ts';

const file = new URL('../../../docs/settings.md', import.meta.url);

/** As it is written in the environment. */
function defaultOf(field: z.ZodType): string {
  return field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? `\`${String(field.def.defaultValue)}\`` : '';
}

const rows = Object.entries(Settings.shape).map(([name, field]) => {
  const initial = defaultOf(field);
  return `| \`${name}\` | ${initial} | ${field.description} |`;
});

const page = `# Settings

Stele reads its settings from the environment, once, when it starts. What is wrong is reported together, by name; values
are never printed. A variable that is set to nothing counts as not set. This page is made from
\`apps/api/src/settings.ts\` by \`pnpm generate\`.

| variable | default | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;

if (!process.argv.includes('--check')) writeFileSync(file, page);
else if (readFileSync(file, 'utf8') !== page) {
  process.stderr.write('docs/settings.md is out of date: run `pnpm generate`\n');
  process.exitCode = 1;
}
