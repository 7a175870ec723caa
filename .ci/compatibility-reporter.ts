import { readFile, writeFile } from 'node:fs/promises';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import type { Behaviour } from '../apps/api/test/support/behaviour.ts';
import { profileSwitches, type ProfileSwitch } from '../packages/schemas/src/scim/profile.ts';

/** The files whose tests show behaviours. The page is complete when all of each was run. */
const files = ['scim-check', 'scim-clients', 'scim-corpus', 'scim-entra', 'scim-okta'].map(
  (name) => `apps/api/test/${name}.test.ts`,
);

const page = new URL('../docs/compatibility.md', import.meta.url);

const head = `# Compatibility

<!-- Generated from the test run by \`pnpm generate:compatibility\`. Do not edit. -->

What identity providers send and the specifications ask for, each tested over HTTP against the API on a real PostgreSQL:
by the checks of [@stele/scim-conformance](../packages/scim-conformance/README.md), and by the published cases for PATCH.
`;

const escaped = (text: string): string => text.replaceAll('|', String.raw`\|`).replaceAll(/\s+/g, ' ');

/** The switches of the compatibility profiles, with the profiles in which each is on. */
function switchTable(): string {
  const rows = Object.entries<ProfileSwitch>(profileSwitches).map(
    ([name, { rule, source, on }]) => `| \`${name}\` | ${escaped(rule)} | ${escaped(source)} | ${on.join(', ')} |`,
  );
  return `
## Switches

Each rule that some profiles have and others do not. \`dronahq\` is the profile of the DronaHQ mounts; \`strict\` has none.

| switch | rule | source | on in |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** A behaviour that several tests show passes when it does in all of them. */
function sections(tests: readonly TestCase[]): string {
  const rows = new Map<string, Map<string, boolean>>();
  for (const test of tests) {
    const { behaviour } = test.meta();
    if (!behaviour) continue;
    const { provider, title, source }: Behaviour = behaviour;
    const ofProvider = rows.get(provider) ?? new Map<string, boolean>();
    rows.set(provider, ofProvider);
    const row = `| ${escaped(title)} | ${escaped(source)} |`;
    ofProvider.set(row, (ofProvider.get(row) ?? true) && test.result().state === 'passed');
  }
  return [...rows]
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([provider, behaviours]) => {
      const passed = [...behaviours.values()].filter(Boolean).length;
      const lines = [...behaviours].map(([row, passes]) => `${row} ${passes ? 'pass' : '**fail**'} |`);
      return `\n## ${provider}: ${passed} of ${behaviours.size}\n\n| behaviour | source | |\n|---|---|---|\n${lines.toSorted().join('\n')}\n`;
    })
    .join('');
}

/** Compares `docs/compatibility.md` with the tests. Another page fails the run; `vitest run --update` writes it. */
export default class CompatibilityReporter implements Reporter {
  #isUpdate = false;

  onInit({ config }: Vitest): void {
    this.#isUpdate = config.snapshotOptions.updateSnapshot === 'all';
  }

  async onTestRunEnd(modules: readonly TestModule[]): Promise<void> {
    const showing = modules.filter(({ relativeModuleId }) => files.includes(relativeModuleId));
    const tests = showing.flatMap((module) => [...module.children.allTests()]);
    const whole = showing.length === files.length && tests.every((test) => test.result().state !== 'skipped');
    if (!whole) return;
    const content = head + switchTable() + sections(tests);
    if (content === (await readFile(page, 'utf8').catch(() => ''))) return;
    if (this.#isUpdate) return writeFile(page, content);
    process.exitCode = 1;
    process.stderr.write(
      'docs/compatibility.md differs from the tests: write it with `npx pnpm@12 generate:compatibility`\n',
    );
  }
}
