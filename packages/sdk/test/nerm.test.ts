import { openAsBlob } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { NotFoundError, Stele, SteleError, type LogEntry, type NermJob } from '../src/index.ts';
import { json, serve, type Handler, type Seen } from './server.ts';

const people = Array.from({ length: 25 }, (_, index) => ({ id: `${index}`, login: `user${index}` }));

async function client(handler: Handler = json(200, {})) {
  const { url, seen } = await serve(handler);
  const stele = new Stele({ url, token: 'secret', retries: 0 });
  return { nerm: stele.nerm, seen };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

interface Asked {
  readonly offset?: number;
  readonly limit?: number;
  readonly metadata?: boolean;
}

/** What was asked of a list: in the query of a GET; of a POST in the body, but for `metadata`. */
function askedOf({ method, path, body }: Seen): Asked {
  const parameters = [...new URL(path, 'http://a').searchParams];
  const query = Object.fromEntries(
    parameters.map(([name, value]): [string, unknown] => [
      name,
      /^(\d+|true)$/.test(value) ? JSON.parse(value) : value,
    ]),
  );
  return { ...query, ...(method === 'POST' && JSON.parse(body).audit_events) };
}

/** Answers with a part of a list, of which no more than ten entries go out at a time, whatever `limit` asks for. */
const listed: Handler = (seen, response) => {
  const { offset = 0, limit = 10, metadata } = askedOf(seen);
  const entries = people.slice(offset, offset + Math.min(limit, 10));
  json(200, {
    [seen.method === 'POST' ? 'audit_events' : 'users']: entries,
    ...(metadata && { _metadata: { limit, offset, total: people.length, next: null, previous: null } }),
  })(seen, response);
};

const lists = {
  'users.list': ({ users }: Stele['nerm'], query: Asked) => users.list(query),
  'auditEvents.query': ({ auditEvents }: Stele['nerm'], query: Asked) => auditEvents.query(query),
};

describe.each(Object.entries(lists))('%s', (_, list) => {
  async function listClient() {
    const { nerm, seen } = await client(listed);
    return { list: (query: Asked = {}) => list(nerm, query), asked: () => seen.map(askedOf) };
  }

  test('is one page when awaited, asked for as it was said', async () => {
    const { list, asked } = await listClient();
    const query = { offset: 5, limit: 5, metadata: true };
    const { data, response } = await list(query).withResponse();
    expect(response.status).toBe(200);
    expect(data).toMatchObject({ _metadata: { total: 25 } });
    expect(Object.values(data)[0]).toEqual(people.slice(5, 10));
    await list();
    expect(asked()).toEqual([query, {}]);
  });

  test('goes by offset over all entries, until there are none', async () => {
    const { list, asked } = await listClient();
    expect(await all<unknown>(list())).toEqual(people);
    expect(asked()).toEqual([{}, { offset: 10 }, { offset: 20 }, { offset: 25 }]);
  });

  test('knows its end where the pages say how many there are', async () => {
    const { list, asked } = await listClient();
    expect(await all<unknown>(list({ metadata: true, limit: 5, offset: 10 }))).toEqual(people.slice(10));
    expect(asked().map(({ offset }) => offset)).toEqual([10, 15, 20]);
  });

  // The wire says how many entries come at most: nobody said at least.
  test.each([true, false])('goes on where a page is shorter than asked for, with metadata: %s', async (metadata) => {
    const { list } = await listClient();
    expect(await all<unknown>(list({ limit: 12, metadata }))).toEqual(people);
  });

  test('asks for a page when all of the one before has been taken, and stops with its loop', async () => {
    const { list, asked } = await listClient();
    let taken = 0;
    for await (const _ of list() as AsyncIterable<unknown>) {
      taken += 1;
      expect(asked()).toHaveLength(Math.ceil(taken / 10));
      if (taken === 15) break;
    }
    expect(asked()).toHaveLength(2);
  });

  test('has pages', async () => {
    const { list } = await listClient();
    const pages = await all<object>(list({ metadata: true }).pages());
    expect(pages.map((page) => Object.values(page)[0])).toEqual([
      people.slice(0, 10),
      people.slice(10, 20),
      people.slice(20),
    ]);
  });
});

test('a query for audit events has its filters in the body', async () => {
  const { nerm, seen } = await client(json(200, { audit_events: [] }));
  await nerm.auditEvents.query({ filters: { subject_id: '1' }, order: 'desc', metadata: true });
  await nerm.auditEvents.query();
  expect(seen.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
    ['/audit_events/query?metadata=true', { audit_events: { filters: { subject_id: '1' }, order: 'desc' } }],
    ['/audit_events/query', { audit_events: {} }],
  ]);
});

describe('a bulk request', () => {
  const jane = { id: '1', login: 'jane', title: null };
  const refused = { user_id: null, login: 'joe', errors: ['login has already been taken'] };
  const draft = { login: 'jane', name: 'Jane', email: 'jane@example.com', type: 'NeprofileUser' } as const;

  test('says what became of each user', async () => {
    const { nerm, seen } = await client(json(200, { users: [jane, refused] }));
    const { users, job } = await nerm.users.createMany([draft, { ...draft, login: 'joe' }]);
    expect(job).toBeUndefined();
    expect(users?.map((user) => (user.errors ? user.errors[0] : user.id))).toEqual([
      '1',
      'login has already been taken',
    ]);
    expect(await nerm.users.updateMany([{ id: '1', title: null }])).toEqual({ users: [jane, refused] });
    expect(seen.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual([
      ['POST', '/users', { users: [draft, { ...draft, login: 'joe' }] }],
      ['PATCH', '/users', { users: [{ id: '1', title: null }] }],
    ]);
  });

  test('is a job where it is to be one, or where the server makes one of it', async () => {
    const { nerm, seen } = await client(
      json(200, { info: 'job has started', job_status: { job_id: '7', status: 'queued' }, status: 200 }),
    );
    const { job } = await nerm.users.createMany([draft], { async: true, idempotencyKey: 'import-7' });
    expect(job).toEqual({ job_id: '7', status: 'queued' });
    expect(await nerm.users.updateMany([{ id: '1' }], { async: false })).toEqual({ job });
    expect(await nerm.users.updateMany([{ id: '1' }]).withResponse()).toMatchObject({ data: { job } });
    expect(seen.map(({ path }) => path)).toEqual(['/users?async=true', '/users?async=false', '/users']);
    expect(seen[0]!.headers['idempotency-key']).toBe('import-7');
  });
});

describe('a picture', () => {
  /** Every byte, a boundary in the middle of it, and line breaks at its end. */
  const image = new Uint8Array([...Array.from({ length: 256 }, (_, index) => index), ...Buffer.from('\r\n--a--\r\n')]);

  /** A client whose requests are kept as they are. */
  function recorder(status = 200, afterwards = () => {}) {
    const sent: { type: string | null; key: string | null; body: ArrayBuffer }[] = [];
    const log: LogEntry[] = [];
    const { nerm } = new Stele({
      url: 'https://stele.example.com',
      token: 'secret',
      log: (entry) => log.push(entry),
      fetch: async (_, { headers, body }) => {
        sent.push({
          type: headers.get('content-type'),
          key: headers.get('idempotency-key'),
          body: body as ArrayBuffer,
        });
        afterwards();
        return Response.json({ url: 'https://stele.example.com/avatars/1' }, { status });
      },
    });
    const fileOf = async ({ type, body }: (typeof sent)[number]) => {
      const form = await new Response(body, { headers: { 'Content-Type': type! } }).formData();
      expect([...form.keys()]).toEqual(['file']);
      return new Uint8Array(await (form.get('file') as File).arrayBuffer());
    };
    return { nerm, sent, log, fileOf };
  }

  test.each([
    ['bytes', image],
    ['bytes within others', new Uint8Array([0, ...image, 0]).subarray(1, -1)],
    ['a buffer', Buffer.from(image)],
    ['a blob', new Blob([image], { type: 'image/png' })],
    ['a file', new File([image], 'ä"\r\n.png', { type: 'text/html' })],
    ['nothing', new Uint8Array()],
  ])('goes as the file of a form: %s', async (what, given) => {
    const { nerm, sent, fileOf } = recorder();
    expect(await nerm.users.setAvatar('1', given)).toEqual({ url: 'https://stele.example.com/avatars/1' });
    expect(await fileOf(sent[0]!)).toEqual(what === 'nothing' ? new Uint8Array() : image);
  });

  // docs/concepts.md#idempotency: the same request with the same `Idempotency-Key` gets the stored response; another body is an error.
  test('is the same request whoever repeats it, and another one for another picture', async () => {
    const { nerm, sent } = recorder();
    const options = { idempotencyKey: 'picture-of-jane' };
    await nerm.users.setAvatar('1', image, options);
    await nerm.users.setAvatar('1', new Blob([image.slice()], { type: 'image/png' }), options);
    await nerm.users.setAvatar('1', image.slice(1), options);
    const [one, again, other] = sent;
    expect(again).toEqual(one);
    expect(Buffer.from(other!.body)).not.toEqual(Buffer.from(one!.body));
  });

  test.each(['stele', 'stele and stele0'])('has a boundary that does not occur in %j', async (text) => {
    const { nerm, sent, fileOf } = recorder();
    await nerm.users.setAvatar('1', Buffer.from(text));
    expect(text).not.toContain(sent[0]!.type!.split('=')[1]!);
    expect(Buffer.from(await fileOf(sent[0]!)).toString()).toBe(text);
  });

  test('that is tried again is the same, byte for byte, also where its bytes are written over', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    onTestFinished(() => void vi.restoreAllMocks());
    const bytes = image.slice();
    const { nerm, sent, fileOf } = recorder(503, () => bytes.fill(0));
    await nerm.users.setAvatar('1', bytes).catch(() => undefined);
    expect(sent).toEqual([sent[0], sent[0], sent[0]]);
    expect(await fileOf(sent[2]!)).toEqual(image);
  });

  test('is in the log by its length only', async () => {
    const { nerm, sent, log } = recorder();
    await nerm.users.setAvatar('1', image);
    expect(log[0]!.request.body).toBe(`[${sent[0]!.body.byteLength} bytes that are not JSON]`);
  });

  test('that cannot be read is not sent', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'stele-sdk-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'jane.png'), image);
    const blob = await openAsBlob(join(folder, 'jane.png'));
    await writeFile(join(folder, 'jane.png'), 'something else');
    const { nerm, sent } = recorder();
    await expect(nerm.users.setAvatar('1', blob)).rejects.toThrow(SteleError);
    expect(sent).toEqual([]);
  });
});

describe('to wait for a job', () => {
  const job = (done: number): NermJob => ({
    uid: '7',
    status: done === 9 ? 'complete' : 'queued',
    job_type: 'create_users',
    job_data: [],
    total: 9,
    done,
  });

  /** Is a bit further at each look. */
  const working = (...steps: number[]): Handler => {
    const left = [...steps];
    return (seen, response) => json(200, job(left.length > 1 ? left.shift()! : left[0]!))(seen, response);
  };

  test('is to look until it is complete', async () => {
    const { nerm, seen } = await client(working(0, 4, 9));
    const told: number[] = [];
    expect(await nerm.jobs.wait('7', { interval: 1, onProgress: ({ done }) => told.push(done) })).toEqual(job(9));
    expect(told).toEqual([0, 4, 9]);
    expect(seen.map(({ path }) => path)).toEqual(Array(3).fill('/job_status?job_id=7'));
  });

  test('is to look once where it is complete', async () => {
    const { nerm, seen } = await client(working(9));
    await nerm.jobs.wait('7', { interval: 60_000 });
    expect(seen).toHaveLength(1);
  });

  describe('takes pauses', () => {
    beforeEach(() => void vi.spyOn(globalThis, 'setTimeout'));
    afterEach(() => void vi.restoreAllMocks());

    test('that grow to ten times the first', async () => {
      const { nerm } = await client(working(...Array.from({ length: 20 }, () => 0), 9));
      await nerm.jobs.wait('7', { interval: 1, timeout: 30_001 });
      const waits = vi.mocked(setTimeout).mock.calls.map(([, milliseconds]) => milliseconds!);
      const pauses = waits.filter((milliseconds) => milliseconds <= 10);
      expect(pauses).toHaveLength(20);
      expect(pauses).toEqual(pauses.map((_, index) => Math.min(1.25 ** index, 10)));
    });
  });

  test('ends with the reason of the signal, and leaves nothing behind', async () => {
    const { nerm, seen } = await client(working(0));
    const controller = new AbortController();
    const reason = new Error('changed my mind');
    const added = vi.spyOn(controller.signal, 'addEventListener');
    const removed = vi.spyOn(controller.signal, 'removeEventListener');
    const onProgress = () => void (seen.length > 3 && controller.abort(reason));
    const wait = nerm.jobs.wait('7', { interval: 1, signal: controller.signal, onProgress });
    await expect(wait).rejects.toBe(reason);
    expect(added).toHaveBeenCalledTimes(removed.mock.calls.length);
    expect(added.mock.calls.length).toBeGreaterThan(6);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(seen).toHaveLength(4);
  });

  test('ends a pause at once', async () => {
    const { nerm } = await client(working(0));
    const controller = new AbortController();
    const wait = nerm.jobs.wait('7', {
      interval: 60_000,
      signal: controller.signal,
      onProgress: () => void setTimeout(() => controller.abort(new Error('enough')), 10),
    });
    await expect(wait).rejects.toThrow('enough');
  });

  test('for one that there is not, ends with what the server says', async () => {
    const { nerm } = await client(json(404, { error: 'The requested Job was not found' }));
    await expect(nerm.jobs.wait('7')).rejects.toThrow(NotFoundError);
  });

  test.each([0, -1, Number.NaN])('every %d ms is refused', async (interval) => {
    const { nerm, seen } = await client();
    await expect(nerm.jobs.wait('7', { interval })).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });
});
