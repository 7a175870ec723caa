import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with one line that says how it went: `N passed, N failed`. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A file that does not load, and an error outside of any test, are failures too.
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length;
    const skipped = count('skipped');
    const tally = `${count('passed')} passed, ${count('failed') + broken} failed`;
    // After the default reporter has printed its own summary.
    process.once('exit', () => process.stdout.write(`${skipped > 0 ? `${tally}, ${skipped} skipped` : tally}\n`));
  }
}
