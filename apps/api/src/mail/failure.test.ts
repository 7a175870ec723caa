import { DirectoryError } from '@stele/schemas/canonical';
import { describe, expect, test } from 'vitest';
import { isFinal, reasonOf } from './failure.ts';

/** An error as nodemailer makes it: the server's answer is in its message too. */
const smtpError = (code: string, command: string, response: string) =>
  Object.assign(new Error(`Failed: ${response}`), {
    code,
    command,
    response,
    responseCode: Number(response.slice(0, 3)),
    permanent: response.startsWith('5'),
  });

describe('reasonOf', () => {
  test.each([
    [smtpError('EENVELOPE', 'RCPT TO', '550 5.1.1 <bob@example.com>: no such user'), 'EENVELOPE RCPT TO 550 5.1.1'],
    [smtpError('EENVELOPE', 'RCPT TO', '550-5.7.26 unauthenticated'), 'EENVELOPE RCPT TO 550 5.7.26'],
    [smtpError('EMESSAGE', 'DATA', '554 Blocked https://app.example/?token=s3cret'), 'EMESSAGE DATA 554'],
    [smtpError('EAUTH', 'AUTH PLAIN', '535 5.7.8 bad credentials'), 'EAUTH AUTH PLAIN 535 5.7.8'],
    [
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:25'), {
        code: 'ESOCKET',
        originalCode: 'ECONNREFUSED',
        command: 'CONN',
      }),
      'ESOCKET ECONNREFUSED CONN',
    ],
    [
      Object.assign(new Error('Invalid recipient "bob@example.com"'), { code: 'EENVELOPE', command: 'API' }),
      'EENVELOPE API',
    ],
    [new DirectoryError('unavailable', 'The directory cannot reach its database'), 'unavailable'],
    [new TypeError('bob@example.com is not a function'), 'TypeError'],
    ['bob@example.com', 'unknown'],
  ])('says of %s: %s', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});

describe('isFinal', () => {
  test.each([
    ['RCPT TO', '550 5.1.1 no such user', true],
    ['DATA', '554 5.7.1 refused', true],
    ['RCPT TO', '450 4.2.1 try later', false],
    ['DATA', '452 4.3.1 no room', false],
    // Whoever runs the directory can mend these: sender, password, the wrong server.
    ['MAIL FROM', '550 5.7.1 not your address', false],
    ['AUTH PLAIN', '535 5.7.8 bad credentials', false],
    ['CONN', '554 5.3.2 no service', false],
  ])('%s answered with %s: %s', (command, response, final) => {
    expect(isFinal(smtpError('EENVELOPE', command, response))).toBe(final);
  });

  test.each([new DirectoryError('unavailable', 'away'), new Error('any'), 'text', undefined])(
    'what is no answer of a server is not final: %s',
    (error) => expect(isFinal(error)).toBe(false),
  );
});
