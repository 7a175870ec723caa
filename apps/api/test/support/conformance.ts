import { type CheckResult, type ConformanceOptions, providers, runConformance } from '@stele/scim-conformance';
import { expect, test } from 'vitest';
import { keys, type TestApp } from './app.ts';
import { checkAnswer } from './openapi.ts';
import { STANDARD } from './scim.ts';

/** Sends a request. Each response is compared with the OpenAPI document too. */
const documentedFetch =
  (base: string): typeof fetch =>
  async (input, init) => {
    const response = await fetch(input, init);
    const text = await response.clone().text();
    const { status, headers } = response;
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    checkAnswer(init?.method ?? 'GET', (input as string).slice(base.length), { status, headers, text, body });
    return response;
  };

interface Target extends Omit<ConformanceOptions, 'url'> {
  readonly mount?: string;
}

/** Runs checks of `@stele/scim-conformance` against one mount. */
export const runChecks = (
  { url }: Pick<TestApp, 'url'>,
  { mount = STANDARD, token = keys.admin, ...options }: Target,
) => runConformance({ url: url + mount, token, timeoutMs: 10_000, fetch: documentedFetch(url), ...options });

/** One test for each check of a run, which fails unless the check passed. */
export function testsOf(checks: readonly CheckResult[]): void {
  const named = checks.map((check): [string, CheckResult] => [
    `${providers[check.provider]}: ${check.id}: ${check.title} (${check.source})`,
    check,
  ]);
  test.for(named)('%s', ([, { provider, source, title, outcome, reason, exchanges }], { task }) => {
    task.meta.behaviour = { provider: providers[provider], source, title };
    expect({ outcome, reason }, JSON.stringify(exchanges, null, 2)).toEqual({ outcome: 'passed' });
  });
}

/** Every resource that exists: a run leaves them as they are. */
export async function resourcesOf({ query }: Pick<TestApp, 'query'>): Promise<object> {
  return {
    users: await query('SELECT * FROM users WHERE deleted_at IS NULL ORDER BY id'),
    groups: await query('SELECT * FROM groups WHERE deleted_at IS NULL ORDER BY id'),
    members: await query('SELECT * FROM group_members ORDER BY group_id, member_id'),
  };
}
