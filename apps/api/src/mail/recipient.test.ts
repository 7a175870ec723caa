import { EmailAddress } from '@stele/schemas/canonical';
import { expect, test } from 'vitest';
import { isMailbox } from './recipient.ts';

test.each([
  'alice@example.com',
  "o'neil+{tag}/x=y!#$%&*?^_`|~@example.com",
  'alice@localhost',
  'a.b.c@sub.example-host.com',
  'jõgeva@jõgeva.ee',
  '山田@例え.jp',
])('%s is a mailbox', (address) => {
  expect(EmailAddress.safeParse(address).success).toBe(true);
  expect(isMailbox(address)).toBe(true);
});

// All of them are addresses to the directory, which keeps what it is given.
test.each([
  'a<b@example.com',
  'a,b@example.com',
  'a;b@example.com',
  'a:b@example.com',
  'a(b)@example.com',
  'a\\b@example.com',
  'a\u0001b@example.com',
  'a\u200Bb@example.com',
  'alice@[127.0.0.1]',
  'alice@example.com>,bob',
  'alice@evil%2Eexample',
])('%j is none', (address) => {
  expect(EmailAddress.safeParse(address).success).toBe(true);
  expect(isMailbox(address)).toBe(false);
});

test.each([
  '',
  'alice',
  '@example.com',
  'alice@',
  'a b@example.com',
  'alice@example.com\r\nBcc: bob',
  'a@b@example.com',
])('%j is none', (address) => expect(isMailbox(address)).toBe(false));
