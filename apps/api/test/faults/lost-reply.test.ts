import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { faces, type Tongue, tongues } from '../support/users.ts';
import { type ApiProcess, endApis, startApi } from './api-process.ts';
import { type Ask, Client, type Reply } from './client.ts';
import { effectsOf, expectLaw, rows } from './ledger.ts';
import { createUsers } from './load.ts';
import { type Fate, PostgresProxy } from './postgres-proxy.ts';
import { oneByOne } from './one-by-one.ts';

/** Milliseconds until the claim of a request that was given up can be taken over, and then some. */
const PATIENCE = 10_000;

const settings = { STELE_ACQUIRE_TIMEOUT: '500', STELE_STATEMENT_TIMEOUT: '400', STELE_REQUEST_DEADLINE: '1200' };

let asked = 0;

afterAll(endApis);

/** One request of a client that sends it until it knows what became of it. */
class Request {
  readonly ids: string[] = [];
  readonly replies: Reply[] = [];
  private readonly idempotencyKey = `key-${++asked}`;

  constructor(
    private readonly method: string,
    private readonly path: string,
    private readonly body: unknown,
  ) {}

  /** The name that the next try will have. */
  get nextId(): string {
    return `${this.idempotencyKey}-${this.ids.length}.`;
  }

  async send(by: Client): Promise<Reply> {
    const headers = { 'x-request-id': this.nextId, 'idempotency-key': this.idempotencyKey };
    this.ids.push(this.nextId);
    const what: Ask = { body: this.body, headers };
    const reply = await by.request(this.method, this.path, what);
    this.replies.push(reply);
    return reply;
  }

  /** Sends it until it is neither under way nor refused for now. */
  async insist(by: Client): Promise<Reply> {
    for (const end = performance.now() + PATIENCE; ; await sleep(100)) {
      const reply = await this.send(by);
      if (![409, 503].includes(reply.status)) return reply;
      if (performance.now() > end || !reply.headers['retry-after'])
        throw new Error(`Still ${reply.status} after ${this.ids.length} tries`);
    }
  }
}

const writes: Readonly<Record<string, (name: string, user: string) => Request>> = {
  ...Object.fromEntries(
    tongues.map((tongue: Tongue) => [
      `${tongue} PATCH`,
      (name: string, user: string) => {
        const field = { v1: 'last_name', scim: 'displayName', nerm: 'title' }[tongue];
        return new Request('PATCH', faces[tongue].user(user), faces[tongue].patch({ [field]: name }));
      },
    ]),
  ),
  ...Object.fromEntries(
    tongues.map((tongue: Tongue) => [
      `${tongue} create`,
      (name: string) => new Request('POST', faces[tongue].users, faces[tongue].draft(name)),
    ]),
  ),
  'v1 setPassword': (name, user) =>
    new Request('PUT', `${faces.v1.user(user)}/password`, { password: `a password called ${name}` }),
};

describe.concurrent.each(['true', 'false'])('with group commit %s', (groupCommit) => {
  let database: TestDatabase;
  let proxy: PostgresProxy;
  let api: ApiProcess;
  let users: string[];
  let client: Client;

  const start = () => startApi(proxy.url, { ...settings, STELE_GROUP_COMMIT: groupCommit });

  beforeAll(async () => {
    database = await createDatabase();
    proxy = await PostgresProxy.before(database.url);
    api = await start();
    users = await createUsers(api.url, 12);
    client = new Client(api.url);
  });
  afterEach(async () => {
    proxy.delay = 0;
    await expectLaw(database.url, []);
  });
  afterAll(async () => {
    client.close();
    await api.end('SIGKILL');
    proxy.close();
    await database.drop();
  });

  const cases = Object.keys(writes).flatMap((way) =>
    // What never arrived is done only when its claim is over, which takes a while: one case for each kind of statement.
    (way.startsWith('scim') ? (['unanswered', 'lost'] as const) : (['unanswered'] as const)).map(
      (fate): [string, Fate] => [way, fate],
    ),
  );

  test.each(cases)('%s, its statement %s: sent again it is done once', oneByOne, async (way, fate) => {
    const name = `${way.replace(' ', '-')}-${fate}-${groupCommit}`.toLowerCase();
    const request = writes[way]!(name, users[0]!);
    const trapped = proxy.trap(request.nextId, fate);
    const [first] = await Promise.all([request.send(client), trapped]);
    expect(first).toMatchObject({ status: 503, headers: { 'retry-after': expect.stringMatching(/^\d+$/) } });
    expect(await effectsOf(database.url, request.ids)).toBe(fate === 'lost' ? 0 : 1);

    // Of somebody else, so that doing the first one again would change something.
    const between = await writes[way]!(`${name}-between`, users[0]!).insist(client);
    expect(between.status, between.text).toBeLessThan(300);

    const last = await request.insist(client);
    expect(last.status, last.text).toBeLessThan(300);
    expect(last.headers['idempotent-replayed']).toBe(fate === 'lost' ? undefined : 'true');
    // And once more, for good measure.
    const again = await request.send(client);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect([again.status, again.text, again.headers.etag]).toEqual([last.status, last.text, last.headers.etag]);
    expect(await effectsOf(database.url, request.ids)).toBe(1);
    expect(api.ended).toBeUndefined();
  });

  test('a claim whose reply is lost is taken over', oneByOne, async () => {
    const request = writes['v1 PATCH']!(`claimed-${groupCommit}`, users[0]!);
    const trapped = proxy.trap('claim-key', 'unanswered');
    const [first] = await Promise.all([request.send(client), trapped]);
    expect(first.status).toBe(503);
    expect((await request.insist(client)).status).toBe(200);
    expect(await effectsOf(database.url, request.ids)).toBe(1);
  });

  test('many at once: whoever shared the lost reply is done once as well', oneByOne, async () => {
    const clients = users.map(() => new Client(api.url));
    const requests = users.map(
      (user, index) =>
        new Request('PATCH', faces.scim.user(user), faces.scim.patch({ nickName: `shared-${groupCommit}-${index}` })),
    );
    // Long enough for those that come later to be waiting together.
    proxy.delay = 40;
    const trapped = proxy.trap(requests.at(-1)!.nextId, 'unanswered');
    await Promise.all(requests.map((request, index) => request.send(clients[index]!)));
    await trapped;
    const refused = requests.filter(({ replies }) => replies[0]!.status === 503);
    expect(refused.length).toBeGreaterThanOrEqual(groupCommit === 'true' ? 2 : 1);
    expect(requests.filter(({ replies }) => ![200, 503].includes(replies[0]!.status))).toEqual([]);
    const last = await Promise.all(refused.map((request) => request.insist(client)));
    expect(last.map(({ status }) => status)).toEqual(refused.map(() => 200));
    const effects = await Promise.all(requests.map(({ ids }) => effectsOf(database.url, ids)));
    expect(effects).toEqual(requests.map(() => 1));
    for (const each of clients) each.close();
  });

  test('the API is killed between the commit and the answer', oneByOne, async () => {
    const request = writes['nerm PATCH']!(`killed-${groupCommit}`, users[0]!);
    const trapped = proxy.trap(request.nextId, 'stuck');
    const cut = request.send(client).catch((error: unknown) => error);
    await trapped;
    await api.end('SIGKILL');
    expect(await cut).toMatchObject({ sent: true });
    proxy.cut();
    api = await start();
    client.close();
    client = new Client(api.url);
    const last = await request.insist(client);
    expect(last).toMatchObject({ status: 200, headers: { 'idempotent-replayed': 'true' } });
    expect(await effectsOf(database.url, request.ids)).toBe(1);
    const [user] = await rows<{ title: string }>(database.url, 'SELECT title FROM users WHERE id = $1', [users[0]]);
    expect(user!.title).toBe(`killed-${groupCommit}`);
  });
});
