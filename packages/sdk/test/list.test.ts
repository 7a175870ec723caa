import { describe, expect, test, vi } from 'vitest';
import { NotFoundError, Stele, SteleError, type V1User } from '../src/index.ts';
import { json, serve, type Handler } from './server.ts';

const token = 'stele_key_0123456789abcdef0123456789abcdef';

const people = Array.from({ length: 25 }, (_, index) => ({ id: `usr_${index}`, username: `user${index}` }));

/** What the API answers to a list: by cursor (here the place of the first entry), or by page number. */
const paged =
  (origin = 'https://directory.example.com'): Handler =>
  (seen, response) => {
    const { pathname, searchParams } = new URL(seen.path, 'http://a');
    const perPage = Number(searchParams.get('per_page') ?? 10);
    const cursor = searchParams.get('cursor');
    const page = Number(searchParams.get('page') ?? 1);
    const start = cursor === null ? (page - 1) * perPage : Number(cursor);
    const more = start + perPage < people.length;
    if (cursor === null) searchParams.set('page', String(page + 1));
    else searchParams.set('cursor', String(start + perPage));
    json(200, {
      data: people.slice(start, start + perPage),
      meta: { total: people.length, per_page: perPage, ...(cursor === null && { page }) },
      links: { self: '', next: more ? `${origin}${pathname}?${searchParams}` : null, prev: null },
    })(seen, response);
  };

async function client(handler = paged()) {
  const { url, seen } = await serve(handler);
  const stele = new Stele({ url, token, retries: 0 });
  /** The queries that were asked, in words. */
  const asked = () => seen.map(({ path }) => decodeURIComponent(path.split('?')[1] ?? ''));
  return { stele, seen, asked };
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('a list that is awaited', () => {
  test('is one page', async () => {
    const { stele, asked } = await client();
    const { data, meta, links } = await stele.v1.users.list({ page: 2, per_page: 5, filter: { role: 'admin' } });
    expect(data).toEqual(people.slice(5, 10));
    expect(meta).toEqual({ total: 25, page: 2, per_page: 5 });
    expect(links.next).toContain('page=3');
    expect(asked()).toEqual(['page=2&per_page=5&filter[role]=admin']);
  });

  test('has its response beside the page, and is asked for once', async () => {
    const { stele, asked } = await client();
    const list = stele.v1.users.list();
    const { data, response } = await list.withResponse();
    expect(response.status).toBe(200);
    expect(await list).toBe(data);
    expect(asked()).toEqual(['']);
  });

  test('asks nothing before', async () => {
    const { stele, seen } = await client(json(500, {}));
    const unhandled = vi.fn<() => void>();
    process.once('unhandledRejection', unhandled);
    stele.v1.users.list().pages();
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    expect(seen).toEqual([]);
  });
});

describe('a list that is iterated', () => {
  test('goes by cursor over every user of every page', async () => {
    const { stele, asked } = await client();
    expect(await all(stele.v1.users.list())).toEqual(people);
    expect(asked()).toEqual(['cursor=', 'cursor=10', 'cursor=20']);
  });

  test('keeps what was asked for on every page', async () => {
    const { stele, asked } = await client();
    await all(stele.v1.users.list({ filter: { role: 'admin' }, per_page: 20 }));
    expect(asked()).toEqual(['filter[role]=admin&per_page=20&cursor=', 'filter[role]=admin&per_page=20&cursor=20']);
  });

  test('goes on from a cursor', async () => {
    const { stele, asked } = await client();
    expect(await all(stele.v1.users.list({ cursor: '20' }))).toEqual(people.slice(20));
    expect(asked()).toEqual(['cursor=20']);
  });

  test.each([
    [{ page: 2 }, ['page=2', 'page=3'], 10],
    [{ sort: 'email' }, ['sort=email', 'sort=email&page=2', 'sort=email&page=3'], 0],
    [{ order: 'desc', per_page: 20 }, ['order=desc&per_page=20', 'order=desc&per_page=20&page=2'], 0],
  ] as const)('goes by page number with %j', async (query, queries, first) => {
    const { stele, asked } = await client();
    expect(await all(stele.v1.users.list(query))).toEqual(people.slice(first));
    expect(asked()).toEqual(queries);
  });

  test.each(['apiKeys', 'tenants'] as const)('goes by page number over %s', async (resource) => {
    const { stele, asked } = await client();
    expect(await all<unknown>(stele.v1[resource].list())).toEqual(people);
    expect(await all<unknown>(stele.v1[resource].list({ page: 3 }))).toEqual(people.slice(20));
    expect(asked()).toEqual(['', 'page=2', 'page=3', 'page=3']);
  });

  test('asks for a page when all of the one before has been taken', async () => {
    const { stele, seen } = await client();
    let taken = 0;
    for await (const _ of stele.v1.users.list()) {
      taken += 1;
      expect(seen).toHaveLength(Math.ceil(taken / 10));
    }
    expect(taken).toBe(25);
  });

  test('stops with its loop', async () => {
    const { stele, seen } = await client();
    for await (const user of stele.v1.users.list()) if (user.id === people[9]!.id) break;
    expect(seen).toHaveLength(1);
  });

  test('can be iterated again, from the first', async () => {
    const { stele, seen } = await client();
    const list = stele.v1.users.list();
    await list;
    expect(await all(list)).toEqual(people);
    expect(await all(list)).toEqual(people);
    expect(seen).toHaveLength(7);
  });

  test('gives pages as well', async () => {
    const { stele } = await client();
    const pages = await all(stele.v1.users.list({ per_page: 10 }).pages());
    expect(pages.map(({ data }) => data.length)).toEqual([10, 10, 5]);
  });

  test.each([
    [{ limit: 0 }, 0, 0],
    [{ limit: 10 }, 10, 1],
    [{ limit: 11 }, 11, 2],
    [{ limit: 1000 }, 25, 3],
    [undefined, 25, 3],
  ])('is an array, of %j', async (options, length, requests) => {
    const { stele, seen } = await client();
    expect(await stele.v1.users.list().toArray(options)).toEqual(people.slice(0, length));
    expect(seen).toHaveLength(requests);
  });

  test.each([-1, 1.5, Number.NaN, '3', null])('is no array of %j', async (limit) => {
    const { stele, seen } = await client();
    await expect(stele.v1.users.list().toArray({ limit: limit as number })).rejects.toThrow(SteleError);
    expect(seen).toEqual([]);
  });

  test('is one page when nobody is there', async () => {
    const { stele, seen } = await client(
      json(200, { data: [], meta: {}, links: { self: '', next: null, prev: null } }),
    );
    expect(await all(stele.v1.users.list())).toEqual([]);
    expect(seen).toHaveLength(1);
  });

  test('has the options of the caller on every page', async () => {
    const { stele, seen } = await client();
    await all(stele.v1.users.list({}, { headers: { 'X-Request-Id': 'mine' } }));
    expect(seen.map(({ headers }) => headers['x-request-id'])).toEqual(['mine', 'mine', 'mine']);
  });

  test('throws where a page is refused, after the users before it', async () => {
    const answer = paged();
    const { stele } = await client((seen, response) =>
      (seen.path.includes('cursor=10') ? json(404, {}) : answer)(seen, response),
    );
    const found: V1User[] = [];
    const walk = async () => {
      for await (const user of stele.v1.users.list()) found.push(user);
    };
    await expect(walk()).rejects.toThrow(NotFoundError);
    expect(found).toHaveLength(10);
  });
});

describe('links.next', () => {
  test('says nothing about where to go: the key stays with its host', async () => {
    const thief = await serve(json(200, {}));
    const { stele, seen } = await client(paged(thief.url));
    expect(await all(stele.v1.users.list())).toEqual(people);
    expect(await all(stele.v1.users.list({ page: 1 }))).toEqual(people);
    expect(thief.seen).toEqual([]);
    expect(seen).toHaveLength(6);
  });

  test.each([
    '//thief.example.com/?cursor=1',
    'ftp://thief.example.com/v1/users?filter[role]=user&per_page=1&cursor=1#cursor=2',
    'https://[/?cursor=1',
    '../../admin?cursor=1&page=4',
  ])('%j is the cursor in it', async (next) => {
    const page = (link: string | null) =>
      json(200, { data: [], meta: {}, links: { self: '', next: link, prev: null } });
    const { stele, seen } = await client((request, response) =>
      page(request.path.endsWith('cursor=') ? next : null)(request, response),
    );
    await all(stele.v1.users.list({ filter: { role: 'admin' } }));
    expect(seen.map(({ path }) => path)).toEqual(
      ['', '1'].map((cursor) => `/v1/users?filter%5Brole%5D=admin&cursor=${cursor}`),
    );
  });

  test.each(['', 'https://directory.example.com/v1/users', '?page=2', '?cursor=7'])(
    '%j, which leads nowhere or back, ends the walk with an error',
    async (next) => {
      const { stele, seen } = await client(json(200, { data: [], meta: {}, links: { self: '', next, prev: null } }));
      await expect(all(stele.v1.users.list({ cursor: '7' }))).rejects.toThrow(SteleError);
      expect(seen).toHaveLength(1);
    },
  );
});

describe('a history', () => {
  const entries = Array.from({ length: 5 }, (_, index) => ({ seq: 3 * index + 2, operation: 'updateUser' }));
  const history: Handler = (seen, response) => {
    const query = new URL(seen.path, 'http://a').searchParams;
    const after = Number(query.get('after') ?? 0);
    const limit = Number(query.get('limit') ?? 100);
    json(200, { data: entries.filter(({ seq }) => seq > after).slice(0, limit) })(seen, response);
  };

  test('is one page when awaited', async () => {
    const { stele, asked } = await client(history);
    expect((await stele.v1.users.history('1', { after: 2, limit: 2 })).data).toEqual(entries.slice(1, 3));
    expect(asked()).toEqual(['after=2&limit=2']);
  });

  test('is all that was written when iterated', async () => {
    const { stele, asked } = await client(history);
    expect(await all(stele.v1.users.history('1', { limit: 2 }))).toEqual(entries);
    expect(asked()).toEqual(['limit=2', 'limit=2&after=5', 'limit=2&after=11', 'limit=2&after=14']);
  });
});
