/** Writes `docs/settings.md` from the settings; with `--check` compares instead, and fails where they differ. */
import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { Settings } from '../src/settings.ts';

const file = new URL('../../../docs/settings.md', import.meta.url);

/** As it is written in the environment. */
function defaultOf(field: z.ZodType): string {
  return field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? `\`${String(field.def.defaultValue)}\`` : '';
}

const items = Object.entries(Settings.shape).map(([name, field]) => {
  const initial = defaultOf(field);
  return `- **\`${name}\`**${initial && `, default ${initial}`}: ${field.description}`;
});

const page = `# Settings

This page lists every environment variable of the server.

\`\`\`console
PORT=8080 STELE_LOG_LEVEL=info npx pnpm@12 start
\`\`\`

- The server reads its settings once, when it starts.
- Wrong settings are reported together, by name. Values are never printed.
- An empty variable counts as not set.
- This page is generated from \`apps/api/src/settings.ts\` by \`npx pnpm@12 generate\`.

## Variables

${items.join('\n')}
`;

if (!process.argv.includes('--check')) writeFileSync(file, page);
else if (readFileSync(file, 'utf8') !== page) {
  process.stderr.write('docs/settings.md is out of date: run `pnpm generate`\n');
  process.exitCode = 1;
}
