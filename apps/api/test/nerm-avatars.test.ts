import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ImageStore } from '../src/avatars/image-store.ts';
import { PostgresImageStore } from '../src/store/postgres-image-store.ts';
import { type Answer, type Ask, keys, startApp, type TestApp } from './support/app.ts';
import { deleteRows } from './support/database.ts';
import { alice, create, faces, forgetUsers, kept, operate, patch, read, urns } from './support/users.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(async () => {
  await forgetUsers(api);
  await deleteRows(api, ['images']);
});

const MAX = 1_048_576;
const HOUR = 3_600_000;

const base64 = (text: string): Buffer => Buffer.from(text, 'base64');

/** One chunk of a PNG. */
function chunk(type: string, content: Uint8Array): Buffer {
  const [length, checksum, body] = [Buffer.alloc(4), Buffer.alloc(4), Buffer.concat([Buffer.from(type), content])];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** One pixel each, complete. */
const png = base64('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==');
const HEADER_END = 33;
const apng = Buffer.concat([
  png.subarray(0, HEADER_END),
  chunk('acTL', Buffer.from([0, 0, 0, 1, 0, 0, 0, 0])),
  chunk('fcTL', Buffer.from([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0])),
  png.subarray(HEADER_END),
]);
const jpeg = base64(
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=',
);
const lossy = base64('UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA');
const lossless = base64('UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==');
const animated = base64(
  'UklGRlIAAABXRUJQVlA4WAoAAAASAAAAAAAAAAAAQU5JTQYAAAD/////AABBTk1GJgAAAAAAAAAAAAAAAAAAAGQAAABWUDhMDQAAAC8AAAAQBxAREYiI/gcA',
);
const gif = base64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7');

/** A PNG of so many bytes: what comes after its end is nobody's business. */
const sized = (size: number): Buffer => Buffer.concat([png, Buffer.alloc(size - png.length)]);

/** Another PNG for every text. */
const pngOf = (text: string): Buffer =>
  Buffer.concat([png.subarray(0, HEADER_END), chunk('tEXt', Buffer.from(text)), png.subarray(HEADER_END)]);

type Part = readonly [name: string, value: string | Blob, fileName?: string];

const fileOf = (bytes: Uint8Array, type = 'image/png'): Blob => new Blob([Buffer.from(bytes)], { type });

interface Form {
  readonly bytes: Buffer;
  readonly type: string;
}

/** A form as the platform writes it. */
async function formOf(...parts: readonly Part[]): Promise<Form> {
  const form = new FormData();
  for (const [name, value, fileName] of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, fileName ?? 'avatar.png');
  }
  const response = new Response(form);
  return { bytes: Buffer.from(await response.arrayBuffer()), type: response.headers.get('content-type')! };
}

const avatarPath = (id: string): string => `${faces.nerm.user(id)}/avatar`;

const post = (id: string, { bytes, type }: Form, ask?: Ask): Promise<Answer> =>
  api.request('POST', avatarPath(id), { body: bytes, type, ...ask });

async function upload(id: string, bytes: Uint8Array, ask?: Ask): Promise<Answer> {
  return post(id, await formOf(['file', fileOf(bytes)]), ask);
}

/** Uploads a picture that is taken; where it is then. */
async function uploaded(id: string, bytes: Uint8Array): Promise<string> {
  const answer = await upload(id, bytes);
  expect(answer.status, answer.text).toBe(200);
  expect(Object.keys(answer.body)).toEqual(['url']);
  return answer.body.url;
}

const avatarOf = (id: string, ask?: Ask): Promise<Answer> => api.request('GET', avatarPath(id), ask);

/** Asks for a picture as a browser does: without a key. */
async function look(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const response = await fetch(url, { method, headers });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
}

const statusOf = async (url: string): Promise<number> => (await look(url)).status;

const photosOf = async (id: string): Promise<unknown> => (await read(api, 'scim', id)).body.photos;

const images = (): Promise<Record<string, unknown>[]> => api.query('SELECT * FROM images ORDER BY user_id, id');

/** Everything that an upload may move. */
const everything = async () => ({ ...(await kept(api)), images: await images() });

const FAILED = 'The user failed to create/update';
const NO_AVATAR = { error: 'The requested Avatar was not found' };
const NO_USER = { error: 'The requested User was not found' };

describe('POST /users/{id}/avatar', () => {
  test.each([
    ['a PNG', png, 'image/png'],
    ['an animated PNG', apng, 'image/png'],
    ['a JPEG', jpeg, 'image/jpeg'],
    ['a lossy WebP', lossy, 'image/webp'],
    ['a lossless WebP', lossless, 'image/webp'],
    ['an animated WebP', animated, 'image/webp'],
  ])('takes %s and gives it back, byte for byte', async (_, bytes, mediaType) => {
    const id = await create(api, 'nerm', 'alice');
    const url = await uploaded(id, bytes);
    expect((await avatarOf(id)).body).toEqual({ url });
    const picture = await look(url);
    expect(picture.status).toBe(200);
    expect(picture.headers.get('content-type')).toBe(mediaType);
    expect(picture.headers.get('content-length')).toBe(String(bytes.length));
    expect(picture.bytes.equals(bytes)).toBe(true);
  });

  test.each([
    ['x.txt', 'text/plain'],
    ['x.svg', 'image/svg+xml'],
    ['x.html', 'text/html'],
    ['../../etc/passwd', ''],
    [' ', 'image/gif'],
  ])('takes a picture for what it is, whatever calls it %j, %j', async (fileName, type) => {
    const id = await create(api, 'nerm', 'alice');
    const answer = await post(id, await formOf(['file', fileOf(png, type), fileName]));
    expect(answer.status, answer.text).toBe(200);
    expect((await look(answer.body.url)).headers.get('content-type')).toBe('image/png');
  });

  test.each([
    ['text', Buffer.from('I am a picture')],
    ['a GIF', gif],
    ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')],
    ['HTML', Buffer.from('<!doctype html><script>alert(1)</script>')],
    ['a PDF', Buffer.from('%PDF-1.7\n')],
    ['an empty file', Buffer.alloc(0)],
    ['a truncated signature', png.subarray(0, 7)],
  ])('refuses %s, whatever it is called', async (_, bytes) => {
    const id = await create(api, 'nerm', 'alice');
    const before = await everything();
    const answer = await post(id, await formOf(['file', fileOf(bytes, 'image/png'), 'x.png']));
    expect(answer.status).toBe(400);
    expect(answer.body).toEqual({ error: FAILED, errors: { file: 'must be a PNG, JPEG or WebP image' } });
    expect(await everything()).toEqual(before);
  });

  test('reads a form of another client: short boundary, names without quotes', async () => {
    const id = await create(api, 'nerm', 'alice');
    const head =
      '--xYzZY-0\r\nContent-Type: image/png\r\nContent-Disposition: form-data; name=file; filename=a.png\r\n\r\n';
    const bytes = Buffer.concat([Buffer.from(head), png, Buffer.from('\r\n--xYzZY-0--\r\n')]);
    expect((await post(id, { bytes, type: 'Multipart/Form-Data; boundary="xYzZY-0"' })).status).toBe(200);
  });

  describe('of the size that is allowed', () => {
    /** Sends a form piece by piece, without saying how long it is. */
    async function pour(id: string, { bytes, type }: Form): Promise<number> {
      const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) =>
        bytes.subarray(index * 65_536, (index + 1) * 65_536),
      );
      const init: RequestInit & { duplex: 'half' } = {
        method: 'POST',
        headers: { authorization: `Bearer ${keys.admin}`, 'content-type': type },
        body: ReadableStream.from(pieces),
        duplex: 'half',
      };
      const response = await fetch(api.url + avatarPath(id), init);
      await response.text();
      return response.status;
    }

    test.each([
      ['as a whole', async (id: string, form: Form) => (await post(id, form)).status],
      ['in chunks', pour],
    ])('is 1 MiB, and no byte more (%s)', async (_, send) => {
      const id = await create(api, 'nerm', 'alice');
      const [most, tooMuch] = [sized(MAX), sized(MAX + 1)];
      expect(await send(id, await formOf(['file', fileOf(most)]))).toBe(200);
      const before = await everything();
      expect(await send(id, await formOf(['file', fileOf(tooMuch)]))).toBe(413);
      expect(await everything()).toEqual(before);
      const picture = await look((await avatarOf(id)).body.url);
      expect(picture.bytes.equals(most)).toBe(true);
    });

    test.each([2, 20])('is not %i MiB either, in chunks', async (size) => {
      const id = await create(api, 'nerm', 'alice');
      // Whoever goes on sending may find the connection gone.
      const status = await pour(id, await formOf(['file', fileOf(sized(size * MAX))])).catch(() => 413);
      expect(status).toBe(413);
      expect(await images()).toEqual([]);
    });
  });

  const file: Part = ['file', fileOf(png)];
  test.each<[string, readonly Part[], RegExp | Record<string, string>]>([
    ['no part at all', [], { file: "can't be blank" }],
    ['no part called file', [['picture', fileOf(png)]], { file: "can't be blank", picture: 'is not a known field' }],
    ['two parts called file', [file, file], /"file"/],
    ['another part', [file, ['title', 'me']], { title: 'is not a known field' }],
    ['file as a text', [['file', png.toString('latin1')]], { file: 'must be a file' }],
  ])('refuses %s, and says so', async (_, parts, said) => {
    const id = await create(api, 'nerm', 'alice');
    const before = await everything();
    const answer = await post(id, await formOf(...parts));
    expect(answer.status).toBe(400);
    if (said instanceof RegExp) expect(answer.body).toEqual({ error: expect.stringMatching(said) });
    else expect(answer.body).toEqual({ error: FAILED, errors: said });
    expect(await everything()).toEqual(before);
  });

  test('refuses a form that is broken', async () => {
    const id = await create(api, 'nerm', 'alice');
    const { bytes, type } = await formOf(file);
    for (const broken of [
      { bytes: bytes.subarray(0, -8), type },
      { bytes: Buffer.alloc(0), type },
      { bytes: Buffer.from('{}'), type },
      { bytes, type: 'multipart/form-data' },
      { bytes, type: 'multipart/form-data; boundary=other' },
    ]) {
      const answer = await post(id, broken);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.body).toEqual({ error: expect.stringContaining('multipart/form-data') });
    }
    expect(await images()).toEqual([]);
  });

  test.each(['application/json', 'image/png', 'application/x-www-form-urlencoded', 'multipart/mixed; boundary=x', ''])(
    'reads no other type: %j',
    async (type) => {
      const id = await create(api, 'nerm', 'alice');
      const answer = await post(id, { bytes: png, type });
      expect([answer.status, Object.keys(answer.body)]).toEqual([415, ['error']]);
    },
  );

  test('of a user who is not there keeps nothing', async () => {
    const gone = await create(api, 'nerm', 'alice');
    await api.request('DELETE', faces.nerm.user(gone));
    for (const id of [uuidv7(), gone, 'alice', gone.toUpperCase()]) {
      const answer = await upload(id, png);
      expect([answer.status, answer.body]).toEqual([404, NO_USER]);
    }
    expect(await images()).toEqual([]);
  });

  test('is not for other tenants', async () => {
    const id = await create(api, 'nerm', 'alice');
    const answer = await upload(id, png, { key: keys.foreign });
    expect([answer.status, answer.body]).toEqual([404, NO_USER]);
    expect(await images()).toEqual([]);
    await uploaded(id, png);
    const foreign = await avatarOf(id, { key: keys.foreign });
    expect([foreign.status, foreign.body]).toEqual([404, NO_USER]);
  });

  test('asks for the scope write, and reading for read', async () => {
    const id = await create(api, 'nerm', 'alice');
    expect((await upload(id, png, { key: null })).status).toBe(401);
    expect((await upload(id, png, { key: keys.read })).status).toBe(403);
    expect((await upload(id, png, { key: keys.operator })).status).toBe(403);
    expect(await images()).toEqual([]);
    expect((await upload(id, png, { key: keys.write })).status).toBe(200);
    expect((await avatarOf(id, { key: keys.read })).status).toBe(200);
    expect((await avatarOf(id, { key: null })).status).toBe(401);
    expect((await avatarOf(id, { key: keys.operator })).status).toBe(403);
  });

  test('is one version and one entry of the history', async () => {
    const id = await create(api, 'nerm', 'alice');
    const form = await formOf(file);
    const answer = await post(id, form, { key: keys.write, headers: { 'x-request-id': 'the-upload' } });
    expect((await read(api, 'nerm', id)).headers.get('etag')).toBe('"2"');
    const { data } = (await api.request('GET', `${faces.v1.user(id)}/history`)).body;
    expect(data).toHaveLength(2);
    expect(data[1]).toMatchObject({ version: 2, dialect: 'nerm', operation: 'writeAvatar', request_id: 'the-upload' });
    expect(data[1].changes).toEqual({ photos: { old: [], new: [{ value: answer.body.url, primary: true }] } });
  });

  test('of the same picture again changes nothing', async () => {
    const id = await create(api, 'nerm', 'alice');
    const url = await uploaded(id, png);
    const before = await kept(api);
    expect(await uploaded(id, png)).toBe(url);
    expect(await kept(api)).toEqual(before);
    expect(await images()).toHaveLength(1);
  });

  test('of another picture makes the one before it disappear at once', async () => {
    const id = await create(api, 'nerm', 'alice');
    const first = await uploaded(id, png);
    const second = await uploaded(id, jpeg);
    expect(second).not.toBe(first);
    expect([await statusOf(first), await statusOf(second)]).toEqual([404, 200]);
    expect(await photosOf(id)).toEqual([{ value: second, primary: true }]);
    // And the other way round: it was not forgotten yet.
    expect(await uploaded(id, png)).toBe(first);
    expect([await statusOf(first), await statusOf(second)]).toEqual([200, 404]);
  });

  test('of many at once leaves one that is shown', async () => {
    const id = await create(api, 'nerm', 'alice');
    const pictures = Array.from({ length: 8 }, (_, index) => pngOf(`${index}`));
    const urls = await Promise.all(pictures.map((bytes) => uploaded(id, bytes)));
    expect(new Set(urls).size).toBe(urls.length);
    const { url } = (await avatarOf(id)).body;
    expect(urls).toContain(url);
    const statuses = await Promise.all(urls.map(statusOf));
    expect(statuses).toEqual(urls.map((each) => (each === url ? 200 : 404)));
    expect((await read(api, 'nerm', id)).headers.get('etag')).toBe('"9"');
  });

  test('is done once with an Idempotency-Key', async () => {
    const id = await create(api, 'nerm', 'alice');
    const form = await formOf(file);
    const headers = { 'idempotency-key': 'the-picture' };
    const first = await post(id, form, { headers });
    await patch(api, 'scim', id, { photos: [] });
    const before = await everything();
    const again = await post(id, form, { headers });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await upload(id, jpeg, { headers })).status).toBe(422);
    expect(await everything()).toEqual(before);
  });

  test('is the same with another boundary, as clients draw it: its Idempotency-Key replays', async () => {
    const id = await create(api, 'nerm', 'alice');
    const headers = { 'idempotency-key': 'one-picture' };
    const first = await upload(id, png, { headers });
    const again = await upload(id, png, { headers });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  // RFC 9110 13.1.1: "an origin server MUST NOT perform the requested method if the condition evaluates to false".
  test.each([
    ['"2"', 200],
    ['*', 200],
    ['"1"', 412],
    ['"99"', 412],
    ['W/"2"', 412],
    ['nonsense', 400],
  ])('heeds If-Match: %s is %i', async (ifMatch, status) => {
    const id = await create(api, 'nerm', 'alice', { title: 'x' });
    await patch(api, 'nerm', id, { title: 'y' });
    const answer = await upload(id, png, { headers: { 'if-match': ifMatch } });
    expect(answer.status, answer.text).toBe(status);
    expect(answer.headers.get('etag')).toBe(status === 200 ? '"3"' : null);
    expect((await avatarOf(id)).status).toBe(status === 200 ? 200 : 404);
  });
});

describe('GET /users/{id}/avatar', () => {
  test('of a user without a picture says so', async () => {
    const id = await create(api, 'nerm', 'alice');
    const answer = await avatarOf(id);
    expect([answer.status, answer.body]).toEqual([404, NO_AVATAR]);
    await operate(api, id, { op: 'add', path: 'photos', value: [{ type: 'photo', display: 'none' }] });
    expect((await avatarOf(id)).body).toEqual(NO_AVATAR);
  });

  test.each([
    ['the primary one', [{ value: 'https://example.com/1' }, { value: 'https://example.com/2', primary: true }], 2],
    ['else the first', [{ value: 'https://example.com/1', type: 'thumbnail' }, { value: 'https://example.com/2' }], 1],
  ])('shows of the photos that SCIM wrote %s', async (_, photos, number) => {
    const id = await create(api, 'scim', 'alice', { photos });
    expect((await avatarOf(id)).body).toEqual({ url: `https://example.com/${number}` });
  });

  test('is there at /api too, and names the same picture', async () => {
    const id = await create(api, 'nerm', 'alice');
    const { bytes, type } = await formOf(['file', fileOf(png)]);
    const { body } = await api.request('POST', `/api${avatarPath(id)}`, { body: bytes, type });
    expect((await api.request('GET', `/api${avatarPath(id)}`)).body).toEqual(body);
    expect((await avatarOf(id)).body).toEqual(body);
    expect(await statusOf(body.url)).toBe(200);
  });
});

describe("the picture's address", () => {
  let id: string;
  let url: string;
  let etag: string;
  let lastModified: string;
  beforeEach(async () => {
    id = await create(api, 'nerm', 'alice');
    url = await uploaded(id, png);
    const { headers } = await look(url);
    etag = headers.get('etag')!;
    lastModified = headers.get('last-modified')!;
  });

  test('is a path below the public URL: tenant, user, hash of the picture', async () => {
    const [row] = await api.query('SELECT tenant_id FROM users');
    const hash = createHash('sha256').update(png).digest('hex');
    expect(url).toBe(`${api.url}/avatars/${String(row!['tenant_id'])}/${id}/${hash}`);
  });

  test('is found wherever the server was when it was uploaded', async () => {
    const replica = await startApp({ STELE_PUBLIC_URL: 'https://directory.example.com/stele' }, api);
    try {
      const form = await formOf(['file', fileOf(jpeg)]);
      const answer = await replica.request('POST', avatarPath(id), { body: form.bytes, type: form.type });
      const prefix = 'https://directory.example.com/stele/avatars/';
      expect(answer.body.url.slice(0, prefix.length)).toBe(prefix);
      const path = `/avatars/${String(answer.body.url).slice(prefix.length)}`;
      expect(await Promise.all([api, replica].map((each) => statusOf(each.url + path)))).toEqual([200, 200]);
    } finally {
      await replica.stop();
    }
  });

  test('is read without a key, and nothing in it may run', async () => {
    const { status, headers } = await look(url);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/png',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'content-disposition': 'inline',
      'cross-origin-resource-policy': 'cross-origin',
      'cache-control': 'private, max-age=300',
    });
    expect(etag).toMatch(/^"[\x21\x23-\x7e]+"$/);
    // RFC 9110 8.8.2.1: an origin server "MUST NOT" send one that is later than the message.
    expect(Date.parse(lastModified)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(lastModified)).toBeGreaterThan(Date.now() - 60_000);
  });

  /** Headers that are of one message, or of its connection. */
  const perMessage = new Set(['connection', 'date', 'keep-alive', 'x-request-id']);

  test('is for HEAD what it is for GET, without the picture', async () => {
    const [head, get] = [await look(url, {}, 'HEAD'), await look(url)];
    const told = ({ headers }: typeof head) =>
      Object.fromEntries([...headers].filter(([name]) => !perMessage.has(name)));
    expect(head.status).toBe(200);
    expect(head.bytes).toHaveLength(0);
    expect(told(head)).toEqual(told(get));
    expect((await look(`${url.slice(0, -1)}x`, {}, 'HEAD')).status).toBe(404);
    expect((await look(url, { 'if-none-match': etag }, 'HEAD')).status).toBe(304);
  });

  const moved = (time: string, milliseconds: number) => new Date(Date.parse(time) + milliseconds).toUTCString();

  test.each<[string, () => Readonly<Record<string, string>>, 200 | 304]>([
    ['its entity tag', () => ({ 'if-none-match': etag }), 304],
    // RFC 9110 13.1.2: "A recipient MUST use the weak comparison function".
    ['a weak one', () => ({ 'if-none-match': `W/${etag}` }), 304],
    ['one of a list', () => ({ 'if-none-match': `"other" , W/${etag},"x"` }), 304],
    ['any', () => ({ 'if-none-match': '*' }), 304],
    ['another one', () => ({ 'if-none-match': '"other"' }), 200],
    ['a part of it', () => ({ 'if-none-match': etag.slice(0, 10) }), 200],
    ['its time', () => ({ 'if-modified-since': lastModified }), 304],
    ['a later time', () => ({ 'if-modified-since': moved(lastModified, HOUR) }), 304],
    ['an earlier time', () => ({ 'if-modified-since': moved(lastModified, -1000) }), 200],
    // RFC 9110 13.1.3: "MUST ignore [...] if the received field value is not a valid HTTP-date".
    ['no time', () => ({ 'if-modified-since': 'yesterday' }), 200],
    // RFC 9110 13.1.3: "MUST ignore If-Modified-Since if the request contains an If-None-Match".
    [
      'another tag and its time',
      () => ({ 'if-none-match': '"other"', 'if-modified-since': moved(lastModified, HOUR) }),
      200,
    ],
    [
      'its tag and an earlier time',
      () => ({ 'if-none-match': etag, 'if-modified-since': moved(lastModified, -HOUR) }),
      304,
    ],
  ])('is asked for unless it is what is known already: %s', async (_, headers, status) => {
    const answer = await look(url, headers());
    expect(answer.status).toBe(status);
    expect(answer.bytes.equals(status === 304 ? Buffer.alloc(0) : png)).toBe(true);
    // RFC 9110 15.4.5: what a 200 would say of the cache and of validators.
    expect([answer.headers.get('etag'), answer.headers.get('last-modified')]).toEqual([etag, lastModified]);
    expect(answer.headers.get('cache-control')).toBe('private, max-age=300');
    expect(answer.headers.has('content-type')).toBe(status === 200);
  });

  test('is of this picture of this user of this tenant', async () => {
    const bob = await create(api, 'nerm', 'bob');
    const [row] = await api.query('SELECT id FROM tenants WHERE id <> (SELECT tenant_id FROM users WHERE id = $1)', [
      id,
    ]);
    const [, , tenant, , hash] = new URL(url).pathname.split('/') as [string, string, string, string, string];
    for (const [otherTenant, user, image] of [
      [tenant, bob, hash],
      [tenant, uuidv7(), hash],
      [String(row!['id']), id, hash],
      [uuidv7(), id, hash],
      [tenant, id, createHash('sha256').update('x').digest('hex')],
      [tenant, id, hash.toUpperCase()],
      [tenant, id, hash.slice(1)],
      [tenant, id, `%2f${hash}`],
      [tenant.toUpperCase(), id, hash],
      ['x', 'y', 'z'],
      [tenant, id, "'; DROP TABLE images --"],
    ]) {
      const answer = await look(`${api.url}/avatars/${otherTenant}/${user}/${image}`);
      expect([answer.status, JSON.parse(answer.bytes.toString())]).toEqual([404, NO_AVATAR]);
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
    expect(await statusOf(url)).toBe(200);
  });

  test('of another user shows what that one has, and no more', async () => {
    const bob = await create(api, 'scim', 'bob', { photos: [{ value: url, primary: true }] });
    expect((await avatarOf(bob)).body).toEqual({ url });
    expect(await statusOf(url)).toBe(200);
    await patch(api, 'scim', id, { photos: [] });
    expect(await statusOf(url)).toBe(404);
  });

  const others = [{ value: 'https://example.com/al.png', type: 'thumbnail' }];
  test.each<[string, () => Promise<Answer>]>([
    ['SCIM PATCH removes the photos', () => operate(api, id, { op: 'remove', path: 'photos' })],
    ['SCIM PATCH removes it alone', () => operate(api, id, { op: 'remove', path: `photos[value eq "${url}"]` })],
    ['SCIM PATCH replaces them', () => operate(api, id, { op: 'replace', path: 'photos', value: others })],
    [
      'SCIM PUT says others',
      () =>
        api.request('PUT', faces.scim.user(id), {
          body: { schemas: [urns.user], userName: 'alice', photos: others },
        }),
    ],
    [
      'SCIM PUT says none',
      () => api.request('PUT', faces.scim.user(id), { body: { schemas: [urns.user], userName: 'alice' } }),
    ],
    ['NERM deletes the user', () => api.request('DELETE', faces.nerm.user(id))],
    ['SCIM deletes the user', () => api.request('DELETE', faces.scim.user(id))],
    ['v1 deletes the user', () => api.request('DELETE', faces.v1.user(id))],
  ])('leads nowhere as soon as %s', async (_, change) => {
    expect((await change()).status).toBeLessThan(300);
    expect(await statusOf(url)).toBe(404);
    expect((await look(url, { 'if-none-match': '*' })).status).toBe(404);
  });

  test('stays while something else is changed, and where the photo is not the primary one any more', async () => {
    await patch(api, 'v1', id, { first_name: 'Al' });
    await patch(api, 'nerm', id, { status: 'Disabled', title: 'x' });
    expect(await statusOf(url)).toBe(200);
    const photos = [{ value: 'https://example.com/al.png', primary: true }, { value: url }];
    await patch(api, 'scim', id, { photos });
    expect(await statusOf(url)).toBe(200);
    expect((await avatarOf(id)).body).toEqual({ url: photos[0]!.value });
  });
});

describe('the photos of SCIM', () => {
  test.each([
    ['none', [], (value: string) => [{ value, primary: true }]],
    [
      'one that is not primary',
      [{ value: 'https://example.com/1', type: 'thumbnail' }],
      (value: string) => [
        { value: 'https://example.com/1', type: 'thumbnail' },
        { value, primary: true },
      ],
    ],
    [
      'several, one of them primary',
      [
        { value: 'https://example.com/1', type: 'thumbnail' },
        { value: 'https://example.com/2', type: 'photo', display: 'me', primary: true },
        { value: 'https://example.com/3' },
      ],
      (value: string) => [
        { value: 'https://example.com/1', type: 'thumbnail' },
        { value, type: 'photo', display: 'me', primary: true },
        { value: 'https://example.com/3' },
      ],
    ],
  ])('show an upload as the primary one, and keep the others: %s', async (_, photos, expected) => {
    const id = await create(api, 'scim', 'alice', { photos });
    expect(await photosOf(id)).toEqual(photos.length === 0 ? undefined : photos);
    const first = await uploaded(id, png);
    expect(await photosOf(id)).toEqual(expected(first));
    const second = await uploaded(id, jpeg);
    expect(await photosOf(id)).toEqual(expected(second));
  });

  test('are all that an upload changes', async () => {
    const id = await create(api, 'scim', 'alice', alice);
    const before = (await read(api, 'scim', id)).body;
    const url = await uploaded(id, png);
    const after = (await read(api, 'scim', id)).body;
    expect(after).toEqual({ ...before, photos: [{ ...alice.photos[0], value: url }], meta: after.meta });
  });

  test('that SCIM writes again as they were bring the picture back', async () => {
    const id = await create(api, 'nerm', 'alice');
    const url = await uploaded(id, png);
    const photos = await photosOf(id);
    await patch(api, 'scim', id, { photos: [] });
    expect([await statusOf(url), (await avatarOf(id)).body]).toEqual([404, NO_AVATAR]);
    await patch(api, 'scim', id, { photos });
    expect([await statusOf(url), (await avatarOf(id)).body]).toEqual([200, { url }]);
  });
});

describe('pictures that nobody shows any more', () => {
  const prune = (): Promise<number> => api.app.get<PostgresImageStore>(ImageStore).prune();

  const age = (interval: string) => api.query(`UPDATE images SET created_at = created_at - interval '${interval}'`);

  /** The pictures that are left, by the address that showed them. */
  async function left(...urls: readonly string[]): Promise<boolean[]> {
    const ids = new Set((await images()).map((row) => `${String(row['user_id'])}/${String(row['id'])}`));
    return urls.map((url) => ids.has(url.split('/').slice(-2).join('/')));
  }

  test('are forgotten after an hour, and those that somebody shows are not', async () => {
    expect(api.app.get(ImageStore)).toBeInstanceOf(PostgresImageStore);
    const [al, bob, carol, dora, eve] = await Promise.all(
      ['al', 'bob', 'carol', 'dora', 'eve'].map((name) => create(api, 'nerm', name)),
    );
    const shown = await uploaded(al!, png);
    const replaced = await uploaded(bob!, png);
    const instead = await uploaded(bob!, jpeg);
    const deleted = await uploaded(carol!, png);
    await api.request('DELETE', faces.nerm.user(carol!));
    const removed = await uploaded(dora!, png);
    await patch(api, 'scim', dora!, { photos: [] });
    const second = await uploaded(eve!, png);
    await patch(api, 'scim', eve!, { photos: [{ value: 'https://example.com/1', primary: true }, { value: second }] });
    const all = [shown, replaced, instead, deleted, removed, second];

    await age('59 minutes');
    expect(await prune()).toBe(0);
    expect(await left(...all)).toEqual([true, true, true, true, true, true]);
    await age('2 minutes');
    expect(await prune()).toBe(3);
    expect(await left(...all)).toEqual([true, false, true, false, false, true]);
    expect(await Promise.all([shown, instead, second].map(statusOf))).toEqual([200, 200, 200]);
    expect(await prune()).toBe(0);
  });

  test('are not kept by others who name them', async () => {
    const id = await create(api, 'nerm', 'alice');
    const url = await uploaded(id, png);
    await create(api, 'scim', 'bob', { photos: [{ value: url, primary: true }] });
    const foreign = { body: faces.scim.draft('mallory', { photos: [{ value: url }] }), key: keys.foreign };
    expect((await api.request('POST', faces.scim.users, foreign)).status).toBe(201);
    await patch(api, 'scim', id, { photos: [] });
    await age('2 hours');
    expect(await prune()).toBe(1);
    expect(await left(url)).toEqual([false]);
  });

  test('are young again once they are uploaded again', async () => {
    const id = await create(api, 'nerm', 'alice');
    const url = await uploaded(id, png);
    await uploaded(id, jpeg);
    await age('2 hours');
    await uploaded(id, png);
    await patch(api, 'scim', id, { photos: [] });
    expect(await prune()).toBe(1);
    expect(await left(url)).toEqual([true]);
    await age('2 hours');
    expect(await prune()).toBe(1);
  });

  test('are forgotten however many they are', async () => {
    const id = await create(api, 'nerm', 'alice');
    const url = await uploaded(id, png);
    await api.query(
      `INSERT INTO images (tenant_id, user_id, id, media_type, bytes)
       SELECT tenant_id, user_id, md5(n::text) || md5(n::text), media_type, bytes FROM images, generate_series(1, 350) n`,
    );
    await age('2 hours');
    expect(await prune()).toBe(350);
    expect(await left(url)).toEqual([true]);
  });
});
