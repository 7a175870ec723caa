import { CompatibilityProfile } from '@stele/schemas/canonical';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { issueKey } from './support/api-keys.ts';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import { DRONAHQ, expectScimError, keptOfGroups, MOUNTS, type Scim, scimAt, STANDARD, urns } from './support/scim.ts';
import { create, faces, forgetUsers, kept, patch, setTimes } from './support/users.ts';

let api: TestApp;
const profileKeys = new Map<string, string>();
beforeAll(async () => {
  api = await startApp();
  for (const profile of CompatibilityProfile.options) {
    profileKeys.set(profile, (await issueKey(api, { profile })).key);
  }
});
afterAll(() => api.stop());

const SCIM = 'application/scim+json; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';

const places = MOUNTS.flatMap((mount) => CompatibilityProfile.options.map((profile) => ({ mount, profile })));
let count = 0;
const everything = async () => [await kept(api), await keptOfGroups(api)];
const rename = [{ op: 'replace', path: 'displayName', value: 'New' }];
const patchOp = { schemas: [urns.patchOp], Operations: rename };

// RFC 7644 3.8: "clients [...] SHOULD also accept "application/json""; RFC 9110 12.5.1 for qualities and ranges.
describe('Accept', () => {
  const accepts: readonly (readonly [accept: string | undefined, type: string])[] = [
    [undefined, SCIM],
    ['*/*', SCIM],
    ['application/*', SCIM],
    ['application/scim+json', SCIM],
    ['application/json', JSON_TYPE],
    ['APPLICATION/JSON', JSON_TYPE],
    ['application/json; charset=utf-8', JSON_TYPE],
    ['application/json, text/plain', JSON_TYPE],
    ['application/json, text/plain, */*', SCIM],
    ['application/json, */*;q=0.8', JSON_TYPE],
    ['application/json, application/scim+json', SCIM],
    ['application/json;q=0.9, application/scim+json', SCIM],
    ['application/json, application/scim+json;q=0.9', JSON_TYPE],
    ['application/scim+json;q=0, application/json;q=0.1', JSON_TYPE],
    ['application/scim+json;q=0, */*', JSON_TYPE],
    ['application/scim+json;q=0.2, application/*;q=0.1', SCIM],
    // What has room for neither is disregarded.
    ['text/html', SCIM],
    ['text/html, application/xhtml+xml, */*;q=0.8', SCIM],
    ['application/json;q=0', SCIM],
    ['', SCIM],
    [',;,', SCIM],
  ];

  test.each(accepts)('%j gets %s from every kind of response', async (accept, type) => {
    const scim = scimAt(api);
    const id = await scim.user(`user-${++count}`);
    // Without the field `fetch` sends `*/*`.
    const headers = accept === undefined ? {} : { accept };
    const broken = { body: '{', headers };
    const answers = {
      GET: await scim.get(`/Users/${id}`, { headers }),
      list: await scim.get('/Users?count=1', { headers }),
      schemas: await scim.get('/Schemas', { headers }),
      PATCH: await scim.patch(`/Users/${id}`, rename, { headers }),
      preview: await scim.patch(`/Users/${id}`, rename, { headers: { prefer: 'return=preview', ...headers } }),
      Bulk: await scim.bulk([], {}, { headers }),
      'links, without a credential': await scim.get('/', { key: null, headers }),
      '400': await scim.send('POST', '/Users', broken),
      '401': await scim.get('/Users', { key: null, headers }),
      '404': await scim.get('/Users/none', { headers }),
      '404 of the router': await scim.get('/Shoes', { headers }),
      '405': await scim.send('DELETE', '/Users', { headers }),
      '415': await scim.send('POST', '/Users', { body: '<user/>', type: 'text/xml', headers }),
      '501': await scim.get('/Me', { headers }),
    };
    for (const [what, answer] of Object.entries(answers)) expect(answer.headers.get('content-type'), what).toBe(type);
  });

  test.each(places)('application/json is answered so at $mount, profile $profile', async ({ mount, profile }) => {
    const scim = scimAt(api, { mount, key: profileKeys.get(profile)! });
    const headers = { accept: 'application/json' };
    expect((await scim.get('/Groups', { headers })).headers.get('content-type')).toBe(JSON_TYPE);
    expect((await scim.get('/Groups/none', { headers })).headers.get('content-type')).toBe(JSON_TYPE);
  });

  test('changes the type alone: the body is the same', async () => {
    const scim = scimAt(api);
    const id = await scim.user('same');
    const [one, other] = [
      await scim.get(`/Users/${id}`),
      await scim.get(`/Users/${id}`, { headers: { accept: 'application/json' } }),
    ];
    expect(other.text).toBe(one.text);
    expect(other.headers.get('etag')).toBe(one.headers.get('etag'));
  });

  test.each(['/v1/users', '/users'])('%s has one media type, whatever Accept says', async (path) => {
    for (const accept of ['application/scim+json', 'text/html', 'application/json;q=0']) {
      const answer = await api.request('GET', path, { headers: { accept } });
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, JSON_TYPE]);
    }
  });
});

describe.each(MOUNTS)('what needs no credential at %s', (mount) => {
  // RFC 7643 5, and `GET` of the base URL: neither tells anything about a tenant.
  const open = ['/ServiceProviderConfig', '/ServiceProviderConfig/', '', '/'];

  test.each(open)('GET and HEAD of "%s" without a credential return 200', async (path) => {
    const anonymous = await api.request('GET', mount + path, { key: null });
    expect(anonymous.status, anonymous.text).toBe(200);
    expect((await api.request('GET', mount + path)).text).toBe(anonymous.text);
    const head = await api.request('HEAD', mount + path, { key: null });
    expect([head.status, head.text, head.headers.get('content-type')]).toEqual([200, '', SCIM]);
  });

  // Clients test the token that they are given there.
  test.each(open)('GET of "%s" with a credential that is not valid is 401', async (path) => {
    for (const authorization of ['Bearer not-a-key-of-anybody', 'Basic YTpi', 'Bearer', '']) {
      expectScimError(await api.request('GET', mount + path, { key: null, headers: { authorization } }), 401);
    }
  });

  test.each(open)('GET of "%s" needs no scope', async (path) => {
    for (const key of [keys.operator, keys.read, keys.foreign]) {
      expect((await api.request('GET', mount + path, { key })).status).toBe(200);
    }
  });

  test.each(['', '/'])('POST, PUT, PATCH and DELETE of "%s" are 405', async (path) => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await api.request(method, mount + path, { body: {} });
      expectScimError(answer, 405);
      expect(answer.headers.get('allow')).toBe('GET, HEAD');
    }
  });

  test('the links of the base URL lead to endpoints', async () => {
    const { body } = await api.request('GET', mount, { key: null });
    const base = api.url + mount;
    expect(body.links).toEqual({
      self: base,
      ServiceProviderConfig: `${base}/ServiceProviderConfig`,
      ResourceTypes: `${base}/ResourceTypes`,
      Schemas: `${base}/Schemas`,
      Users: `${base}/Users`,
      Groups: `${base}/Groups`,
      Bulk: `${base}/Bulk`,
      '.search': `${base}/.search`,
    });
    const posts = new Set(['Bulk', '.search']);
    for (const [name, url] of Object.entries(body.links as Record<string, string>)) {
      const { status } = await api.request('GET', url.slice(api.url.length));
      expect(status, name).toBe(posts.has(name) ? 405 : 200);
    }
  });
});

describe('slashes that are there twice', () => {
  beforeEach(() => forgetUsers(api));

  describe.each(MOUNTS)('at %s', (mount) => {
    test.each([`${mount}/`, `/${mount}`, mount.replaceAll('/', '//'), `${mount}//`])(
      'every method below "%s" is what it is with one slash',
      async (base) => {
        const scim = scimAt(api, { mount: base });
        const id = await scim.user('mira');
        const group = await scim.group('Team', [id]);
        expect((await scim.get(`/Users/${id}`)).body.meta.location).toBe(`${api.url}${mount}/Users/${id}`);
        expect((await scim.get(`//Users///${id}//`)).status).toBe(200);
        expect((await scim.patch(`/Users/${id}`, rename)).body.displayName).toBe('New');
        expect((await scim.put(`/Users/${id}`, faces.scim.draft('mira', { title: 'x' }))).body.title).toBe('x');
        expect((await scim.list('/Users', { filter: 'userName eq "mira"' })).body.totalResults).toBe(1);
        expect((await scim.search('/Users', { filter: 'userName eq "mira"' })).body.totalResults).toBe(1);
        expect((await scim.search('', {})).body.totalResults).toBe(2);
        expect((await scim.bulk([{ method: 'DELETE', path: `/Groups/${group}` }])).body.Operations[0].status).toBe(
          '204',
        );
        expect((await scim.remove(`/Users/${id}`)).status).toBe(204);
        expectScimError(await scim.get(`/Users/${id}`), 404);
        expectScimError(await scim.send('DELETE', '/Users'), 405);
      },
    );
  });

  test('in a query are text', async () => {
    const scim = scimAt(api);
    await scim.user('mira', { profileUrl: 'https://example.com//mira' });
    const list = await scim.get(`//Users?filter=${encodeURIComponent('profileUrl eq "https://example.com//mira"')}`);
    expect(list.body.totalResults).toBe(1);
    expect((await scim.get('//Users?filter=profileUrl%20co%20%22//%22')).body.totalResults).toBe(1);
  });

  test('are understood in v1 and NERM, and errors are in the words of the dialect', async () => {
    const id = await create(api, 'v1', 'mira');
    expect((await api.request('GET', `/${faces.v1.user(id)}`.replaceAll('/', '//'))).status).toBe(200);
    expect((await api.request('GET', `/${faces.nerm.user(id)}`)).status).toBe(200);
    expect((await api.request('GET', '//v1//users//usr_none')).body).toMatchObject({ error: 'not_found' });
    expect(Object.keys((await api.request('GET', '//users//none')).body)).toEqual(['error']);
  });

  test.each(['//evil.example/scim/v2', '//evil.example', '/scim/v2//evil.example', '/scim/v2///Users/evil.example'])(
    '%s is no redirect',
    async (path) => {
      const response = await fetch(api.url + path, { redirect: 'manual' });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('location')).toBeNull();
    },
  );
});

describe('parameters without a value are as good as absent', () => {
  let ids: { user: string; group: string };
  beforeAll(async () => {
    await forgetUsers(api);
    const scim = scimAt(api);
    const user = await scim.user('mira', { displayName: 'Mira' });
    await scim.user('jon');
    ids = { user, group: await scim.group('Team', [user]) };
  });

  const names = ['filter', 'sortBy', 'sortOrder', 'startIndex', 'count', 'attributes', 'excludedAttributes'];
  const empty = names.map((name) => `${name}=`).join('&');

  describe.each(places)('at $mount, profile $profile', ({ mount, profile }) => {
    const scim = () => scimAt(api, { mount, key: profileKeys.get(profile)! });

    /** What is shown without parameters, by path. */
    const shown = new Map<string, string>();
    beforeAll(async () => {
      const paths = ['/Users', '/Groups', '/ResourceTypes', '/Schemas', `/Users/${ids.user}`, `/Groups/${ids.group}`];
      for (const path of paths) shown.set(path, (await scim().get(path)).text);
    });

    test.each([...names.map((name) => `${name}=`), ...names, empty, 'attributes=&attributes='])(
      'in a query: %s',
      async (query) => {
        for (const [path, text] of shown) expect((await scim().get(`${path}?${query}`)).text).toBe(text);
      },
    );

    test('in the body of a search', async () => {
      for (const path of ['', '/Users', '/Groups']) {
        const whole = await scim().search(path, {});
        for (const name of names) {
          for (const value of [null, ...(name.endsWith('ttributes') ? [[], ['']] : [''])])
            expect((await scim().search(path, { [name]: value })).text, `${name} ${String(value)}`).toBe(whole.text);
        }
      }
    });

    test('of writes', async () => {
      const path = `/Groups/${ids.group}`;
      const answer = await scim().patch(`${path}?attributes=&excludedAttributes=`, [
        { op: 'replace', path: 'displayName', value: 'Team' },
      ]);
      // DronaHQ documents 200 and the group.
      expect([answer.status, answer.text === '']).toEqual(mount === STANDARD ? [204, true] : [200, false]);
      const put = await scim().put(`/Users/${ids.user}?attributes=`, faces.scim.draft('mira', { displayName: 'Mira' }));
      expect([put.status, put.body.userName]).toEqual([200, 'mira']);
    });

    // RFC 9865 2: "an empty cursor" asks for the first page.
    test('but for cursor', async () => {
      const { body } = await scim().get('/Users?cursor=&count=1');
      expect(body).toMatchObject({ itemsPerPage: 1, nextCursor: expect.any(String) as string });
      expect(body).not.toHaveProperty('startIndex');
      expect((await scim().search('/Users', { cursor: '', count: 1 })).body.nextCursor).toEqual(expect.any(String));
      expect((await scim().search('/Users', { cursor: null })).body.startIndex).toBe(1);
    });
  });
});

describe('count', () => {
  beforeAll(async () => {
    await forgetUsers(api);
    for (const name of ['a', 'b', 'c']) await scimAt(api).user(name);
  });

  const asks: Readonly<Record<string, (scim: Scim, parameters: Record<string, string | number>) => Promise<Answer>>> = {
    'GET /Users': (scim, parameters) => scim.list('/Users', parameters),
    'GET /Groups': (scim, parameters) => scim.list('/Groups', parameters),
    'POST /Users/.search': (scim, parameters) => scim.search('/Users', parameters),
    'POST /Groups/.search': (scim, parameters) => scim.search('/Groups', parameters),
  };

  describe.each(places)('at $mount, profile $profile', ({ mount, profile }) => {
    const scim = () => scimAt(api, { mount, key: profileKeys.get(profile)! });

    // RFC 9865 2.1 and 3: invalidCount.
    test.each(Object.entries(asks))('%s: with a cursor, outside 1 to 1000 is invalidCount', async (_, ask) => {
      for (const count of [0, -1, 1001, 2_147_483_648])
        expectScimError(await ask(scim(), { cursor: '', count }), 400, 'invalidCount');
      for (const count of [1, 1000]) expect((await ask(scim(), { cursor: '', count })).status).toBe(200);
    });

    // RFC 7644 3.4.2.4: "A negative value SHALL be interpreted as "0"", and a provider may return fewer.
    test.each(Object.entries(asks))('%s: by index it is clamped', async (_, ask) => {
      for (const count of [0, -1]) expect((await ask(scim(), { count })).body.itemsPerPage).toBe(0);
      for (const count of [1001, 2_147_483_648]) expect((await ask(scim(), { count })).status).toBe(200);
    });
  });

  test('of a later page is checked too', async () => {
    const scim = scimAt(api);
    const { nextCursor } = (await scim.list('/Users', { cursor: '', count: 1 })).body;
    expectScimError(await scim.list('/Users', { cursor: nextCursor, count: 0 }), 400, 'invalidCount');
    expect((await scim.list('/Users', { cursor: nextCursor, count: 2 })).body.itemsPerPage).toBe(2);
  });
});

describe('tolerances of parameters', () => {
  beforeAll(async () => {
    await forgetUsers(api);
    for (const name of ['a', 'b', 'c']) await scimAt(api).user(name, { title: name, displayName: name });
    await scimAt(api).group('Team');
  });

  const isTolerant = (mount: string, profile: string) => mount !== STANDARD || ['default', 'dronahq'].includes(profile);

  describe.each(places)('at $mount, profile $profile', ({ mount, profile }) => {
    const scim = () => scimAt(api, { mount, key: profileKeys.get(profile)! });
    const tolerant = isTolerant(mount, profile);

    test.each(['Descending', 'DESCENDING', 'dEsCeNdInG'])('sortOrder %s', async (sortOrder) => {
      for (const answer of [
        await scim().list('/Users', { sortBy: 'userName', sortOrder }),
        await scim().search('/Users', { sortBy: 'userName', sortOrder }),
      ]) {
        if (!tolerant) {
          expectScimError(answer, 400);
          continue;
        }
        expect(answer.body.Resources.map(({ userName }: { userName: string }) => userName)).toEqual(['c', 'b', 'a']);
      }
      expectScimError(await scim().list('/Users', { sortBy: 'userName', sortOrder: 'upwards' }), 400);
    });

    test.each([
      ['attributes=userName&attributes=title', ['id', 'schemas', 'title', 'userName']],
      ['attributes=userName,title&attributes=displayName', ['displayName', 'id', 'schemas', 'title', 'userName']],
      ['attributes=userName&attributes=&attributes=title', ['id', 'schemas', 'title', 'userName']],
      ['excludedAttributes=meta&excludedAttributes=title,displayName', ['active', 'id', 'schemas', 'userName']],
      ['attributes=userName&attributes=title&excludedAttributes=title', ['id', 'schemas', 'userName']],
    ])('?%s is one list', async (query, shown) => {
      const list = await scim().get(`/Users?count=1&${query}`);
      if (!tolerant && /(?:^|&)(\w+)=.*&\1=/.test(query)) {
        expectScimError(list, 400, 'invalidValue');
        return;
      }
      const [user] = list.body.Resources;
      expect(Object.keys(user).toSorted()).toEqual(shown);
      const one = await scim().get(`/Users/${user.id}?${query}`);
      expect(one.body).toEqual(user);
    });

    test('a filter that is there twice is 400', async () => {
      expectScimError(await scim().get('/Users?filter=title%20pr&filter=title%20pr'), 400);
    });
  });

  test.each([[['userName', 'title']], [['userName,title']], [['userName', 'title,']]])(
    'attributes %j of a search are one list',
    async (attributes) => {
      const { body } = await scimAt(api).search('/Users', { attributes });
      expect(Object.keys(body.Resources[0]).toSorted()).toEqual(['id', 'schemas', 'title', 'userName']);
    },
  );

  test('names with commas in the attributes of a search are read for members too', async () => {
    const scim = scimAt(api);
    const ann = await scim.user('ann');
    await scim.group('Crew', [ann]);
    const search = { filter: 'displayName eq "Crew"', attributes: ['displayName,members.display'] };
    expect((await scim.search('/Groups', search)).body.Resources[0].members).toEqual([{ display: 'ann' }]);
  });
});

describe('dates in filters', () => {
  const later = '2026-03-02T00:00:00.000Z';
  const urn = urns.lifecycle;
  beforeAll(async () => {
    await forgetUsers(api);
    const scim = scimAt(api);
    for (const [name, lastLogin] of Object.entries({
      before: '2026-03-01T23:59:59.999Z',
      at: later,
      none: undefined,
    })) {
      await setTimes(api, await scim.user(name), { lastLogin, cookiesAcceptedAt: lastLogin });
    }
    await api.query(
      'UPDATE users SET created_at = lifecycle_last_login, updated_at = lifecycle_last_login WHERE lifecycle_last_login IS NOT NULL',
    );
  });

  /** Spellings of one instant: with all profiles, and with tolerant ones alone. */
  const strict = [later, '2026-03-02T00:00:00', '2026-03-02T02:00:00+02:00', '2026-03-01T17:00:00.0000000-07:00'];
  const loose = [
    '2026-03-02',
    '2026-03-02Z',
    '2026-03-02T00:00:00+0000',
    '2026-03-02T02:00:00.000+0200',
    '2026-03-01T17:00:00-0700',
    '2026-03-02T02:00:00+02',
    '2026-03-02T02:00:00 0200',
  ];
  const attributes = [`${urn}:lastLogin`, `${urn}:cookiesAcceptedAt`, 'meta.created', 'meta.lastModified'];
  /** Users of the first two that an operator finds. Those without a value, and the third, are looked at by `ne` alone. */
  const found: Readonly<Record<string, readonly string[]>> = {
    eq: ['at'],
    ne: ['before'],
    gt: [],
    ge: ['at'],
    lt: ['before'],
    le: ['at', 'before'],
  };

  describe.each(places)('at $mount, profile $profile', ({ mount, profile }) => {
    const scim = () => scimAt(api, { mount, key: profileKeys.get(profile)! });
    const tolerant = mount !== STANDARD || ['default', 'dronahq'].includes(profile);
    const ask = async (filter: string): Promise<Answer[]> => [
      await scim().list('/Users', { filter }),
      await scim().search('/Users', { filter }),
      await scim().search('', { filter }),
    ];

    // Every operator with one profile that is tolerant of dates and one that is not; elsewhere the same code reads the date.
    const isFull = mount === STANDARD && ['default', 'strict'].includes(profile);
    const operators = Object.entries(found).filter(([operator]) => isFull || operator === 'eq');

    test.each([...strict, ...loose])('%s, with every operator and attribute', async (date) => {
      for (const attribute of attributes) {
        for (const [operator, names] of operators) {
          const filter = `userName ne "none" and userName pr and ${attribute} ${operator} "${date}"`;
          for (const answer of await ask(filter)) {
            if (!tolerant && loose.includes(date)) {
              expectScimError(answer, 400, 'invalidFilter');
              continue;
            }
            expect(answer.status, answer.text).toBe(200);
            const shown = answer.body.Resources.map(({ userName }: { userName: string }) => userName);
            expect(shown.toSorted(), filter).toEqual(names);
          }
        }
      }
    });

    test.each(['yesterday', '2026-02-30', '2026-03-02 00:00:00', '02.03.2026', '2026-03', ''])(
      '%j is 400 invalidFilter',
      async (date) => {
        for (const answer of await ask(`meta.created gt "${date}"`)) expectScimError(answer, 400, 'invalidFilter');
      },
    );
  });

  test('a plus that is not encoded in a query is understood', async () => {
    const query = 'filter=meta.created%20ge%20"2026-03-02T02:00:00+0200"%20and%20userName%20eq%20"at"';
    expect((await scimAt(api).get(`/Users?${query}`)).body.totalResults).toBe(1);
  });
});

// RFC 7643 3.1: `meta.location` "MUST be the same as the "Content-Location" HTTP response header".
describe('Content-Location', () => {
  beforeEach(() => forgetUsers(api));

  describe.each(places)('at $mount, profile $profile', ({ mount, profile }) => {
    const scim = () => scimAt(api, { mount, key: profileKeys.get(profile)! });

    test('is meta.location of every response that represents one resource', async () => {
      const own = scim();
      const created = [
        await own.send('POST', '/Users', { body: faces.scim.draft('mira') }),
        await own.send('POST', '/Groups', { body: { schemas: [urns.group], displayName: 'Team' } }),
      ];
      const [user, group] = created.map(({ body }) => String(body.id));
      const answers = [
        ...created,
        await own.get(`/Users/${user}`),
        await own.get(`/Groups/${group}`),
        await own.put(`/Users/${user}`, faces.scim.draft('mira', { title: 'x' })),
        await own.put(`/Groups/${group}`, { schemas: [urns.group], displayName: 'Crew' }),
        await own.patch(`/Users/${user}`, rename),
        await own.patch(`/Groups/${group}?attributes=meta`, rename),
        await own.get('/ServiceProviderConfig'),
        await own.get('/ResourceTypes/User'),
        await own.get(`/Schemas/${urns.user}`),
        await own.get(`/Schemas/${urns.group.toUpperCase()}`),
      ];
      for (const { headers, body, text } of answers) {
        expect(body.meta?.location, text).toMatch(`${api.url}${mount}/`);
        expect(headers.get('content-location'), text).toBe(body.meta.location);
      }
      for (const { headers } of created) expect(headers.get('location')).toBe(headers.get('content-location'));
    });
  });

  test('is there where attributes leave meta out, and on 304', async () => {
    const scim = scimAt(api);
    const id = await scim.user('mira');
    const location = `${api.url}${STANDARD}/Users/${id}`;
    const part = await scim.get(`/Users/${id}?attributes=userName`);
    expect([part.body.meta, part.headers.get('content-location')]).toEqual([undefined, location]);
    const unchanged = await scim.get(`/Users/${id}`, { headers: { 'if-none-match': '"1"' } });
    expect([unchanged.status, unchanged.headers.get('content-location')]).toEqual([304, location]);
  });

  test('is not there on lists, Bulk, links, previews, 204 and errors', async () => {
    const scim = scimAt(api);
    const id = await scim.user('mira');
    const group = await scim.group('Team');
    for (const answer of [
      await scim.get('/Users'),
      await scim.get('/Schemas'),
      await scim.search('', {}),
      await scim.bulk([{ method: 'PATCH', path: `/Users/${id}`, data: patchOp }]),
      await scim.get('/'),
      await scim.patch(`/Users/${id}`, rename, { headers: { prefer: 'return=preview' } }),
      await scim.patch(`/Users/${id}`, rename, { headers: { prefer: 'return=minimal' } }),
      await scim.patch(`/Groups/${group}`, rename),
      await scim.remove(`/Groups/${group}`),
      await scim.get('/Users/none'),
      await api.request('GET', '/v1/users'),
      await api.request('GET', faces.nerm.user(id)),
    ])
      expect(answer.headers.get('content-location'), answer.text).toBeNull();
  });
});

// RFC 7240 4.2.
describe('Prefer: return=representation', () => {
  beforeEach(() => forgetUsers(api));
  const headers = { prefer: 'return=representation' };
  const applied = (answer: Answer) => [answer.status, answer.headers.get('preference-applied')];

  test.each(MOUNTS)('PATCH of a group at %s returns 200 and the group', async (mount) => {
    const scim = scimAt(api, { mount });
    const ann = await scim.user('ann');
    const group = await scim.group('Team');
    const operations = [...rename, { op: 'add', path: 'members', value: [{ value: ann }] }];
    const answer = await scim.patch(`/Groups/${group}`, operations, { headers });
    expect(applied(answer)).toEqual([200, 'return=representation']);
    expect(answer.body).toEqual((await scim.get(`/Groups/${group}`)).body);
    expect(answer.body.members).toHaveLength(1);
    expect(answer.headers.get('etag')).toBe('"2"');
    // What changes nothing is shown too.
    const again = await scim.patch(`/Groups/${group}`, operations, { headers });
    expect([...applied(again), again.text]).toEqual([200, 'return=representation', answer.text]);
  });

  test.each(CompatibilityProfile.options)('PATCH of a group is honored in the profile %s', async (profile) => {
    const scim = scimAt(api, { key: profileKeys.get(profile)! });
    const answer = await scim.patch(`/Groups/${await scim.group('Team')}`, rename, { headers });
    expect(applied(answer)).toEqual([200, 'return=representation']);
  });

  test('with excludedAttributes shows what is left', async () => {
    const scim = scimAt(api);
    const path = `/Groups/${await scim.group('Team')}?excludedAttributes=members,meta`;
    const answer = await scim.patch(path, rename, { headers });
    expect(Object.keys(answer.body).toSorted()).toEqual(['displayName', 'id', 'schemas']);
  });

  test.each(['v1', 'scim', 'nerm'] as const)('PATCH of a user by %s says that it was applied', async (tongue) => {
    const id = await create(api, tongue, 'mira');
    const fields = { v1: { role: 'owner' }, scim: { title: 'x' }, nerm: { title: 'x' } }[tongue];
    expect(applied(await patch(api, tongue, id, fields, { headers }))).toEqual([200, 'return=representation']);
    expect(applied(await patch(api, tongue, id, fields))).toEqual([200, null]);
  });

  test.each([
    ['return=representation, return=minimal', [200, 'return=representation']],
    ['return=minimal, return=representation', [204, 'return=minimal']],
    ['respond-async, return="representation"', [200, 'return=representation']],
    ['RETURN=Representation', [200, 'return=representation']],
    ['return=everything', [204, null]],
    ['representation', [204, null]],
  ])('PATCH of a group with %s', async (prefer, expected) => {
    const scim = scimAt(api);
    const answer = await scim.patch(`/Groups/${await scim.group('Team')}`, rename, { headers: { prefer } });
    expect(applied(answer)).toEqual(expected);
  });

  test('is repeated for an Idempotency-Key, and another preference is another request', async () => {
    const scim = scimAt(api);
    const path = `/Groups/${await scim.group('Team')}`;
    const keyed = { ...headers, 'idempotency-key': 'representation-1' };
    const first = await scim.patch(path, rename, { headers: keyed });
    const again = await scim.patch(path, rename, { headers: keyed });
    expect([...applied(again), again.text]).toEqual([...applied(first), first.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const other = { 'idempotency-key': 'representation-1' };
    expectScimError(await scim.patch(path, rename, { headers: other }), 422);
  });

  test('of what is rejected changes nothing', async () => {
    const scim = scimAt(api);
    const path = `/Groups/${await scim.group('Team')}`;
    const before = await everything();
    const answer = await scim.patch(path, [{ op: 'replace', path: 'displayName', value: '' }], { headers });
    expectScimError(answer, 400);
    expect(answer.headers.get('preference-applied')).toBeNull();
    expect(await everything()).toEqual(before);
  });

  test.each(DRONAHQ)('of a bare PATCH at %s shows the group', async (mount) => {
    const scim = scimAt(api, { mount });
    const path = `${mount}/Groups/${await scim.group('Team')}`;
    const answer = await api.request('PATCH', path, { body: { displayName: 'New' }, headers });
    expect([...applied(answer), answer.body.displayName]).toEqual([200, 'return=representation', 'New']);
  });
});
