import { expect, test } from 'vitest';
import { type CheckResult, type ConformanceReport, formatJson, formatJUnit, formatTable } from '../src/index.ts';

const check = (fields: Partial<CheckResult>): CheckResult => ({
  id: 'users.create',
  area: 'users',
  provider: 'rfc',
  title: 'POST creates a user',
  source: 'RFC 7644 3.3',
  outcome: 'passed',
  exchanges: [],
  durationMs: 1234,
  ...fields,
});

const report: ConformanceReport = {
  url: 'https://example.com/scim?a&b',
  startedAt: '2026-11-29T00:00:00.000Z',
  durationMs: 60_000,
  passed: 1,
  failed: 1,
  skipped: 1,
  leftBehind: [],
  checks: [
    check({}),
    check({ id: 'users.read', outcome: 'failed', reason: 'expected "a" & <b>,\ngot \u001b[31mred' }),
    check({ id: 'etag.version', area: 'etag', outcome: 'skipped', reason: 'it does not announce etag' }),
  ],
};

test('formatTable has a line for each check, without control characters, and the counts', () => {
  expect(formatTable(report)).toBe(`outcome  check         title                source        reason
passed   users.create  POST creates a user  RFC 7644 3.3
failed   users.read    POST creates a user  RFC 7644 3.3  expected "a" & <b>, got  [31mred
skipped  etag.version  POST creates a user  RFC 7644 3.3  it does not announce etag

1 passed, 1 failed, 1 skipped
`);
});

test('formatJson has the report', () => {
  expect(JSON.parse(formatJson(report))).toEqual(report);
});

test('formatJUnit is XML with a test case for each check', () => {
  expect(formatJUnit(report)).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="https://example.com/scim?a&amp;b" tests="3" failures="1" errors="0" skipped="1" time="60.000" timestamp="2026-11-29T00:00:00.000Z">
    <testcase classname="users" name="users.create: POST creates a user (RFC 7644 3.3)" time="1.234"/>
    <testcase classname="users" name="users.read: POST creates a user (RFC 7644 3.3)" time="1.234">
      <failure message="expected &quot;a&quot; &amp; &lt;b&gt;, got  [31mred"/>
    </testcase>
    <testcase classname="etag" name="etag.version: POST creates a user (RFC 7644 3.3)" time="1.234">
      <skipped message="it does not announce etag"/>
    </testcase>
  </testsuite>
</testsuites>
`);
});
