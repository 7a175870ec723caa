import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Mailer } from '../src/mail/mailer.ts';
import type { MailOptions } from '../src/mail/mail-options.ts';
import { OutboxWorker } from '../src/mail/outbox-worker.ts';
import type { OutboxKind } from '../src/mail/outbox.ts';
import { hashToken } from '../src/mail/token.ts';
import { createDataSource } from '../src/store/data-source.ts';
import { Database } from '../src/store/database.ts';
import { OutboxStore } from '../src/store/outbox-store.ts';
import { createDatabase, deleteRows, type TestDatabase } from './support/database.ts';
import { type Mail, startSmtp, type TestSmtp } from './support/smtp.ts';

const TENANT = uuidv7();
const FROM = 'Stele <no-reply@stele.example>';
/** The server's URL, with as little patience as a test has. */
const impatiently = () => `${smtp.url}?socketTimeout=500`;

let database: TestDatabase;
let dataSource: DataSource;
let outbox: OutboxStore;
let smtp: TestSmtp;
const workers: OutboxWorker[] = [];
/** What was logged, as one text. */
let logged: string[];

beforeAll(async () => {
  database = await createDatabase();
  dataSource = await createDataSource({ url: database.url, poolSize: 4, acquireTimeout: 5000 }).initialize();
  outbox = new OutboxStore(new Database(dataSource));
  smtp = await startSmtp();
});
afterAll(async () => {
  await dataSource.destroy();
  await Promise.all([database.drop(), smtp.stop()]);
});
beforeEach(async () => {
  logged = [];
  await smtp.start();
  smtp.reset();
  await deleteRows(dataSource, ['users', 'outbox']);
});
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.onApplicationShutdown()));
});

/** A worker as each replica has one; it stops with the test. */
function startWorker(options: Partial<MailOptions> = {}, store = outbox): OutboxWorker {
  const log = (details: object, message: string) => void logged.push(JSON.stringify({ ...details, message }));
  const mail: MailOptions = {
    smtpUrl: smtp.url,
    from: FROM,
    spellUserId: (id) => `usr/${id}`,
    log: { warn: log, error: log },
    ...options,
  };
  const worker = new OutboxWorker(store, new Mailer(mail), mail);
  workers.push(worker);
  return worker;
}

/** A user whose new address waits to be confirmed. */
async function pendingUser(name: string, pendingEmail: string | null = `${name}@new.example`): Promise<string> {
  const id = uuidv7();
  await dataSource.query(
    `INSERT INTO users (tenant_id, id, version, created_at, updated_at, user_name_key, user_name, status, emails, pending_email)
     VALUES ($1, $2, 1, now(), now(), $3, $3, 'active', $4, $5)`,
    [TENANT, id, name, JSON.stringify([{ value: `${name}@old.example`, primary: true }]), pendingEmail],
  );
  return id;
}

/** A message that waits, as the write of an address leaves it. */
async function enqueue(userId: string, recipient: string, kind: OutboxKind = 'email_verification'): Promise<string> {
  const id = uuidv7();
  await dataSource.query(
    'INSERT INTO outbox (tenant_id, id, user_id, kind, recipient, created_at, next_attempt_at) VALUES ($1, $2, $3, $4, $5, now(), now())',
    [TENANT, id, userId, kind, recipient],
  );
  return id;
}

/** The outbox, with how many seconds from now each message is due. */
const waiting = (): Promise<Record<string, unknown>[]> =>
  dataSource.query('SELECT *, extract(epoch FROM next_attempt_at - now())::float8 AS due FROM outbox ORDER BY id');

/** Comes when the outbox holds nothing that was not given up. */
const emptied = () =>
  vi.waitFor(async () => expect((await waiting()).filter((row) => row['failed_at'] === null)).toEqual([]), 5000);

/** Comes when the only message has been tried so often, and nobody is trying it. */
const triedTimes = (attempts: number) =>
  vi.waitFor(async () => {
    const [row] = await waiting();
    expect(row).toMatchObject({ attempts, last_error: expect.any(String) as string });
    return row!;
  }, 10_000);

const makeDue = () => dataSource.query('UPDATE outbox SET next_attempt_at = now(), last_error = NULL');

const codeOf = ({ text }: Mail): string => /^[\w-]{43}$/m.exec(text)![0];

async function tokenOf(userId: string): Promise<unknown> {
  const [row] = await dataSource.query('SELECT pending_email_token FROM users WHERE id = $1', [userId]);
  return row.pending_email_token;
}

describe('a message that is due', () => {
  test('is sent once and forgotten', async () => {
    const id = await pendingUser('alice');
    const entry = await enqueue(id, 'alice@new.example');
    startWorker().wake();
    const mail = await smtp.mailTo('alice@new.example');
    await emptied();
    expect(smtp.tries).toEqual(['alice@new.example']);
    expect(mail.sender).toBe('no-reply@stele.example');
    expect(Object.fromEntries(mail.headers)).toMatchObject({
      from: FROM,
      to: 'alice@new.example',
      subject: 'Confirm your new e-mail address',
      'message-id': `<${entry}.1@stele.example>`,
      // RFC 3834 5: what no person wrote says so.
      'auto-submitted': 'auto-generated',
      'content-type': expect.stringMatching(/^text\/plain; charset=utf-8/) as string,
    });
    expect(logged).toEqual([]);
  });

  test('is found without being told of', async () => {
    startWorker();
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    await smtp.mailTo('alice@new.example');
  });

  test('shows the link in place of the code, percent-encoded, alone on its line', async () => {
    const id = await pendingUser('alice');
    await enqueue(id, 'alice@new.example');
    startWorker({ verificationUrl: 'https://app.example/confirm?u={user_id}#t={token}&v=1' }).wake();
    const { text } = await smtp.mailTo('alice@new.example');
    const link = /^https:.*$/m.exec(text)![0];
    const [, user, token] = /^https:\/\/app\.example\/confirm\?u=([^#]+)#t=([^&]+)&v=1$/.exec(link)!;
    expect(user).toBe(`usr%2F${id}`);
    expect(await tokenOf(id)).toEqual(hashToken(token!));
  });

  test('waits its turn: more of them than connections are all sent, once each', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `user${index}`);
    for (const name of names) await enqueue(await pendingUser(name), `${name}@new.example`);
    // Two replicas, told again and again.
    const replicas = [startWorker(), startWorker()];
    for (let round = 0; round < 20; round++) for (const replica of replicas) replica.wake();
    await emptied();
    expect(smtp.tries.toSorted()).toEqual(names.map((name) => `${name}@new.example`).toSorted());
  });

  test('is left to others while there is no connection for it', async () => {
    smtp.mood = 'never finishes';
    for (let index = 0; index < 20; index++)
      await enqueue(await pendingUser(`user${index}`), `user${index}@new.example`);
    const worker = startWorker();
    for (let round = 0; round < 20; round++) worker.wake();
    await vi.waitFor(() => expect(smtp.mails).toHaveLength(5));
    expect((await waiting()).filter(({ attempts }) => attempts !== 0)).toHaveLength(5);
  });

  test('is not lent while another one takes it', async () => {
    for (let index = 0; index < 10; index++) await enqueue(await pendingUser(`user${index}`), 'any@new.example');
    const taker = dataSource.createQueryRunner();
    await taker.connect();
    await taker.startTransaction();
    await taker.query('SELECT 1 FROM outbox ORDER BY id LIMIT 4 FOR UPDATE');
    const lent = await outbox.claim(10, 60_000);
    await taker.rollbackTransaction();
    await taker.release();
    expect(lent).toHaveLength(6);
    expect(await outbox.claim(10, 60_000)).toHaveLength(4);
    expect(await outbox.claim(10, 60_000)).toEqual([]);
  });

  test('does not wait for one that hangs', async () => {
    smtp.mood = 'never finishes';
    await enqueue(await pendingUser('slow'), 'slow@new.example');
    const worker = startWorker();
    worker.wake();
    await smtp.mailTo('slow@new.example');
    smtp.mood = 'takes';
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    worker.wake();
    await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ recipient: 'slow@new.example' }]), 3000);
  });
});

describe('the token', () => {
  test('is stored as its hash, for 24 hours', async () => {
    const id = await pendingUser('alice');
    await enqueue(id, 'alice@new.example');
    startWorker().wake();
    const code = codeOf(await smtp.mailTo('alice@new.example'));
    expect(await tokenOf(id)).toEqual(hashToken(code));
    const [row] = await dataSource.query(
      'SELECT extract(epoch FROM pending_email_expires_at - now())::float8 AS seconds FROM users',
    );
    expect(row.seconds).toBeGreaterThan(24 * 3600 - 60);
    expect(row.seconds).toBeLessThanOrEqual(24 * 3600);
  });

  test('is stored before the server hears of it', async () => {
    const id = await pendingUser('alice');
    await enqueue(id, 'alice@new.example');
    smtp.mood = 'never finishes';
    startWorker().wake();
    const code = codeOf(await smtp.mailTo('alice@new.example'));
    expect(await tokenOf(id)).toEqual(hashToken(code));
  });

  test('is another one when the message is sent again, under another Message-ID', async () => {
    const id = await pendingUser('alice');
    const entry = await enqueue(id, 'alice@new.example');
    smtp.mood = { refuses: 'DATA', code: 451 };
    const worker = startWorker();
    worker.wake();
    await triedTimes(1);
    const first = await tokenOf(id);
    smtp.mood = 'takes';
    await makeDue();
    worker.wake();
    const mail = await smtp.mailTo('alice@new.example');
    expect(await tokenOf(id)).toEqual(hashToken(codeOf(mail)));
    expect(await tokenOf(id)).not.toEqual(first);
    expect(mail.headers.get('message-id')).toBe(`<${entry}.2@stele.example>`);
  });

  test.each([
    ['another address is asked for', `UPDATE users SET pending_email = 'other@new.example'`],
    ['no address is asked for any more', 'UPDATE users SET pending_email = NULL'],
    ['the user is deleted', 'UPDATE users SET deleted_at = now()'],
  ])('is not made when %s: nothing is sent', async (_, change) => {
    const id = await pendingUser('alice');
    await enqueue(id, 'alice@new.example');
    await dataSource.query(change);
    startWorker().wake();
    await emptied();
    expect([await waiting(), smtp.tries, await tokenOf(id)]).toEqual([[], [], null]);
  });
});

describe('the notice to the old address', () => {
  const told = async (pendingEmail: string | null, change?: string) => {
    const id = await pendingUser('alice', pendingEmail);
    const entry = await enqueue(id, 'alice@old.example', 'email_change_notice');
    if (change !== undefined) await dataSource.query(change);
    startWorker().wake();
    await emptied();
    return { entry, mail: smtp.mails[0] };
  };

  test('shows the new address in full, when it was asked for, and no token', async () => {
    const address = `${'long'.repeat(16)}@${'subdomain.'.repeat(20)}example`;
    const { entry, mail } = await told(address);
    expect(mail!.recipients).toEqual(['alice@old.example']);
    expect(mail!.text.split('\n')).toContain(address);
    expect(mail!.text).toContain(new Date().toISOString().slice(0, 10));
    expect(mail!.headers.get('message-id')).toBe(`<${entry}@stele.example>`);
    expect(mail!.raw).not.toMatch(/[\w-]{43}$/m);
  });

  test('is sent also when the change was made before it', async () => {
    const { mail } = await told(null, `UPDATE users SET emails = '[{"value": "thief@evil.example", "primary": true}]'`);
    expect(mail!.text.split('\n')).toContain('thief@evil.example');
  });

  test('is not sent when the change is off', async () => {
    const { mail } = await told(null);
    expect(mail).toBeUndefined();
  });
});

describe('a message that cannot be sent', () => {
  const begin = async () => {
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    const worker = startWorker({ smtpUrl: impatiently() });
    worker.wake();
    return worker;
  };

  test.each([
    [{ refuses: 'RCPT TO', code: 451 }, 'EENVELOPE RCPT TO 451 5.1.1'],
    [{ refuses: 'DATA', code: 452 }, 'EMESSAGE DATA 452 5.7.1'],
    // The sender is ours to mend: the next try may find it mended.
    [{ refuses: 'MAIL FROM', code: 550 }, 'EENVELOPE MAIL FROM 550 5.7.1'],
    ['hangs', 'ETIMEDOUT CONN'],
    ['never finishes', 'ETIMEDOUT CONN'],
  ] as const)('is tried again: %o', async (mood, reason) => {
    smtp.mood = mood;
    const worker = await begin();
    const row = await triedTimes(1);
    expect(row).toMatchObject({ last_error: reason, failed_at: null });
    // 5 seconds, less a quarter at most by chance, less what has passed since.
    expect(row['due']).toBeGreaterThan(1.5);
    expect(row['due']).toBeLessThanOrEqual(5);
    smtp.mood = 'takes';
    await makeDue();
    worker.wake();
    await emptied();
    expect(smtp.mails.at(-1)!.recipients).toEqual(['alice@new.example']);
  });

  test('is tried again while nobody listens, and arrives by itself once somebody does', async () => {
    await smtp.stop();
    await begin();
    expect((await triedTimes(1))['last_error']).toBe('ESOCKET ECONNREFUSED CONN');
    await smtp.start();
    await smtp.mailTo('alice@new.example');
    await emptied();
  });

  test('comes ever more rarely', async () => {
    smtp.mood = { refuses: 'RCPT TO', code: 450 };
    const worker = await begin();
    for (const [index, longest] of [5, 10, 20].entries()) {
      const { due } = await triedTimes(index + 1);
      expect(due).toBeGreaterThan(longest * 0.75 - 2);
      expect(due).toBeLessThanOrEqual(longest);
      await makeDue();
      worker.wake();
    }
  });

  test.each(['RCPT TO', 'DATA'] as const)('is given up when %s is refused for good', async (refuses) => {
    smtp.mood = { refuses, code: 550 };
    const worker = await begin();
    await emptied();
    expect(await waiting()).toMatchObject([{ attempts: 1, failed_at: expect.any(Date) as Date }]);
    smtp.mood = 'takes';
    await makeDue();
    worker.wake();
    await vi.waitFor(() => expect(logged).toHaveLength(1));
    expect(smtp.mails).toEqual([]);
  });

  test('is given up after 24 hours, and no longer sent', async () => {
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    await enqueue(await pendingUser('bob'), 'bob@new.example');
    await dataSource.query(`
      UPDATE outbox SET created_at = now() - CASE recipient WHEN 'bob@new.example' THEN interval '23:59' ELSE interval '24:01' END`);
    startWorker().wake();
    await emptied();
    expect(smtp.tries).toEqual(['bob@new.example']);
    expect(await waiting()).toMatchObject([{ recipient: 'alice@new.example', last_error: 'too old' }]);
  });

  // RFC 5321 4.1.2: none of these is a mailbox; mended on the way, each would be another address than the one shown.
  test.each([
    'alice@evil.example>,x',
    'a<b@new.example',
    'a,b@new.example',
    'alice@[127.0.0.1]',
    'al\u202Eice@x.example',
  ])('is given up for %j, which is no mailbox', async (address) => {
    await enqueue(await pendingUser('alice', address), address);
    startWorker().wake();
    await emptied();
    expect([smtp.tries, await waiting()]).toMatchObject([[], [{ last_error: 'not a mailbox' }]]);
  });

  test('is logged without address and token, whatever the server says', async () => {
    smtp.mood = { refuses: 'DATA', code: 451 };
    const worker = await begin();
    await triedTimes(1);
    smtp.mood = { refuses: 'RCPT TO', code: 550 };
    await makeDue();
    worker.wake();
    await emptied();
    expect(logged).toHaveLength(2);
    const [row] = await waiting();
    for (const line of logged) {
      expect(JSON.parse(line)).toMatchObject({
        outboxId: row!['id'],
        userId: row!['user_id'],
        attempts: expect.any(Number) as number,
      });
      expect(line).not.toContain('alice');
      expect(line).not.toMatch(/[\w-]{43}/);
    }
    expect(row!['last_error']).toBe('EENVELOPE RCPT TO 550 5.1.1');
  });

  test('is forgotten a month after it was given up', async () => {
    const old = await enqueue(await pendingUser('bob'), 'bob@new.example');
    await dataSource.query(`UPDATE outbox SET failed_at = now() - interval '31 days' WHERE id = $1`, [old]);
    smtp.mood = { refuses: 'RCPT TO', code: 550 };
    await begin();
    await emptied();
    expect(await waiting()).toMatchObject([{ recipient: 'alice@new.example' }]);
  });
});

describe('a worker', () => {
  test('goes on when its database was away', async () => {
    class Away extends OutboxStore {
      away = true;
      override claim(...lease: [number, number]) {
        return this.away ? Promise.reject(new Error('away')) : super.claim(...lease);
      }
    }
    const store = new Away(new Database(dataSource));
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    startWorker({}, store).wake();
    await vi.waitFor(() => expect(logged).not.toEqual([]));
    store.away = false;
    await smtp.mailTo('alice@new.example');
  });

  test('that cannot note what it sent leaves it to be sent again when its lease ends', async () => {
    class Forgetful extends OutboxStore {
      override finish() {
        return Promise.reject(new Error('away'));
      }
      override postpone() {
        return Promise.reject(new Error('away'));
      }
    }
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    startWorker({}, new Forgetful(new Database(dataSource))).wake();
    await smtp.mailTo('alice@new.example');
    const [row] = await waiting();
    expect(row!['due']).toBeGreaterThan(50);
    await makeDue();
    startWorker().wake();
    await smtp.mailTo('alice@new.example', 2);
    await emptied();
  });

  test('that lost its lease does not touch what is another one’s', async () => {
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    const [lost] = await outbox.claim(1, 60_000);
    await makeDue();
    const [lent] = await outbox.claim(1, 60_000);
    await outbox.postpone(lost!, 0, 'late');
    await outbox.giveUp(lost!, 'late');
    expect(await waiting()).toMatchObject([{ attempts: 2, failed_at: null, last_error: null }]);
    await outbox.giveUp(lent!, 'in time');
    expect(await waiting()).toMatchObject([{ last_error: 'in time' }]);
  });

  test('lets what it sends come to its end when it stops', async () => {
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    const worker = startWorker();
    worker.wake();
    await worker.onApplicationShutdown();
    expect([smtp.mails.length, await waiting()]).toEqual([1, []]);
  });

  test.each(['hangs', 'never finishes'] as const)(
    'stops within 2 seconds when the server %s, and leaves the message to others at once',
    async (mood) => {
      smtp.mood = mood;
      const id = await pendingUser('alice');
      await enqueue(id, 'alice@new.example');
      const worker = startWorker();
      worker.wake();
      await vi.waitFor(async () => expect(await waiting()).toMatchObject([{ attempts: 1 }]));
      const start = performance.now();
      await worker.onApplicationShutdown();
      expect(performance.now() - start).toBeLessThan(2500);
      const [row] = await waiting();
      expect(row).toMatchObject({ attempts: 1, failed_at: null, last_error: 'EABORT' });
      expect(row!['due']).toBeLessThanOrEqual(0);
      smtp.reset();
      startWorker().wake();
      await smtp.mailTo('alice@new.example');
    },
  );

  test('that has stopped sends nothing any more', async () => {
    const worker = startWorker();
    await worker.onApplicationShutdown();
    await enqueue(await pendingUser('alice'), 'alice@new.example');
    worker.wake();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect([smtp.tries, await waiting()]).toMatchObject([[], [{ attempts: 0 }]]);
  });
});

describe('TLS', () => {
  let offering: TestSmtp;
  beforeAll(async () => {
    offering = await startSmtp({ tls: true });
  });
  afterAll(() => offering.stop());
  beforeEach(async () => {
    await enqueue(await pendingUser('alice'), 'alice@new.example');
  });

  test('is used where it is offered', async () => {
    startWorker({ smtpUrl: `${offering.url}?tls.rejectUnauthorized=false` }).wake();
    expect((await offering.mailTo('alice@new.example')).secure).toBe(true);
  });

  test('is not given up for a certificate that nobody vouches for: nothing is said in the clear', async () => {
    offering.reset();
    startWorker({ smtpUrl: offering.url }).wake();
    expect((await triedTimes(1))['last_error']).toMatch(/^(?:ETLS|ESOCKET)\b/);
    expect(offering.tries).toEqual([]);
  });
});
