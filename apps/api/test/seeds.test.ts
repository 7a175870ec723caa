import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, keys, startApp, type TestApp } from './support/app.ts';
import {
  create,
  faces,
  type Fields,
  forgetUsers,
  operate,
  read,
  setTimes,
  type Tongue,
  urns,
} from './support/users.ts';

/** One example of a source document. */
interface Example {
  readonly source: string;
  /** Users of v1 that exist besides the one of the path. */
  readonly given?: readonly object[];
  readonly method?: string;
  /** Every path that the document, or the contract, gives the operation. */
  readonly paths?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly request?: string | Fields;
  readonly curl?: string;
  readonly status: number;
  /** The whole answer. */
  readonly response?: Fields;
  /** An answer about another user. */
  readonly sample?: Fields;
  /** The JSON schema of the answer. */
  readonly schema?: object;
}

/** A request as a document prints it, with the real host, id and token. */
interface Printed {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

const fixtures = new URL('../../../packages/schemas/fixtures/', import.meta.url);

const examplesOf = (folder: string): Example[] =>
  readdirSync(new URL(folder, fixtures))
    .filter((file) => file.endsWith('.json'))
    .map((file) => ({
      file,
      ...(JSON.parse(readFileSync(new URL(`${folder}/${file}`, fixtures), 'utf8')) as Example),
    }));

/** How the documents write the id of a user that exists. */
const placeholder = /\{user_id\}|\{id\}|<id>|usr_123abc456def/;
const token = /YOUR_API_KEY|X{8}(?:-X{4}){3}-X{12}/;

const optionWithValue = new Set(['-X', '--request', '-H', '--header', '-d', '--data-raw']);

/** Reads a `curl` command as a shell and curl do. */
function parseCurl(command: string): Printed {
  const words = [...command.replaceAll('\\\n', ' ').matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => (single ?? double ?? bare)!,
  );
  const headers: Record<string, string> = {};
  let [method, path, body] = ['GET', '', undefined as string | undefined];
  for (let index = 1; index < words.length; index++) {
    const word = words[index]!;
    const value = optionWithValue.has(word) ? words[++index]! : '';
    if (word === '-X' || word === '--request') method = value;
    else if (word === '-d' || word === '--data-raw') body = value;
    else if (word === '-H' || word === '--header') {
      const [name = '', text = ''] = value.split(/: (.*)/s);
      headers[name.toLowerCase()] = text.replace(token, keys.write);
    } else if (!word.startsWith('-')) path = word.replace(/^https?:\/\/[^/]+/, '');
  }
  return { method, path, headers, body };
}

function printed({ curl, method = 'PATCH', paths = [], headers, request }: Example): Printed[] {
  if (curl !== undefined) return [parseCurl(curl)];
  return paths.map((path) => ({
    method,
    path,
    headers: { authorization: `Bearer ${keys.write}`, 'content-type': 'application/json', ...headers },
    body: typeof request === 'string' ? request : JSON.stringify(request),
  }));
}

const requestsOf = (folder: string, wanted: (example: Example) => boolean) =>
  examplesOf(folder)
    .filter(wanted)
    .flatMap((example) => printed(example).map((request) => ({ ...example, ...request })));

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());
beforeEach(() => forgetUsers(api));

/** Sends an example to the user that the dialect shows under this id. */
const send = ({ method, path, headers, body }: Printed, shownId: string): Promise<Answer> =>
  api.request(method, path.replace(placeholder, shownId), { key: null, headers, ...(body !== undefined && { body }) });

const shownId = async (tongue: Tongue, id: string) => String(faces[tongue].shown(await read(api, tongue, id))['id']);

const isSuccess = ({ status }: Example) => status === 200;
const isRefusal = ({ status }: Example) => status >= 400 && status < 500;

const refusals = (['v1', 'nerm'] as const).flatMap((tongue) =>
  requestsOf(tongue, isRefusal).map((example) => ({ tongue, ...example })),
);

test('the fixtures hold every example of the three documents', () => {
  const files = ['v1', 'dronahq', 'nerm'].map((folder) => examplesOf(folder).map(({ status }) => status));
  expect(files.map((statuses) => statuses.toSorted())).toEqual([
    [200, 200, 200, 400, 404, 409],
    [200, 200],
    [200, 400, 400, 404, 500],
  ]);
});

describe('REST v1', () => {
  const times = { created_at: expect.stringMatching(time()), updated_at: expect.stringMatching(time()) };

  function time(): RegExp {
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
  }

  test.each(requestsOf('v1', isSuccess))('$file answers as printed ($source)', async (example) => {
    const id = await create(api, 'v1', 'alice', { first_name: 'Alice', role: 'editor' });
    const { body: before } = await read(api, 'v1', id);
    const answer = await send(example, before.id);
    const request = JSON.parse(example.body!) as Fields;
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect(answer.body).toEqual({ ...(example.response ?? { ...before, ...request }), id: before.id, ...times });
    expect(Object.keys(answer.body)).toHaveLength(8);
    expect((await read(api, 'v1', id)).body).toEqual(answer.body);
  });

  test('`read` is not enough: Requires an API key or OAuth 2.0 token with `write` scope', async () => {
    const id = await create(api, 'v1', 'alice');
    const path = faces.v1.user(id);
    const answer = await api.request('PATCH', path, { key: keys.read, body: { first_name: 'Jane' } });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer .*error="insufficient_scope"/);
    expect(answer.body.error).toBe('forbidden');
    expect((await api.request('PATCH', path, { key: keys.write, body: { first_name: 'Jane' } })).status).toBe(200);
  });

  test('Password updates require a separate endpoint for security, which the refusal names', async () => {
    const id = await create(api, 'v1', 'alice');
    const answer = await api.request('PATCH', faces.v1.user(id), { body: { password: 'correct horse' } });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toBe('validation_error');
    expect(answer.body.details.password.join()).toContain('/v1/users/{user_id}/password');
  });
});

describe('DronaHQ', () => {
  test.each(requestsOf('dronahq', isSuccess))('$file answers as printed at $path ($source)', async (example) => {
    const id = await create(api, 'scim', 'alice', { displayName: 'Alice' });
    const answer = await send(example, id);
    const request = JSON.parse(example.body!) as Fields;
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ ...request, id, schemas: example.sample!['schemas'], displayName: 'Alice' });
    for (const key of Object.keys(example.sample!)) expect(answer.body).toHaveProperty(key);
    expect((await read(api, 'scim', id)).body).toMatchObject(request);
  });

  test('a bare user is no PATCH of RFC 7644 3.5.2: /scim/v2 refuses it', async () => {
    const id = await create(api, 'scim', 'alice');
    for (const { body } of requestsOf('dronahq', isSuccess)) {
      const answer = await api.request('PATCH', faces.scim.user(id), { body });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ schemas: [urns.error], status: '400', scimType: 'invalidSyntax' });
    }
  });
});

describe('NERM', () => {
  const ajv = new Ajv2020({ strict: false });
  formats.default(ajv);

  test.each(requestsOf('nerm', isSuccess))('$file answers as documented at $path ($source)', async (example) => {
    const id = await create(api, 'nerm', 'alice');
    const times = { lastLogin: '2023-05-01T09:12:28Z', cookiesAcceptedAt: '2023-05-01T09:12:28Z' };
    await setTimes(api, id, times);
    await operate(api, id, { op: 'add', path: 'preferredLanguage', value: 'en-US' });
    const printedUser = (JSON.parse(example.body!) as { user: Fields }).user;
    const user = { ...printedUser, id };
    const answer = await send({ ...example, body: JSON.stringify({ user }) }, id);
    expect(answer.status).toBe(200);

    expect(ajv.validate(example.schema!, answer.body), ajv.errorsText()).toBe(true);
    const documented = (example.schema as { properties: { user: { properties: Fields } } }).properties.user.properties;
    expect(Object.keys(answer.body.user)).toEqual(expect.arrayContaining(Object.keys(documented)));
    const { profile_id: _profile, admin: _admin, ...shown } = user as Fields;
    expect(answer.body.user).toEqual({
      ...shown,
      uid: id.replaceAll('-', ''),
      last_login: '2023-05-01T09:12:28Z',
      cookies_accepted_at: '2023-05-01T09:12:28Z',
      preferred_language: 'en-US',
      locale: null,
      sailpoint_identity_id: null,
    });
    expect((await read(api, 'nerm', id)).body).toEqual(answer.body);
    expect((await read(api, 'scim', id)).body[urns.lifecycle].profileId).toBe(printedUser['profile_id']);
  });

  test.each(requestsOf('nerm', ({ status }) => status === 500))(
    '$file as printed at $path ($source)',
    async (example) => {
      const id = await create(api, 'nerm', 'alice');
      await api.query('ALTER TABLE users RENAME COLUMN title TO lost');
      onTestFinished(async () => void (await api.query('ALTER TABLE users RENAME COLUMN lost TO title')));
      const answer = await send(example, id);
      expect(answer.status).toBe(500);
      expect(answer.body).toEqual(example.response);
    },
  );
});

describe('refusals', () => {
  test.each(refusals)(
    '$tongue $file answers as printed at $path ($source)',
    async ({ tongue, given = [], ...example }) => {
      const id = await create(api, 'v1', 'alice');
      for (const body of given) expect((await api.request('POST', '/v1/users', { body })).status).toBe(201);
      const before = (await read(api, tongue, id)).text;
      const answer = await send(example, await shownId(tongue, id));
      expect(answer.status).toBe(example.status);
      expect(answer.body).toEqual(example.response);
      expect((await read(api, tongue, id)).text).toBe(before);
    },
  );
});
