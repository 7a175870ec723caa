import { expect, test } from 'vitest';
import { EmailAddress } from './user.ts';

const reason = (address: string) => EmailAddress.safeParse(address).error?.issues[0]?.message;

test.each([
  'alice@example.com',
  "o'neil+{tag}/x=y!#$%&*?^_`|~@example.com",
  'alice@localhost',
  'a.b.c@sub.example-host.com',
  'jõgeva@jõgeva.ee',
  '山田@例え.jp',
  `${'a'.repeat(64)}@example.com`,
])('%s is an e-mail address', (address) => expect(reason(address)).toBeUndefined());

test.each([
  '',
  'alice',
  '@example.com',
  'alice@',
  'a b@example.com',
  'a@b@example.com',
  '.a@example.com',
  'a.@example.com',
  'a..b@example.com',
  'alice@-example.com',
  'alice@example-.com',
  'alice@example..com',
  'alice@example.com.',
  'a<b@example.com',
  'Alice <alice@example.com>',
  '@relay.example:alice@example.com',
  'a,b@example.com',
  'a;b@example.com',
  'a:b@example.com',
  'a(b)@example.com',
  'a\\b@example.com',
  '"a b"@example.com',
  'a\u0001b@example.com',
  'a\u007Fb@example.com',
  'a\u200Bb@example.com',
  'a\u202Eb@example.com',
  'alice@exam\u00ADple.com',
  'alice@[127.0.0.1]',
  'alice@example.com>,bob',
  'alice@evil%2Eexample',
  'alice@example.com\r\nBcc: bob',
  `${'a'.repeat(65)}@example.com`,
  `${'é'.repeat(33)}@example.com`,
  `alice@${'a'.repeat(64)}.com`,
  `alice@${'a'.repeat(60)}.${'a'.repeat(60)}.${'a'.repeat(60)}.${'a'.repeat(60)}.${'a'.repeat(9)}`,
])('%j is none', (address) => expect(reason(address)).toBe('Invalid email format'));
