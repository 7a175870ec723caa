import { dirname } from 'node:path';
import type { Reporter, TestModule, Vitest } from 'vitest/node';
import { format, root, writeTally } from '../scripts/tally.js';

/** Ends the run with one line, `N passed, N failed`, and writes the tally for the line that sums up several runs. */
export default class TallyReporter implements Reporter {
  private isSystem = false;

  onInit({ projects }: Vitest): void {
    this.isSystem = projects.every(({ name }) => name.startsWith('system-'));
  }

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A file that does not load, and an error outside of any test, are failures too.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const tally = { passed: count('passed'), failed: count('failed') + broken, skipped: count('skipped') };
    const manifest = process.env['npm_package_json'];
    writeTally(manifest ? dirname(manifest) : root, this.isSystem ? 'test:system' : 'test', tally);
    // After the default reporter has printed its own summary.
    process.once('exit', () => process.stdout.write(`${format(tally)}\n`));
  }
}
