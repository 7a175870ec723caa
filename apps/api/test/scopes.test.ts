import { randomUUID } from 'node:crypto';
import { type Scope, scopes } from '@stele/schemas/canonical';
import { isUnsafe } from '@stele/schemas/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ask, keys, startApp, type TestApp } from './support/app.ts';
import { insertKey } from './support/api-keys.ts';
import { callOf, everyOperation, sendCall, type Spoken, successOf, type Things } from './support/calls.ts';
import { contentsOf } from './support/contents.ts';
import { expectRefusal } from './support/refusals.ts';
import { makeThings } from './support/things.ts';
import type { Tongue } from './support/users.ts';

/** Which scopes open what needs one: "`write` includes `read`, `admin` includes both", and `operator` stands apart. */
const openers: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read', 'write', 'admin'],
  write: ['write', 'admin'],
  admin: ['admin'],
  operator: ['operator'],
};

/** Every set of scopes, and a credential that has it. */
const grants = Array.from({ length: 2 ** scopes.length }, (_, bits) => {
  const granted = scopes.filter((_scope, index) => bits & (1 << index));
  const name = granted.join('+') || 'none';
  return { name, granted, key: `test-key-of-alices-tenant-with-${name}` };
});

let api: TestApp;
/** What requests that are to be refused are about. */
let things: Things;

beforeAll(async () => {
  api = await startApp();
  for (const { granted, key } of grants) {
    // No key is made without a scope, and none such is listed; but an access token may have none.
    await insertKey(api, key, granted, granted.length === 0 ? keys.foreign : keys.admin);
  }
  things = await makeThings(api, 'alice');
});
afterAll(() => api.stop());

/** Expects a refusal in the dialect's own form, and answers with its challenge. */
async function refused(spoken: Spoken, code: 'unauthorized' | 'forbidden', ask: Ask & { mount?: string }) {
  const answer = await sendCall(api, spoken, things, { free: randomUUID(), ...ask });
  expectRefusal(spoken.dialect.name as Tongue, answer, code);
  expect(answer.headers.get('content-type')).toBe(`${spoken.dialect.mediaTypes[0]}; charset=utf-8`);
  return answer.headers.get('www-authenticate');
}

const credentials = [
  ['an unknown key', `Bearer ${'unknown-'.repeat(6)}`],
  ['a key that is too short', 'Bearer secret'],
  ['a broken key', `Bearer stele_${'0'.repeat(81)}`],
  ['a key with a character that none has', `Bearer ${keys.admin}!`],
  ['two keys', `Bearer ${keys.admin} ${keys.admin}`],
  ['no key', 'Bearer'],
  ['another scheme', `Basic ${btoa(`admin:${keys.admin}`)}`],
  ['a key without a scheme', keys.admin],
] as const;

describe.each(everyOperation)('$name', (spoken) => {
  const { dialect, operation } = spoken;
  const isOpenTo = ({ granted }: { granted: readonly Scope[] }) =>
    operation.open || granted.some((scope) => openers[operation.scope].includes(scope));

  describe('refuses', () => {
    let before: unknown;
    beforeAll(async () => {
      before = await contentsOf(api);
    });

    test.each(grants.filter((grant) => !isOpenTo(grant)))('the scopes $name', async ({ key }) => {
      // RFC 6750 3.1: "insufficient_scope [...] MAY include the "scope" attribute with the scope necessary".
      expect(await refused(spoken, 'forbidden', { key })).toBe(
        `Bearer realm="stele", error="insufficient_scope", scope="${operation.scope}"`,
      );
    });

    describe.each(dialect.mounts)('at %j', (mount) => {
      // RFC 6750 3.1: "If the request lacks any authentication information [...], the resource server SHOULD NOT
      // include an error code or other error information".
      test.each(operation.open ? [] : [null])('no credential', async (key) => {
        expect(await refused(spoken, 'unauthorized', { key, mount })).toBe('Bearer realm="stele"');
      });

      test.each(credentials)('%s', async (_, authorization) => {
        const challenge = await refused(spoken, 'unauthorized', { key: null, headers: { authorization }, mount });
        expect(challenge).toMatch(
          /^Bearer realm="stele", error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+"$/,
        );
        expect(challenge).not.toContain(keys.admin);
      });
    });

    test('without having changed anything', async () => {
      expect(await contentsOf(api)).toEqual(before);
    });
  });

  test.each(operation.open ? dialect.mounts : [])('opens without a credential at %j', async (mount) => {
    const answer = await sendCall(api, spoken, things, { free: randomUUID(), key: null, mount });
    expect(answer.status, answer.text).toBe(successOf(operation));
  });

  test.each(grants.filter(isOpenTo))('opens to the scopes $name', async ({ key }) => {
    const own = isUnsafe(operation) ? await makeThings(api, `user-${randomUUID()}`) : things;
    const answer = await sendCall(api, spoken, own, { free: randomUUID(), key });
    expect(answer.status, answer.text).toBe(successOf(operation));
  });
});

// RFC 9110 9.3.2: HEAD is GET without the content of the answer.
const closedReads = everyOperation.filter(({ operation }) => operation.method === 'GET' && !operation.open);

describe.each(closedReads)('HEAD as $name', (spoken) => {
  test.each([
    [401, null],
    [403, grants[0]!.key],
  ])('is refused with %i', async (status, key) => {
    const answer = await api.request('HEAD', callOf(spoken, things, 'nobody').path, { key });
    expect([answer.status, answer.text]).toEqual([status, '']);
  });
});
