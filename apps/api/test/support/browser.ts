import { spawnSync } from 'node:child_process';
import { type Browser, chromium } from 'playwright-core';

const executable = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync(name, ['--version']).status === 0,
);

/** Whether this machine has a browser to test with. */
export const hasBrowser = executable !== undefined;

/** A browser without a window that reaches this machine alone: no other name or address resolves. */
export function launchBrowser(): Promise<Browser> {
  const path = spawnSync('sh', ['-c', `command -v ${executable}`], { encoding: 'utf8' }).stdout.trim();
  return chromium.launch({
    executablePath: path,
    args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1'],
  });
}
