import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { OutboxWorker } from '../src/mail/outbox-worker.ts';
import { type Answer, type Ask, keys, startApp, startReplicas, type TestApp } from './support/app.ts';
import { deleteRows } from './support/database.ts';
import { expectRefusal } from './support/refusals.ts';
import { type Mail, startSmtp, type TestSmtp } from './support/smtp.ts';
import { create, faces, forgetUsers, kept, operate, patch, read } from './support/users.ts';

let smtp: TestSmtp;
let api: TestApp;
let replica: TestApp;
let stop: () => Promise<void>;

const required = (): Record<string, string> => ({
  STELE_EMAIL_VERIFICATION: 'required',
  // A server that hangs is found out sooner than in production.
  SMTP_URL: `${smtp.url}?socketTimeout=500`,
  STELE_EMAIL_FROM: 'Stele <no-reply@stele.example>',
});

beforeAll(async () => {
  smtp = await startSmtp();
  ({ api, replica, stop } = await startReplicas(required(), required()));
});
afterAll(async () => {
  await stop();
  await smtp.stop();
});
beforeEach(async () => {
  await forgetUsers(api);
  await deleteRows(api, ['outbox']);
  smtp.reset();
});
afterEach(async () => {
  await smtp.start();
  smtp.mood = 'takes';
  await sendNow();
  await allSent();
});

/** Asks for another address. */
const ask = (id: string, email: string, more?: Ask, on: TestApp = api): Promise<Answer> =>
  patch(on, 'v1', id, { email }, more);

/** Hands in a token. */
const confirm = (id: string, token: string, more?: Ask, on: TestApp = api): Promise<Answer> =>
  on.request('POST', `${faces.v1.user(id)}/email-verification`, { body: { token }, ...more });

const tokenIn = ({ text }: Mail): string => /^[\w-]{43}$/m.exec(text)![0];

/** Asks for another address, and answers with the token that came there. */
async function request(id: string, email: string): Promise<string> {
  expect((await ask(id, email)).status).toBe(200);
  return tokenIn(await smtp.mailTo(email));
}

const shown = async (id: string) => {
  const { email, pending_email } = (await read(api, 'v1', id)).body;
  return { email, pending_email };
};

function expectWrongToken(answer: Answer): void {
  expectRefusal('v1', answer, 'validation_error');
  expect(answer.body.details).toEqual({ token: [expect.any(String)] });
}

/** Comes when nothing waits to be sent. */
const allSent = () =>
  vi.waitFor(async () => expect(await api.query('SELECT 1 FROM outbox WHERE failed_at IS NULL')).toEqual([]), 5000);

/** Comes when so many messages have been tried, and wait to be tried again; a request has two. */
const failed = (count = 2) =>
  vi.waitFor(
    async () => expect(await api.query('SELECT 1 FROM outbox WHERE last_error IS NOT NULL')).toHaveLength(count),
    5000,
  );

/** Lets what failed be tried again at once; what is under way is left to whom it is lent. */
async function sendNow(): Promise<void> {
  await api.query('UPDATE outbox SET next_attempt_at = now(), last_error = NULL WHERE last_error IS NOT NULL');
  api.app.get(OutboxWorker).wake();
}

/** Messages are left in the outbox in the commit of the write, so that there is nothing to wait for. */
async function expectNothingSent(): Promise<void> {
  expect(await api.query('SELECT * FROM outbox')).toEqual([]);
  expect(smtp.tries).toEqual([]);
}

describe('a v1 write of email', () => {
  test('changes nothing but pending_email, until the token comes back', async () => {
    const id = await create(api, 'v1', 'alice');
    const asked = await ask(id, 'alice@new.example');
    expect(asked.status).toBe(200);
    expect(asked.body).toMatchObject({ email: 'alice@example.com', pending_email: 'alice@new.example' });
    for (const tongue of ['scim', 'nerm'] as const)
      expect((await read(api, tongue, id)).text).not.toContain('new.example');

    const confirmed = await confirm(id, tokenIn(await smtp.mailTo('alice@new.example')));
    expect(confirmed.status).toBe(200);
    expect(confirmed.body.email).toBe('alice@new.example');
    expect(confirmed.body).not.toHaveProperty('pending_email');
    expect(confirmed.headers.get('etag')).toBe('"3"');
    expect((await read(api, 'v1', id)).body).toEqual(confirmed.body);
    for (const tongue of ['scim', 'nerm'] as const)
      expect((await read(api, tongue, id)).text).toContain('alice@new.example');
  });

  test('can be confirmed at any replica', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    expect((await confirm(id, token, {}, replica)).status).toBe(200);
  });

  test('is two entries of the history', async () => {
    const id = await create(api, 'v1', 'alice');
    await confirm(id, await request(id, 'alice@new.example'));
    const [, asked, confirmed, ...more] = (await kept(api)).history as Record<string, unknown>[];
    expect(more).toEqual([]);
    expect(asked).toMatchObject({ operation: 'updateUser', changes: { pendingEmail: { new: 'alice@new.example' } } });
    expect(confirmed).toMatchObject({
      operation: 'verifyEmail',
      changes: {
        pendingEmail: { old: 'alice@new.example' },
        emails: {
          old: [{ value: 'alice@example.com', primary: true }],
          new: [{ value: 'alice@new.example', primary: true }],
        },
      },
    });
    const history = await api.request('GET', `${faces.v1.user(id)}/history`);
    expect(history.body.data.map(({ changes }: { changes: object }) => changes).slice(1)).toEqual([
      { pending_email: { new: 'alice@new.example' } },
      { pending_email: { old: 'alice@new.example' }, email: { old: 'alice@example.com', new: 'alice@new.example' } },
    ]);
  });

  test('leaves the other addresses alone', async () => {
    const emails = [
      { value: 'a@home.example', type: 'home' },
      { value: 'a@work.example', type: 'work', primary: true },
    ];
    const id = await create(api, 'scim', 'alice', { emails });
    await confirm(id, await request(id, 'alice@new.example'));
    expect((await read(api, 'scim', id)).body.emails).toEqual([
      emails[0],
      { ...emails[1], value: 'alice@new.example' },
    ]);
  });

  test('tells the old address, which gets no token', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    const notice = await smtp.mailTo('alice@example.com');
    expect(notice.text).toContain('alice@new.example');
    expect(notice.raw).not.toContain(token);
    await allSent();
    expect(smtp.tries.toSorted()).toEqual(['alice@example.com', 'alice@new.example']);
  });

  test('of a user without an address tells nobody', async () => {
    const id = await create(api, 'scim', 'alice');
    await confirm(id, await request(id, 'alice@new.example'));
    await allSent();
    expect(smtp.tries).toEqual(['alice@new.example']);
    expect((await shown(id)).email).toBe('alice@new.example');
  });

  test('in a batch waits like any other', async () => {
    const id = await create(api, 'v1', 'alice');
    const { id: v1Id } = (await read(api, 'v1', id)).body;
    const operations = [{ op: 'update', id: v1Id, data: { email: 'alice@new.example' } }];
    const { body } = await api.request('POST', '/v1/users/batch', { body: { operations } });
    expect(body.results[0].data).toMatchObject({ email: 'alice@example.com', pending_email: 'alice@new.example' });
    expect((await confirm(id, tokenIn(await smtp.mailTo('alice@new.example')))).status).toBe(200);
  });

  test('that changes something else as well changes that at once', async () => {
    const id = await create(api, 'v1', 'alice');
    const { body } = await patch(api, 'v1', id, { email: 'alice@new.example', first_name: 'Al' });
    expect(body).toMatchObject({ first_name: 'Al', email: 'alice@example.com', pending_email: 'alice@new.example' });
  });

  test.each([
    { email: 'other@new.example', first_name: 'Al' },
    { email: 'alice@example.com', first_name: 'Al' },
  ])('that is refused asks nobody: %o', async (fields) => {
    await create(api, 'v1', 'bob');
    const id = await create(api, 'v1', 'alice');
    expectRefusal('v1', await patch(api, 'v1', id, { ...fields, username: 'bob' }), 'conflict');
    await expectNothingSent();
  });
});

describe('what asks nobody', () => {
  test('a create: the first address is no change', async () => {
    await create(api, 'v1', 'alice');
    await expectNothingSent();
  });

  test('a preview', async () => {
    const id = await create(api, 'v1', 'alice');
    const preview = await ask(id, 'alice@new.example', { headers: { prefer: 'return=preview' } });
    expect(preview.body.changes).toEqual({ pending_email: { new: 'alice@new.example' } });
    await expectNothingSent();
  });

  test('a write of the address that is there', async () => {
    const id = await create(api, 'v1', 'alice');
    await ask(id, 'alice@example.com');
    await expectNothingSent();
  });

  test('the same request again, with the same Idempotency-Key', async () => {
    const id = await create(api, 'v1', 'alice');
    const headers = { 'idempotency-key': 'move-alice' };
    const first = await ask(id, 'alice@new.example', { headers });
    const token = tokenIn(await smtp.mailTo('alice@new.example'));
    await allSent();
    for (const on of [api, replica]) {
      const again = await ask(id, 'alice@new.example', { headers }, on);
      expect([again.text, again.headers.get('idempotent-replayed')]).toEqual([first.text, 'true']);
    }
    await allSent();
    expect(smtp.mails).toHaveLength(2);
    expect((await confirm(id, token)).status).toBe(200);
  });

  test('the same address again: its token stays good', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    await ask(id, 'alice@new.example');
    await patch(api, 'v1', id, { first_name: 'Al' });
    await allSent();
    expect(smtp.mails).toHaveLength(2);
    expect((await confirm(id, token)).status).toBe(200);
  });

  test.each(['scim', 'nerm'] as const)('%s, a trusted directory: the address changes at once', async (tongue) => {
    const id = await create(api, tongue, 'alice', tongue === 'scim' ? { emails: [{ value: 'a@b.example' }] } : {});
    const value = 'alice@new.example';
    const fields = tongue === 'scim' ? { emails: [{ value, primary: true }] } : { email: value };
    expect((await patch(api, tongue, id, fields)).status).toBe(200);
    expect(await shown(id)).toEqual({ email: value });
    await expectNothingSent();
  });
});

describe('a message that is asked for again', () => {
  const resend = (id: string, more?: Ask, on: TestApp = api): Promise<Answer> =>
    on.request('POST', `${faces.v1.user(id)}/email-verification/resend`, more);
  /** Lets the last message be older. */
  const pass = (time: string) =>
    api.query('UPDATE users SET pending_email_expires_at = pending_email_expires_at - $1::interval', [time]);

  test.each(['00:01:00', '25:00:00'])('is sent %s after the last one, with a new token', async (time) => {
    const id = await create(api, 'v1', 'alice');
    const lost = await request(id, 'alice@new.example');
    await allSent();
    await pass(time);
    const before = await kept(api);
    const answer = await resend(id);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual((await read(api, 'v1', id)).body);
    const token = tokenIn(await smtp.mailTo('alice@new.example', 2));
    expect((await kept(api)).history).toEqual(before.history);
    expectWrongToken(await confirm(id, lost));
    expect((await confirm(id, token)).status).toBe(200);
    await allSent();
    expect(smtp.tries.toSorted()).toEqual(['alice@example.com', 'alice@new.example', 'alice@new.example']);
  });

  test('is 429 within a minute, and the token stays valid', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    await allSent();
    const answer = await resend(id, {}, replica);
    expectRefusal('v1', answer, 'rate_limited');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(answer.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect((await confirm(id, token)).status).toBe(200);
    expect(smtp.mails).toHaveLength(2);
  });

  test('is sent once, of many requests at once', async () => {
    const id = await create(api, 'v1', 'alice');
    await request(id, 'alice@new.example');
    await allSent();
    await pass('00:01:00');
    const answers = await Promise.all(Array.from({ length: 10 }, (_, i) => resend(id, {}, i % 2 ? api : replica)));
    for (const { status } of answers) expect([200, 429]).toContain(status);
    expect(answers.map(({ status }) => status)).toContain(200);
    await allSent();
    expect(smtp.tries.filter((each) => each === 'alice@new.example')).toHaveLength(2);
  });

  test('adds none to one that is still queued', async () => {
    const id = await create(api, 'v1', 'alice');
    smtp.mood = { refuses: 'RCPT TO', code: 450 };
    await ask(id, 'alice@new.example');
    await failed();
    expect((await resend(id)).status).toBe(200);
    expect(await api.query('SELECT kind FROM outbox ORDER BY kind')).toEqual([
      { kind: 'email_change_notice' },
      { kind: 'email_verification' },
    ]);
  });

  test('with the same Idempotency-Key is sent once', async () => {
    const id = await create(api, 'v1', 'alice');
    await request(id, 'alice@new.example');
    await allSent();
    await pass('00:01:00');
    const headers = { 'idempotency-key': 'resend-alice' };
    const first = await resend(id, { headers });
    await allSent();
    await pass('00:01:00');
    const again = await resend(id, { headers }, replica);
    expect([again.status, again.text, again.headers.get('idempotent-replayed')]).toEqual([200, first.text, 'true']);
    await allSent();
    expect(smtp.mails).toHaveLength(3);
  });

  test('is 400 where no address waits, 403 without the scope, 404 in another tenant', async () => {
    const id = await create(api, 'v1', 'alice');
    expectRefusal('v1', await resend(id), 'bad_request');
    expectRefusal('v1', await resend(id, { key: keys.read }), 'forbidden');
    expectRefusal('v1', await resend(id, { key: keys.foreign }), 'not_found');
    await expectNothingSent();
  });
});

describe('a token', () => {
  test('is good once, with one of many who come at once', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => confirm(id, token, {}, i % 2 ? api : replica)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const before = await kept(api);
    expect(before.history).toHaveLength(3);
    for (const answer of answers) if (answer.status !== 200) expectWrongToken(answer);
    expectWrongToken(await confirm(id, token));
    expect(await kept(api)).toEqual(before);
  });

  test('is void once another address is asked for', async () => {
    const id = await create(api, 'v1', 'alice');
    const older = await request(id, 'older@new.example');
    const newer = await request(id, 'newer@new.example');
    expectWrongToken(await confirm(id, older));
    expect(await shown(id)).toEqual({ email: 'alice@example.com', pending_email: 'newer@new.example' });
    expect((await confirm(id, newer)).status).toBe(200);
    expect(await shown(id)).toEqual({ email: 'newer@new.example' });
  });

  test('is void at once, before the newer message is sent', async () => {
    const id = await create(api, 'v1', 'alice');
    const older = await request(id, 'older@new.example');
    smtp.mood = 'hangs';
    await ask(id, 'newer@new.example');
    expectWrongToken(await confirm(id, older));
  });

  test('is void for the same address asked for anew', async () => {
    const id = await create(api, 'v1', 'alice');
    const older = await request(id, 'alice@new.example');
    await ask(id, 'alice@example.com');
    expect(await shown(id)).toEqual({ email: 'alice@example.com' });
    await ask(id, 'alice@new.example');
    const newer = tokenIn(await smtp.mailTo('alice@new.example', 2));
    expectWrongToken(await confirm(id, older));
    expect((await confirm(id, newer)).status).toBe(200);
  });

  test('is void when the address that is shown is written', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    expect((await ask(id, 'alice@example.com')).body).not.toHaveProperty('pending_email');
    expectWrongToken(await confirm(id, token));
    expect(await shown(id)).toEqual({ email: 'alice@example.com' });
  });

  test.each(['scim', 'nerm'] as const)('is void when %s changes the address', async (tongue) => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    const value = 'alice@directory.example';
    await patch(api, tongue, id, tongue === 'scim' ? { emails: [{ value, primary: true }] } : { email: value });
    expect(await shown(id)).toEqual({ email: value });
    expectWrongToken(await confirm(id, token));
    expect(await shown(id)).toEqual({ email: value });
  });

  test('stays good when another attribute changes, in whatever dialect', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    await patch(api, 'scim', id, { title: 'Surveyor' });
    await patch(api, 'nerm', id, { name: 'Al' });
    await operate(api, id, { op: 'add', path: 'emails', value: [{ value: 'alice@home.example', type: 'home' }] });
    expect((await confirm(id, token)).status).toBe(200);
    expect((await read(api, 'scim', id)).body.emails).toEqual([
      { value: 'alice@new.example', primary: true },
      { value: 'alice@home.example', type: 'home' },
    ]);
  });

  test('is good for 24 hours', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    const pass = (time: string) =>
      api.query('UPDATE users SET pending_email_expires_at = pending_email_expires_at - $1::interval', [time]);
    await pass('24:00:00');
    expectWrongToken(await confirm(id, token));
    await pass('-00:01:00');
    expect((await confirm(id, token)).status).toBe(200);
  });

  test('of another user is of no use', async () => {
    const [alice, bob] = [await create(api, 'v1', 'alice'), await create(api, 'v1', 'bob')];
    const alices = await request(alice, 'alice@new.example');
    await request(bob, 'bob@new.example');
    expectWrongToken(await confirm(bob, alices));
    expect(await shown(bob)).toEqual({ email: 'bob@example.com', pending_email: 'bob@new.example' });
  });

  test('of a deleted user, and of one of another tenant, is of nobody', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    expectRefusal('v1', await confirm(id, token, { key: keys.foreign }), 'not_found');
    expect((await api.request('DELETE', faces.v1.user(id))).status).toBe(204);
    expectRefusal('v1', await confirm(id, token), 'not_found');
  });

  test('is asked for with the scope of a write', async () => {
    const id = await create(api, 'v1', 'alice');
    const token = await request(id, 'alice@new.example');
    expectRefusal('v1', await confirm(id, token, { key: keys.read }), 'forbidden');
    expect((await confirm(id, token, { key: keys.write })).status).toBe(200);
  });

  test.each(['', 'x', 'A'.repeat(43), 'A'.repeat(1000), '\u00e9'])(
    'that was never sent is refused: %j',
    async (token) => {
      const id = await create(api, 'v1', 'alice');
      await request(id, 'alice@new.example');
      const before = await kept(api);
      expectWrongToken(await confirm(id, token));
      expect(await kept(api)).toEqual(before);
    },
  );

  test('of a user who has no address waiting is refused', async () => {
    expectWrongToken(await confirm(await create(api, 'v1', 'alice'), 'A'.repeat(43)));
  });

  test('is nowhere in the database, and its hash only while it is good', async () => {
    const tables = await api.query(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`);
    const everything = async () => {
      const rows = tables.map((table) =>
        api.query(`SELECT row_to_json(t)::text AS row FROM "${String(table['tablename'])}" t`),
      );
      return JSON.stringify(await Promise.all(rows));
    };
    const id = await create(api, 'v1', 'alice');
    smtp.mood = { refuses: 'DATA', code: 451 };
    await ask(id, 'alice@new.example', { headers: { 'idempotency-key': 'ask' } });
    // Tried and to be tried again, with an error of a server that repeats what it was sent.
    await failed();
    smtp.mood = 'takes';
    await sendNow();
    const token = tokenIn(await smtp.mailTo('alice@new.example'));
    const spellings = (['utf8', 'hex', 'base64url'] as const).map((encoding) => Buffer.from(token).toString(encoding));
    const rawBytes = Buffer.from(token, 'base64url').toString('hex');
    const check = async () => {
      const text = await everything();
      expect(text).toContain('alice@new.example');
      for (const spelling of [...spellings, rawBytes]) expect(text).not.toContain(spelling);
    };
    await check();
    expect(
      await api.query('SELECT 1 FROM users WHERE pending_email_token = sha256($1)', [Buffer.from(token)]),
    ).toHaveLength(1);
    expect((await confirm(id, token, { headers: { 'idempotency-key': 'confirm' } })).status).toBe(200);
    await check();
    expect(await api.query('SELECT 1 FROM users WHERE pending_email_token IS NOT NULL')).toEqual([]);
  });
});

describe('the mail server', () => {
  /** Milliseconds that an answer may take which waits for nobody. */
  const AT_ONCE = 1000;

  const askInTime = async (id: string, on: TestApp = api) => {
    const start = performance.now();
    const answer = await ask(id, 'alice@new.example', {}, on);
    expect(performance.now() - start).toBeLessThan(AT_ONCE);
    expect(answer.body).toMatchObject({ pending_email: 'alice@new.example' });
  };

  const confirmsOnceItIsBack = async (id: string) => {
    await sendNow();
    const [mail] = await Promise.all([smtp.mailTo('alice@new.example'), smtp.mailTo('alice@example.com')]);
    expect((await confirm(id, tokenIn(mail))).status).toBe(200);
    await allSent();
  };

  test.each(['hangs', { refuses: 'MAIL FROM', code: 451 }, { refuses: 'RCPT TO', code: 450 }] as const)(
    'does not hold up the update when it misbehaves, and the message comes later: %o',
    async (mood) => {
      const id = await create(api, 'v1', 'alice');
      smtp.mood = mood;
      await askInTime(id);
      await failed();
      smtp.mood = 'takes';
      await confirmsOnceItIsBack(id);
    },
  );

  test('does not hold up the update when it is gone, and the message comes by itself when it is back', async () => {
    const id = await create(api, 'v1', 'alice');
    await smtp.stop();
    await askInTime(id);
    expect(await shown(id)).toEqual({ email: 'alice@example.com', pending_email: 'alice@new.example' });
    await failed();
    await smtp.start();
    expect((await confirm(id, tokenIn(await smtp.mailTo('alice@new.example')))).status).toBe(200);
  });

  test('may refuse the address for good: the user stays as it was, and can ask for another one', async () => {
    const id = await create(api, 'v1', 'alice');
    smtp.mood = { refuses: 'RCPT TO', code: 550 };
    await askInTime(id);
    await allSent();
    smtp.mood = 'takes';
    expect((await confirm(id, await request(id, 'other@new.example'))).status).toBe(200);
  });

  test('gets each message once, of two replicas', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `user${index}`);
    const ids = await Promise.all(names.map((name) => create(api, 'v1', name)));
    await Promise.all(ids.map((id, index) => ask(id, `user${index}@new.example`, {}, index % 2 ? api : replica)));
    await allSent();
    expect(smtp.tries.toSorted()).toEqual(
      names.flatMap((name) => [`${name}@example.com`, `${name}@new.example`]).toSorted(),
    );
  });

  test('gets what a replica that has stopped left behind, which had all its patience with a server that hangs', async () => {
    const id = await create(api, 'v1', 'alice');
    smtp.mood = 'hangs';
    const third = await startApp({ ...required(), SMTP_URL: smtp.url }, api);
    try {
      await askInTime(id, third);
    } finally {
      await third.stop();
    }
    smtp.mood = 'takes';
    await confirmsOnceItIsBack(id);
  });

  test('gets nothing for a user who was deleted meanwhile, or who took it back', async () => {
    const [alice, bob] = [await create(api, 'v1', 'alice'), await create(api, 'v1', 'bob')];
    await smtp.stop();
    await ask(alice, 'alice@new.example');
    await ask(bob, 'bob@new.example');
    await failed(4);
    await api.request('DELETE', faces.v1.user(alice));
    await ask(bob, 'bob@example.com');
    await smtp.start();
    await sendNow();
    await allSent();
    expect(smtp.tries).toEqual([]);
    expect(await api.query('SELECT 1 FROM users WHERE pending_email_token IS NOT NULL AND deleted_at IS NULL')).toEqual(
      [],
    );
  });
});

describe('settings', () => {
  test('a page of one’s own: the message has a link with token and v1 identifier', async () => {
    const url = 'https://app.example/confirm?user={user_id}&token={token}';
    const linking = await startApp({ ...required(), STELE_EMAIL_VERIFICATION_URL: url });
    try {
      const id = await create(linking, 'v1', 'alice');
      await ask(id, 'alice@linked.example', {}, linking);
      const { text } = await smtp.mailTo('alice@linked.example');
      const [, user, token] = /^https:\/\/app\.example\/confirm\?user=(usr_\w{26})&token=([\w-]{43})$/m.exec(text)!;
      const answer = await linking.request('POST', `/v1/users/${user}/email-verification`, { body: { token } });
      expect(answer.body).toMatchObject({ id: user, email: 'alice@linked.example' });
    } finally {
      await linking.stop();
    }
  });

  test('off, as it is unless it is said: the address changes at once, and nothing is sent', async () => {
    const off = await startApp();
    try {
      const id = await create(off, 'v1', 'alice');
      const { body } = await ask(id, 'alice@new.example', {}, off);
      expect(body.email).toBe('alice@new.example');
      expect(body).not.toHaveProperty('pending_email');
      expect(await off.query('SELECT 1 FROM outbox')).toEqual([]);
      expectWrongToken(await confirm(id, 'A'.repeat(43), {}, off));
    } finally {
      await off.stop();
    }
  });
});
