import { describe, expect, test } from 'vitest';
import { changeNotice, verificationMessage } from './message.ts';
import type { OutboxEntry } from './outbox.ts';

const entry: OutboxEntry = {
  tenantId: '01979f2e-0000-7000-8000-00000000a11c',
  id: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c56',
  userId: '01979f2e-3b7c-7d10-9f6a-000000000001',
  kind: 'email_verification',
  recipient: 'alice@new.example',
  createdAt: new Date('2026-11-22T09:05:59.999Z'),
  age: 0,
  attempts: 3,
};

const linesOf = (text: string): string[] => text.split('\n');

describe('verificationMessage', () => {
  test('says who asks, shows the code alone on its line, how long it is good, and that it can be ignored', () => {
    expect(verificationMessage(entry, { userName: 'alice' }, { code: 'c0de' })).toEqual({
      id: `${entry.id}.3`,
      to: 'alice@new.example',
      subject: 'Confirm your new e-mail address',
      text: `Somebody asked to make this the e-mail address of the user alice.

To confirm it, give this code where the address was changed:

c0de

It can be used once, within 24 hours.

If you do not know what this is about, ignore this message: nothing will change.
`,
    });
  });

  test('shows the link alone on its line, and no code', () => {
    const link = `https://app.example/confirm?token=${'x'.repeat(300)}`;
    const { text } = verificationMessage(entry, { userName: 'alice' }, { link });
    expect(linesOf(text)).toContain(link);
    expect(text).not.toContain('code');
  });

  test.each(['alice', 'jane.doe+work@example.com', 'Åsa_Ünal-2', '山田太郎', 'a'.repeat(64)])(
    'names the user %s',
    (userName) => {
      expect(verificationMessage(entry, { userName }, { code: 'c0de' }).text).toContain(`the user ${userName}.`);
    },
  );

  // Whoever chooses a name must not be able to write to strangers in the name of the directory.
  test.each([
    'alice\r\nBcc: bob@example.com',
    'alice\n\nevil\n\n',
    'alice. Your account is blocked',
    'https://evil.example',
    'evil.example/login',
    'al\u202Eecila',
    '<b>alice</b>',
    'a'.repeat(65),
  ])('leaves out a name that says more: %j', (userName) => {
    const message = verificationMessage(entry, { userName }, { code: 'c0de' });
    expect(message).toEqual(verificationMessage(entry, { userName: '?' }, { code: 'c0de' }));
    expect(message.text).toContain('the e-mail address of a user.');
  });
});

describe('changeNotice', () => {
  const notice: OutboxEntry = { ...entry, kind: 'email_change_notice', recipient: 'alice@old.example' };

  test('says to which address, when, and what to do', () => {
    const addressee = { userName: 'alice', email: 'alice@old.example', pendingEmail: 'alice@new.example' };
    expect(changeNotice(notice, addressee)).toEqual({
      id: entry.id,
      to: 'alice@old.example',
      subject: 'Change of your e-mail address',
      text: `On 2026-11-22 09:05 UTC somebody asked to change the e-mail address of the user alice. As soon as it is confirmed, the new address is:

alice@new.example

If this was you, there is nothing to do.

If it was not, tell your administrator at once, who can set this address again, and change your password.
`,
    });
  });

  test('says so when the address is the new one already', () => {
    const text = changeNotice(notice, { userName: 'alice', email: 'alice@new.example' })!.text;
    expect(text).toContain('The new address is:\n\nalice@new.example\n');
  });

  test('shows what is invisible in an address', () => {
    const pendingEmail = 'al\u202Eice\u0001@new.example';
    expect(linesOf(changeNotice(notice, { userName: 'alice', pendingEmail })!.text)).toContain(
      'al\uFFFDice\uFFFD@new.example',
    );
  });

  test.each([{ userName: 'alice', email: 'alice@old.example' }, { userName: 'alice' }])(
    'is none when there is no new address: %o',
    (addressee) => expect(changeNotice(notice, addressee)).toBeUndefined(),
  );
});
