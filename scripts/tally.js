// How many tests passed: the tally of each run of vitest, which `.ci/tally-reporter.ts` writes below the folder of its package,
// and of each tier, which `scripts/test.js` writes below the root. Prints the sum of both tiers: node scripts/tally.js
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * @typedef {'test' | 'test:system'} Tier
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

export const root = join(import.meta.dirname, '..');

/** @type {(folder: string, tier: Tier) => string} */
const fileOf = (folder, tier) => join(folder, 'node_modules/.cache/tally', `${tier.replace(':', '-')}.json`);

/** @type {readonly string[]} */
const packages = ['apps', 'packages'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
);

/** @param {Tier} tier */
export function removeTallies(tier) {
  for (const folder of [root, ...packages]) rmSync(fileOf(folder, tier), { force: true });
}

/**
 * @param {string} folder of a package, or the root
 * @param {Tier} tier
 * @param {Tally} tally
 */
export function writeTally(folder, tier, tally) {
  const file = fileOf(folder, tier);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(tally));
}

/** @type {(files: readonly string[]) => Tally} */
function sumOf(files) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const file of files) {
    /** @type {Tally} */
    let tally;
    try {
      tally = JSON.parse(readFileSync(file, 'utf8'));
    } catch {
      // A package without tests in this tier, or whose run did not end.
      continue;
    }
    sum.passed += tally.passed;
    sum.failed += tally.failed;
    sum.skipped += tally.skipped;
  }
  return sum;
}

/** @type {(tier: Tier) => Tally} */
export const sumOfPackages = (tier) => sumOf(packages.map((folder) => fileOf(folder, tier)));

/** @type {(tally: Tally) => string} */
export const format = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

if (process.argv[1] === import.meta.filename) {
  const sum = sumOf([fileOf(root, 'test'), fileOf(root, 'test:system')]);
  process.stdout.write(`${format(sum)}\n`);
  process.exitCode = sum.passed > 0 && sum.failed === 0 ? 0 : 1;
}
