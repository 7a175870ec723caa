import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { type ErrorCode, errorStatus } from '@stele/schemas/canonical';
import { acceptField, mediaTypesOf } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { encodeUserId } from '@stele/schemas/v1';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hashApiKey } from '../src/auth/api-key.ts';
import { issueKey } from './support/api-keys.ts';
import { type Answer, type Ask, keys, startApp, type TestApp, storedHash } from './support/app.ts';
import { callOf, everyOperation, type Things } from './support/calls.ts';
import { create, faces, kept, read, type Tongue, tongues, urns } from './support/users.ts';

const KEY_WITHOUT_SCOPE = 'test-key-of-alices-tenant-without-any';
const MAX_BODY = 1_048_576;

let api: TestApp;
let ids: Record<'alice' | 'bob' | 'mallory', string>;
let strictKey: string;

beforeAll(async () => {
  api = await startApp();
  await api.query(
    'INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes) SELECT $1, tenant_id, $2, $3, $4 FROM api_keys WHERE key_hash = $5',
    [uuidv7(), 'without scope', storedHash(KEY_WITHOUT_SCOPE), [], storedHash(keys.read)],
  );
  const foreign = await api.request('POST', '/scim/v2/Users', {
    key: keys.foreign,
    body: { schemas: [urns.user], userName: 'mallory' },
  });
  strictKey = (await issueKey(api, { profile: 'strict' })).key;
  ids = {
    alice: await create(api, 'scim', 'alice', { externalId: 'hr-1', title: 'Surveyor', name: { givenName: 'Alice' } }),
    bob: await create(api, 'scim', 'bob', { externalId: 'hr-2' }),
    mallory: foreign.body.id,
  };
});
afterAll(() => api.stop());

/** An operation that writes, and bodies for it. */
interface Writing {
  readonly tongue: Tongue;
  readonly operation: 'create' | 'update';
  readonly method: 'POST' | 'PATCH';
  readonly path: () => string;
  /** The text of a body that is right but for these members. */
  readonly text: (members: string) => string;
  /** The name of a field that holds text. */
  readonly field: string;
}

const textOf: Readonly<Record<Tongue, Readonly<Record<Writing['operation'], (members: string) => string>>>> = {
  v1: {
    create: (members) =>
      `{"username":"carol","email":"carol@example.com","password":"correct horse battery staple",${members}}`,
    update: (members) => `{${members}}`,
  },
  scim: {
    create: (members) => `{"schemas":["${urns.user}"],"userName":"carol",${members}}`,
    update: (members) => `{"schemas":["${urns.patchOp}"],"Operations":[{"op":"replace","value":{${members}}}]}`,
  },
  nerm: {
    create: (members) =>
      `{"user":{"login":"carol","name":"Carol","email":"carol@example.com","type":"NeprofileUser",${members}}}`,
    update: (members) => `{"user":{${members}}}`,
  },
};

const textField: Readonly<Record<Tongue, string>> = { v1: 'first_name', scim: 'title', nerm: 'title' };
const nameField: Readonly<Record<Tongue, string>> = { v1: 'username', scim: 'userName', nerm: 'login' };

const writings: readonly Writing[] = tongues.flatMap((tongue) => [
  {
    tongue,
    operation: 'create' as const,
    method: 'POST' as const,
    path: () => faces[tongue].users,
    text: textOf[tongue].create,
    field: textField[tongue],
  },
  {
    tongue,
    operation: 'update' as const,
    method: 'PATCH' as const,
    path: () => faces[tongue].user(ids.alice),
    text: textOf[tongue].update,
    field: textField[tongue],
  },
]);

/** What v1 alone has. */
const v1Operations = (
  [
    ['delete', 'DELETE', '/ID', 'write', undefined],
    ['list', 'GET', '', 'read', undefined],
    ['batch', 'POST', '/batch', 'write', '{"operations":[{"op":"create","data":{}}]}'],
    ['set password', 'PUT', '/ID/password', 'write', '{"password":"correct horse battery staple"}'],
    ['verify e-mail', 'POST', '/ID/email-verification', 'write', '{"token":"none"}'],
    ['resend verification', 'POST', '/ID/email-verification/resend', 'write', undefined],
    ['history', 'GET', '/ID/history', 'read', undefined],
  ] as const
).map(([operation, method, path, scope, body]) => ({
  tongue: 'v1' as const,
  operation,
  method,
  scope,
  path: () => `/v1/users${path.replace('ID', encodeUserId(ids.alice))}`,
  body,
}));

/** Every operation on one user or on all of them. */
const operations = [
  ...writings.map(({ text, field, ...writing }) => ({ ...writing, scope: 'write', body: text(`"${field}":"ok"`) })),
  ...tongues.map((tongue) => ({
    tongue,
    operation: 'read',
    method: 'GET',
    scope: 'read',
    path: () => faces[tongue].user(ids.alice),
    body: undefined,
  })),
  ...v1Operations,
];

const dialectOf = (tongue: Tongue) => dialects.find(({ name }) => name === tongue)!;

const scimTypes: Partial<Record<ErrorCode, string>> = { malformed_body: 'invalidSyntax', conflict: 'uniqueness' };

/** Holds an answer against what the dialect says for a code: its status, its shape, the headers of every answer. */
function expectRefusal(tongue: Tongue, code: ErrorCode, { status, headers, body, text }: Answer): void {
  expect(status, text).toBe(errorStatus[code]);
  const { error, mediaTypes } = dialectOf(tongue);
  expect(error.safeParse(body).error, text).toBeUndefined();
  if (tongue === 'v1') expect(body.error).toBe(code);
  if (tongue === 'scim') {
    expect(body).toMatchObject({ schemas: [urns.error], status: String(status) });
    if (scimTypes[code]) expect(body.scimType).toBe(scimTypes[code]);
  }
  expect(headers.get('content-type')).toContain(mediaTypes[0]);
  expect(headers.get('x-request-id')).toMatch(/./);
}

/** Sends what is to be refused: it is, in the right words, and nothing has moved. */
async function refused(tongue: Tongue, code: ErrorCode, send: () => Promise<Answer>): Promise<Answer> {
  const before = await kept(api);
  const answer = await send();
  expectRefusal(tongue, code, answer);
  expect(await kept(api)).toEqual(before);
  return answer;
}

async function refuses(...refusal: Parameters<typeof refused>): Promise<void> {
  await refused(...refusal);
}

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Sends bytes as they are on a connection of their own, part after part, and reads the answer. */
function sendRaw(...parts: readonly (string | Buffer)[]): Promise<Answer> {
  const { port, hostname } = new URL(api.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname).setEncoding('utf8').setNoDelay(true);
    socket.on('data', (piece) => {
      text += piece;
      const answer = parseAnswer(text);
      if (!answer) return;
      resolve(answer);
      socket.destroy();
    });
    // A server that has refused may reset the connection while we still send.
    socket.on('error', () => undefined);
    socket.on('close', () => reject(new Error(`This is no answer: ${JSON.stringify(text)}`)));
    void (async () => {
      for (const part of parts) {
        if (!socket.destroyed) socket.write(part);
        await new Promise((next) => setTimeout(next, 5));
      }
    })();
  });
}

/** An answer, once all of it is there. */
function parseAnswer(received: string): Answer | undefined {
  const [, status, fields, text = ''] = /^HTTP\/1\.1 (\d{3})[^\r]*\r\n(.*?)\r\n\r\n(.*)$/s.exec(received) ?? [];
  if (fields === undefined) return undefined;
  const headers = new Headers(
    fields.split('\r\n').map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]),
  );
  if (Buffer.byteLength(text) < Number(headers.get('content-length'))) return undefined;
  return { status: Number(status), headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

const head = (method: string, path: string, headers: Readonly<Record<string, string | number>> = {}): string => {
  const fields = { host: 'stele.example', authorization: `Bearer ${keys.write}`, ...headers };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
};

const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

/** Bodies that are not JSON of one meaning. */
const malformed: Readonly<Record<string, (writing: Writing) => string | Buffer>> = {
  'JSON that breaks off': ({ text, field }) => text(`"${field}":"x"`).slice(0, -1),
  'a comma too many': ({ text, field }) => text(`"${field}":"x",`),
  'something after the end': ({ text, field }) => `${text(`"${field}":"x"`)}}`,
  'a comment': ({ text, field }) => text(`"${field}":"x" /* why not */`),
  'single quotes': ({ text, field }) => text(`'${field}':'x'`),
  NaN: ({ text, field }) => text(`"${field}":NaN`),
  'a form': ({ field }) => `${field}=x`,
  'an empty body': () => '',
  'a blank body': () => ' \r\n',
  'one name twice': ({ text, field }) => text(`"${field}":"x","${field}":"y"`),
  'one name twice, once in escapes': ({ text, field }) =>
    text(`"${field}":"x","\\u00${field.charCodeAt(0).toString(16)}${field.slice(1)}":"y"`),
  'one name twice, far below': ({ text, field }) => text(`"${field}":[{"a":[{"b":1,"b":1}]}]`),
  'a stray byte 0xFF': ({ text, field }) => bytes(text(`"${field}":"x\u00ff"`)),
  'an overlong encoding': ({ text, field }) => bytes(text(`"${field}":"\u00c0\u00af"`)),
  'an encoded surrogate': ({ text, field }) => bytes(text(`"${field}":"\u00ed\u00a0\u0080"`)),
  'a character cut in two': ({ text, field }) => bytes(text(`"${field}":"\u00e2\u0082"`)),
  'UTF-16': ({ text, field }) => Buffer.from(`\ufeff${text(`"${field}":"x"`)}`, 'utf16le'),
  'U+0000 in a value': ({ text, field }) => text(`"${field}":"a\\u0000b"`),
  'U+0000 in a name': ({ text }) => text('"a\\u0000b":"x"'),
  'the first half of a surrogate pair': ({ text, field }) => text(`"${field}":"a\\ud83db"`),
  'the second half of a surrogate pair': ({ text, field }) => text(`"${field}":"\\udd25"`),
  'a surrogate pair the wrong way round': ({ text, field }) => text(`"${field}":"\\udd25\\ud83d"`),
  'half a surrogate pair in a name': ({ text }) => text('"a\\ud83d":"x"'),
  'a member __proto__': ({ text }) => text('"__proto__":{"role":"admin"}'),
  'a member __proto__ in escapes': ({ text }) => text('"\\u005f_proto__":{"role":"admin"}'),
  'a member __proto__ far below': ({ text, field }) => text(`"${field}":[{"a":{"__proto__":null}}]`),
  '1e400': ({ text, field }) => text(`"${field}":1e400`),
  '-1e400 far below': ({ text, field }) => text(`"${field}":[[-1e400]]`),
  'nesting of 33': ({ text, field }) => text(`"${field}":${deep(33)}`),
  'nesting of 100000': ({ text, field }) => text(`"${field}":${deep(100_000)}`),
};

/** JSON that is not what the operation takes. */
const invalid: Readonly<Record<string, (writing: Writing) => string>> = {
  'an array': () => '[]',
  'an array with a right body': ({ text, field }) => `[${text(`"${field}":"x"`)}]`,
  'a string': () => '"carol"',
  null: () => 'null',
  'a number': () => '42',
  true: () => 'true',
  'an unknown field': ({ text }) => text('"shoe_size":43'),
  'an unknown field with null': ({ text }) => text('"shoe_size":null'),
  'a field called constructor': ({ text }) => text('"constructor":{"prototype":{"admin":true}}'),
  'a field called toString': ({ text }) => text('"toString":"x"'),
  'a number for text': ({ text, field }) => text(`"${field}":42`),
  'a boolean for text': ({ text, field }) => text(`"${field}":true`),
  'an object for text': ({ text, field }) => text(`"${field}":{"value":"x"}`),
  'a list for text': ({ text, field }) => text(`"${field}":["x"]`),
  'text that is too long': ({ text, field }) => text(`"${field}":"${'x'.repeat(4097)}"`),
};

describe.each(writings)('$tongue $operation', (writing) => {
  const { tongue, method, path, text, field } = writing;
  // What the SCIM profile `default` accepts besides the RFC is tested with its switches.
  const send = (body: unknown, ask?: Ask) =>
    api.request(method, path(), { body, ...(tongue === 'scim' && { key: strictKey }), ...ask });

  test.each(Object.keys(malformed))('refuses %s as malformed', async (fault) => {
    const answer = await refused(tongue, 'malformed_body', () => send(malformed[fault]!(writing)));
    if (tongue === 'nerm') {
      // NERM Lifecycle API, 400, first form.
      expect(answer.body).toEqual({ error: 'Invalid JSON syntax. Please check your syntax and try again.' });
    }
  });

  test.each(Object.keys(invalid))('refuses %s', (fault) =>
    refuses(tongue, 'validation_error', () => send(invalid[fault]!(writing))),
  );

  const email = (value: string) =>
    tongue === 'scim' ? `"emails":[{"value":${JSON.stringify(value)}}]` : `"email":${JSON.stringify(value)}`;
  // v1 and NERM have one member `email`, which a create has already: it is written once only.
  const withEmail = (value: string) =>
    tongue === 'scim' || writing.operation === 'update'
      ? text(email(value))
      : text(`"${field}":"x"`).replace('"email":"carol@example.com"', email(value));

  // SCIM stores e-mail values as they are sent.
  const addresses = [
    ...['alice', 'alice@', '@example.com', 'alice@@example.com', 'al ice@example.com', 'alice@example..com'],
    ...['alice@example.com\n', 'Alice <alice@example.com>', `${'a'.repeat(65)}@example.com`, 'a@.com', ' '],
  ];
  test.each([...(tongue === 'scim' ? [] : addresses), `a@${'b'.repeat(320)}.com`])(
    'refuses the e-mail %j',
    async (value) => {
      const { body } = await refused(tongue, 'validation_error', () => send(withEmail(value)));
      if (tongue === 'v1') expect(Object.keys(body.details)).toEqual(['email']);
      if (tongue === 'nerm') expect(Object.keys(body.errors)).toEqual(['email']);
      if (tongue === 'scim') expect(body.scimType).toBe('invalidValue');
    },
  );

  const withName = (name: unknown) => {
    const member = `"${nameField[tongue]}":${JSON.stringify(name)}`;
    return writing.operation === 'update'
      ? text(member)
      : text(`"${field}":"x"`).replace(`"${nameField[tongue]}":"carol"`, member);
  };

  test.each([
    '',
    '  ',
    '\u3000',
    'x'.repeat(256),
    'ﷺ'.repeat(40),
    '𝐛𝐨𝐛',
    'ⓑob',
    ' bob',
    'bo\tb',
    '\u202Ebob',
    42,
    null,
    ['carol'],
  ])('refuses the user name %j', (name) => refuses(tongue, 'validation_error', () => send(withName(name))));

  // The directory compares NFKC, then lower case: `ｂ` is U+FF42.
  test.each(['bob', 'BOB', 'ｂｏｂ', 'Ｂｏｂ'])('refuses the taken name %s', async (name) => {
    const { body } = await refused(tongue, 'conflict', () => send(withName(name)));
    if (tongue === 'v1') expect(body).toEqual({ error: 'conflict', message: 'Username already taken' });
    if (tongue === 'nerm') expect(Object.keys(body.errors)).toEqual(['login']);
  });

  test.each([
    ...['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'],
    ...['application/json-patch+json', 'application/jsonp', 'json', '*/*', 'application/json, text/plain'],
    ...['application/json; charset=iso-8859-1', 'application/json;charset=utf-16', 'application/json; charset=""'],
    ...(tongue === 'scim' ? [] : ['application/scim+json']),
    ...(tongue === 'v1' && writing.operation === 'update' ? [] : ['application/merge-patch+json']),
  ])('refuses the media type %j', (type) =>
    refuses(tongue, 'unsupported_media_type', () => send(text(`"${field}":"x"`), { type })),
  );

  // RFC 9110 15.5.16: the status is for "its indicated Content-Type or Content-Encoding" too.
  test.each(['gzip', 'br', 'identity, gzip'])('refuses the content coding %s', async (coding) => {
    const headers = { 'content-encoding': coding };
    const body = text(`"${field}":"x"`);
    await refused(tongue, 'unsupported_media_type', () => send(body, { headers }));
    await refused(tongue, 'unsupported_media_type', () => send(gzipSync(body), { headers }));
  });

  const raw = (headers: Readonly<Record<string, string | number>>, ...body: (string | Buffer)[]) =>
    sendRaw(head(method, path(), headers), ...body);

  test('refuses a body without a media type', () => {
    const body = text(`"${field}":"x"`);
    return refuses(tongue, 'unsupported_media_type', () => raw({ 'content-length': body.length }, body));
  });

  test('refuses a request without a body', () =>
    refuses(tongue, 'malformed_body', () => raw({ 'content-type': 'application/json' })));

  const json = { 'content-type': 'application/json' };

  test('refuses a Content-Length over 1 MiB before the body arrives', () =>
    refuses(tongue, 'payload_too_large', () => raw({ ...json, 'content-length': MAX_BODY + 1 }, '{')));

  test('refuses a body that is over 1 MiB', () => {
    const body = text(`"${field}":"x"`).padEnd(MAX_BODY + 1);
    return refuses(tongue, 'payload_too_large', () => raw({ ...json, 'content-length': body.length }, body));
  });

  test('refuses a body that grows over 1 MiB in chunks', () => {
    const chunk = `10000\r\n${' '.repeat(65_536)}\r\n`;
    const chunks = Array.from({ length: 17 }, () => chunk);
    return refuses(tongue, 'payload_too_large', () =>
      raw({ ...json, 'transfer-encoding': 'chunked' }, ...chunks, '0\r\n\r\n'),
    );
  });

  test('refuses chunks that are none', () =>
    refuses(tongue, 'bad_request', () => raw({ ...json, 'transfer-encoding': 'chunked' }, 'xyz\r\n')));
});

describe('only what is wrong is refused', () => {
  test.each(
    writings.flatMap((writing) =>
      [
        ...dialectOf(writing.tongue).mediaTypes,
        ...(writing.tongue === 'v1' && writing.operation === 'update' ? ['application/merge-patch+json'] : []),
        ...['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'],
      ].map((type) => ({ ...writing, type })),
    ),
  )('$tongue $operation takes $type', async ({ method, path, text, field, type, ...writing }) => {
    const body = text(`"${field}":"👍"`).replaceAll('carol', `carol-${writing.tongue}-${type.length}`);
    const answer = await api.request(method, path(), { body, type });
    expect(answer.status, answer.text).toBeLessThan(300);
  });

  test.each(writings)('$tongue $operation takes a body of 1 MiB', async ({ tongue, method, path, text, field }) => {
    const body = text(`"${field}":"ok"`).replaceAll('carol', `carol-${tongue}-big`).padEnd(MAX_BODY);
    expect((await api.request(method, path(), { body })).status).toBeLessThan(300);
  });

  test.each(tongues)('one may have one’s own name in another form (%s)', async (tongue) => {
    const update = writings.find((each) => each.tongue === tongue && each.operation === 'update')!;
    for (const name of ['ALICE', 'ａｌｉｃｅ', 'alice']) {
      const answer = await api.request('PATCH', update.path(), {
        body: update.text(`"${nameField[tongue]}":"${name}"`),
      });
      expect(answer.status).toBe(200);
    }
  });

  test('the scheme of Authorization is written in any case (RFC 9110 11.1)', async () => {
    for (const tongue of tongues) {
      const headers = { authorization: `bEARER ${keys.read}` };
      expect((await read(api, tongue, ids.alice, { key: null, headers })).status).toBe(200);
    }
  });
});

describe('required fields', () => {
  const required: Readonly<Record<Tongue, readonly string[]>> = {
    v1: ['username', 'email', 'password'],
    scim: ['userName'],
    nerm: ['login', 'name', 'email'],
  };

  test.each(tongues.flatMap((tongue) => required[tongue].map((field) => ({ tongue, field }))))(
    '$tongue create without $field',
    async ({ tongue, field }) => {
      const draft = JSON.parse(textOf[tongue].create(`"${textField[tongue]}":"x"`));
      delete (tongue === 'nerm' ? draft.user : draft)[field];
      const { body } = await refused(tongue, 'validation_error', () =>
        api.request('POST', faces[tongue].users, { body: draft }),
      );
      if (tongue === 'v1') expect(Object.keys(body.details)).toEqual([field]);
      if (tongue === 'nerm') expect(body.errors).toEqual({ [field]: "can't be blank" });
    },
  );

  test('NERM wants a password unless the type is NeprofileUser', async () => {
    const body = textOf.nerm.create('"title":"x"').replace('NeprofileUser', 'NeaccessUser');
    const answer = await refused('nerm', 'validation_error', () => api.request('POST', '/user', { body }));
    expect(answer.body.errors).toEqual({ password: "can't be blank" });
  });
});

describe('fields with a rule of their own', () => {
  test.each<[tongue: Tongue, method: string, members: string]>([
    ['v1', 'POST', '"role":" "'],
    ['v1', 'PATCH', '"role":""'],
    ['v1', 'PATCH', '"id":"usr_01h455vb4pex5vsknk084sn02q"'],
    ['v1', 'PATCH', '"created_at":"2023-01-01T12:00:00Z"'],
    ['v1', 'PATCH', '"password":"correct horse battery staple"'],
    ['scim', 'POST', '"password":"short"'],
    ['scim', 'POST', '"active":"maybe"'],
    ['scim', 'POST', '"name":"Carol"'],
    ['scim', 'POST', '"addresses":"Strandgata 5"'],
    ['scim', 'POST', '"roles":[{"value":"a","primary":true},{"value":"b","primary":true}]'],
    ['scim', 'PATCH', `"${urns.lifecycle}":{"lastLogin":"2023-05-01T09:12:28Z"}`],
    ['scim', 'PATCH', `"${urns.lifecycle}":{"cookiesAcceptedAt":"2023-05-01T09:12:28Z"}`],
    ['scim', 'POST', `"${urns.lifecycle}":{"type":"Robot"}`],
    ['scim', 'POST', `"${urns.lifecycle}":{"groupStrings":["one,two"]}`],
    ['scim', 'PATCH', '"id":"01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55"'],
    ['scim', 'PATCH', '"groups":[{"value":"01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55"}]'],
    ['nerm', 'POST', '"password":"short"'],
    ['nerm', 'PATCH', '"id":"01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55"'],
    ['nerm', 'PATCH', '"uid":"01979f2e3b7c7d109f6a6f3f2a9d1c55"'],
    ['nerm', 'PATCH', '"password":"correct horse battery staple"'],
    ['nerm', 'PATCH', '"type":"Robot"'],
    ['nerm', 'PATCH', '"status":"active"'],
    ['nerm', 'PATCH', '"admin":"true"'],
    ['nerm', 'PATCH', '"profile_id":"none"'],
    ['nerm', 'PATCH', '"name":" "'],
  ])('%s %s with %s', (tongue, method, members) => {
    const { path, text } = writings.find((each) => each.tongue === tongue && each.method === method)!;
    return refuses(tongue, 'validation_error', () => api.request(method, path(), { body: text(members) }));
  });

  test.each([
    ['an unknown field', '{"password":"correct horse battery staple","hint":"staple"}'],
    ['a short password', '{"password":"short"}'],
    ['no password', '{}'],
    ['null', '{"password":null}'],
  ])('v1 setPassword with %s', (_, body) =>
    refuses('v1', 'validation_error', () => api.request('PUT', `${faces.v1.user(ids.alice)}/password`, { body })),
  );
});

describe('identifiers', () => {
  const bodyOf = (tongue: Tongue) => textOf[tongue].update(`"${textField[tongue]}":"x"`);

  const onOne = tongues.flatMap((tongue) => [
    { tongue, method: 'GET', suffix: '', ask: () => ({}) },
    { tongue, method: 'PATCH', suffix: '', ask: () => ({ body: bodyOf(tongue) }) },
    ...(tongue === 'v1'
      ? [
          { tongue, method: 'PUT', suffix: '/password', ask: () => ({ body: { password: 'correct horse' } }) },
          { tongue, method: 'POST', suffix: '/email-verification', ask: () => ({ body: { token: 'none' } }) },
          { tongue, method: 'POST', suffix: '/email-verification/resend', ask: () => ({}) },
          { tongue, method: 'GET', suffix: '/history', ask: () => ({}) },
          { tongue, method: 'DELETE', suffix: '', ask: () => ({}) },
        ]
      : []),
  ]);

  test.each(onOne)("$tongue $method $suffix: a foreign tenant's id answers as an unknown one", async (on) => {
    const send = (id: string) =>
      api.request(on.method, faces[on.tongue].user(id) + on.suffix, {
        ...on.ask(),
        headers: { 'x-request-id': 'the-same' },
      });
    const unknown = await refused(on.tongue, 'not_found', () => send(uuidv7()));
    const foreign = await refused(on.tongue, 'not_found', () => send(ids.mallory));
    expect(foreign.text).toBe(unknown.text);
    // Of two requests the second has one less left, whatever they ask for.
    const headersOf = ({ headers }: Answer) => [...headers].filter(([name]) => !['date', 'ratelimit'].includes(name));
    expect(headersOf(foreign)).toEqual(headersOf(unknown));
    const own = await api.request('GET', faces[on.tongue].user(ids.mallory), { key: keys.foreign });
    expect(own.status).toBe(200);
  });

  /** Spellings that name nobody in a dialect, of the user who is there. */
  const shapes: Readonly<Record<string, (id: string, tongue: Tongue) => string>> = {
    "v1's spelling": encodeUserId,
    'the UUID': (id) => id,
    'the 32 digits': (id) => id.replaceAll('-', ''),
    'upper case': (id, tongue) => (tongue === 'v1' ? encodeUserId(id) : id).toUpperCase(),
    'v1 without its prefix': (id) => encodeUserId(id).slice(4),
    'v1 with another prefix': (id) => encodeUserId(id).replace('usr_', 'user_'),
    'v1 above 128 bits': (id) => encodeUserId(id).replace('usr_0', 'usr_8'),
    'a digit too many': (id, tongue) => `${tongue === 'v1' ? encodeUserId(id) : id}0`,
    'a digit too few': (id, tongue) => (tongue === 'v1' ? encodeUserId(id) : id).slice(0, -1),
    braces: (id) => `%7B${id}%7D`,
    'a URN': (id) => `urn:uuid:${id}`,
    'a blank before it': (id, tongue) => `%20${tongue === 'v1' ? encodeUserId(id) : id}`,
    'a line feed after it': (id, tongue) => `${tongue === 'v1' ? encodeUserId(id) : id}%0A`,
    'U+0000 after it': (id, tongue) => `${tongue === 'v1' ? encodeUserId(id) : id}%00`,
    'a blank': () => '%20',
    'two quotes': () => '%22%22',
    'a number': () => '1',
    undefined: () => 'undefined',
    'an asterisk': () => '*',
    'a path': () => '..%2F..%2Fetc%2Fpasswd',
    SQL: () => "1'%20OR%20'1'='1",
    'an emoji': () => '%F0%9F%91%8D',
    '300 characters': () => 'a'.repeat(300),
    '12000 characters': () => 'a'.repeat(12_000),
  };
  const found: Readonly<Record<Tongue, readonly string[]>> = {
    v1: ["v1's spelling"],
    scim: ['the UUID', 'upper case'],
    nerm: ['the UUID', 'upper case'],
  };

  test.each(
    onOne.flatMap((on) =>
      Object.keys(shapes)
        .filter((shape) => !found[on.tongue].includes(shape))
        .map((shape) => ({ ...on, shape })),
    ),
  )('$tongue $method $suffix: $shape is not found', ({ tongue, method, suffix, ask, shape }) => {
    const base = faces[tongue].user(ids.alice).replace(/[^/]+$/, '');
    return refuses(tongue, 'not_found', () =>
      api.request(method, base + shapes[shape]!(ids.alice, tongue) + suffix, ask()),
    );
  });
});

describe('credentials', () => {
  const wrong: Readonly<Record<string, string | undefined>> = {
    'no header': undefined,
    'an empty one': '',
    'a scheme without a key': 'Bearer',
    'another key': 'Bearer test-key-that-nobody-ever-was-given',
    'a key cut short': `Bearer ${keys.admin.slice(0, -1)}`,
    'a key in another case': `Bearer ${keys.admin.toUpperCase()}`,
    'a key without a scheme': keys.admin,
    'another scheme': `Basic ${Buffer.from(`admin:${keys.admin}`).toString('base64')}`,
    'another scheme with the key': `Token ${keys.admin}`,
    'two keys': `Bearer ${keys.admin} ${keys.admin}`,
    'two keys with a comma': `Bearer ${keys.admin}, Bearer ${keys.admin}`,
    'a key of 8000 characters': `Bearer ${'k'.repeat(8000)}`,
    "a key's hash": `Bearer ${hashApiKey(keys.admin)}`,
  };

  test.each(operations.flatMap((operation) => Object.keys(wrong).map((fault) => ({ ...operation, fault }))))(
    '$tongue $operation with $fault',
    async ({ tongue, method, path, body, fault }) => {
      const authorization = wrong[fault];
      const ask = { key: null, headers: authorization === undefined ? {} : { authorization } };
      const answer = await refused(tongue, 'unauthorized', () =>
        api.request(method, path(), { ...ask, ...(body !== undefined && { body }) }),
      );
      // RFC 9110 15.5.2: "The server generating a 401 response MUST send a WWW-Authenticate header field".
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );

  test.each(operations)(
    '$tongue $operation without the scope $scope',
    async ({ tongue, method, path, body, scope }) => {
      const key = scope === 'read' ? KEY_WITHOUT_SCOPE : keys.read;
      const answer = await refused(tongue, 'forbidden', () =>
        api.request(method, path(), { key, ...(body !== undefined && { body }) }),
      );
      // RFC 6750 3.1.
      const challenge = answer.headers.get('www-authenticate');
      expect(challenge).toMatch(/^Bearer /);
      expect(challenge).toContain('error="insufficient_scope"');
      expect(challenge).toContain(`scope="${scope}"`);
    },
  );

  test.each(writings)('$tongue $operation looks at the key before the body', async ({ tongue, method, path }) => {
    await refused(tongue, 'unauthorized', () => api.request(method, path(), { key: null, body: '{broken' }));
    await refused(tongue, 'unauthorized', () =>
      sendRaw(
        head(method, path(), { authorization: 'Bearer x', 'content-type': 'text/plain', 'content-length': 2e9 }),
        '{',
      ),
    );
  });

  test.each(tongues)('%s: an unknown user is no news to whoever has no key', (tongue) =>
    refuses(tongue, 'unauthorized', () => api.request('GET', faces[tongue].user(uuidv7()), { key: null })),
  );
});

describe('methods and paths', () => {
  const places = tongues.flatMap((tongue) => [
    {
      tongue,
      place: 'one user',
      path: () => faces[tongue].user(ids.alice),
      has: {
        v1: ['GET', 'PATCH', 'DELETE'],
        scim: ['GET', 'PUT', 'PATCH', 'DELETE'],
        nerm: ['GET', 'PATCH', 'DELETE'],
      }[tongue],
    },
    {
      tongue,
      place: 'users',
      path: () => faces[tongue].users,
      has: tongue === 'nerm' ? ['POST'] : ['GET', 'POST'],
    },
    ...(tongue === 'v1'
      ? [
          { tongue, place: 'a password', path: () => `${faces.v1.user(ids.alice)}/password`, has: ['PUT'] },
          { tongue, place: 'a history', path: () => `${faces.v1.user(ids.alice)}/history`, has: ['GET'] },
          {
            tongue,
            place: 'a verification',
            path: () => `${faces.v1.user(ids.alice)}/email-verification`,
            has: ['POST'],
          },
        ]
      : []),
  ]);
  const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PURGE', 'PROPFIND', 'LOCK', 'QUERY'];

  test.each(
    places.flatMap((place) =>
      methods.filter((method) => !place.has.includes(method)).map((method) => ({ ...place, method })),
    ),
  )('$tongue: $place has no $method', async ({ tongue, path, has, method }) => {
    const answer = await refused(tongue, 'method_not_allowed', () => sendRaw(head(method, path())));
    // RFC 9110 15.5.6: "The origin server MUST generate an Allow header field".
    const allow = answer.headers.get('allow')?.split(', ');
    expect(allow?.toSorted()).toEqual([...has, ...(has.includes('GET') ? ['HEAD'] : [])].toSorted());
  });

  test.each(places)('$tongue: $place and a method that HTTP does not know', async ({ tongue, path }) => {
    const before = await kept(api);
    const answer = await sendRaw(head('BREW', path()));
    expect([400, 405]).toContain(answer.status);
    expectRefusal(tongue, answer.status === 405 ? 'method_not_allowed' : 'bad_request', answer);
    expect(await kept(api)).toEqual(before);
  });

  const unknown: Readonly<Record<Tongue, readonly string[]>> = {
    v1: ['/v1', '/v1/', '/v1/nothing', '/v1/users/x/y/z', '/v1/Users', '/v1/user', '/v1?x=1'],
    scim: ['/scim/v2', '/api/scim/v2', '/sso/scim/v2'].flatMap((mount) =>
      ['/Nothing', '/users', '/Users/x/y', '/Nothing//x'].map((path) => mount + path),
    ),
    nerm: [
      '/nothing',
      '/users/x/y',
      '/api',
      '/api/nothing',
      '/api/v1/users/x/y',
      '/v2/users',
      '/v1x',
      '/scim/v1/Users',
    ],
  };

  test.each(
    tongues.flatMap((tongue) =>
      unknown[tongue].flatMap((path) => ['GET', 'PATCH'].map((method) => ({ tongue, path, method }))),
    ),
  )('$tongue: there is no $method $path', ({ tongue, path, method }) =>
    refuses(tongue, 'route_not_found', () => sendRaw(head(method, path))),
  );

  const base = (tongue: Tongue) => faces[tongue].user(ids.alice).replace(/[^/]+$/, '');

  test.each(
    tongues.flatMap((tongue) =>
      ['GET', 'PATCH'].flatMap((method) => ['%zz', '%', '%E0%A4%A', '%ff%fe'].map((id) => ({ tongue, method, id }))),
    ),
  )('$tongue $method: $id is no percent-encoding', ({ tongue, method, id }) =>
    refuses(tongue, 'bad_request', () => sendRaw(head(method, base(tongue) + id))),
  );

  test.each(tongues)('%s: a URL that is too long', (tongue) =>
    refuses(tongue, 'uri_too_long', () => sendRaw(head('GET', base(tongue) + 'a'.repeat(20_000)))),
  );

  test.each(tongues)('%s: headers that are too large', (tongue) =>
    refuses(tongue, 'headers_too_large', () =>
      sendRaw(head('PATCH', faces[tongue].user(ids.alice), { 'x-padding': 'a'.repeat(20_000) })),
    ),
  );

  // Node hands over the last packet alone: with the URL in an earlier one, the dialect is the first.
  test.each(tongues)('%s: headers that are too large and arrive in pieces', (tongue) => {
    const request = head('PATCH', faces[tongue].user(ids.alice), { 'x-padding': 'a'.repeat(20_000) });
    const pieces = request.match(/.{1,4000}/gs)!;
    return refuses('v1', 'headers_too_large', () => sendRaw(...pieces));
  });

  test.each(tongues)('%s: a header that is none', (tongue) =>
    refuses(tongue, 'bad_request', () =>
      sendRaw(`GET ${faces[tongue].user(ids.alice)} HTTP/1.1\r\nhost: stele.example\r\nno header\r\n\r\n`),
    ),
  );
});

describe('what Node would reject itself', () => {
  const paths: Readonly<Record<Tongue, readonly string[]>> = {
    v1: ['/v1/users', '/v1/nothing'],
    scim: ['/scim/v2/Users', '/api/scim/v2/Groups', '/sso/scim/v2/Nothing'],
    nerm: ['/users', '/api/users', '/nothing'],
  };
  const everyPath = tongues.flatMap((tongue) => paths[tongue].map((path) => ({ tongue, path })));

  test.each(everyPath)('$path without Host (RFC 9112 3.2)', ({ tongue, path }) =>
    refuses(tongue, 'bad_request', () => sendRaw(`GET ${path} HTTP/1.1\r\nauthorization: Bearer ${keys.read}\r\n\r\n`)),
  );

  test.each(everyPath)('$path with an expectation (RFC 9110 10.1.1)', async ({ tongue, path }) => {
    const fields = { expect: '200-ok', 'x-request-id': 'mine', 'content-length': 9 };
    const { headers } = await refused(tongue, 'expectation_failed', () => sendRaw(head('POST', path, fields)));
    expect([headers.get('x-request-id'), headers.get('connection')]).toEqual(['mine', 'close']);
  });

  test.each(everyPath)('CONNECT $path', async ({ tongue, path }) => {
    const code = path.toLowerCase().endsWith('nothing') ? 'route_not_found' : 'method_not_allowed';
    await refuses(tongue, code, () => sendRaw(head('CONNECT', path)));
  });

  test.each(everyPath)('$path in absolute form (RFC 9112 3.2.2)', ({ tongue, path }) =>
    refuses(tongue, path.toLowerCase().endsWith('nothing') ? 'route_not_found' : 'method_not_allowed', () =>
      sendRaw(head('TRACE', `http://stele.example${path}`)),
    ),
  );

  test.each(everyPath.flatMap((each) => ['get', 'M-BREW', 'B_REW', 'QUERY'].map((method) => ({ ...each, method }))))(
    '$method $path',
    async ({ tongue, path, method }) => {
      const answer = await sendRaw(head(method, path));
      const code =
        method !== 'QUERY'
          ? 'bad_request'
          : path.toLowerCase().endsWith('nothing')
            ? 'route_not_found'
            : 'method_not_allowed';
      expectRefusal(tongue, code, answer);
    },
  );

  test.each(['* HTTP/1.1', 'PRI * HTTP/2.0\r\n\r\nSM', '\x16\x03\x01'])(
    '%j, which has no path, is rejected by v1',
    (line) => refuses('v1', 'bad_request', () => sendRaw(`${line}\r\n\r\n`)),
  );

  test('a request of another dialect before it on the same connection does not count', async () => {
    const { port, hostname } = new URL(api.url);
    const socket = connect(Number(port), hostname).setEncoding('utf8');
    const received = () => new Promise<string>((resolve) => socket.once('data', (text) => resolve(String(text))));
    socket.write(
      `${head('POST', '/v1/users', { 'content-type': 'text/plain', 'transfer-encoding': 'chunked' })}1\r\nx\r\n0\r\n\r\n`,
    );
    expect(parseAnswer(await received())?.status).toBe(415);
    socket.write(head('BREW', '/scim/v2/Users'));
    expectRefusal('scim', 'bad_request', parseAnswer(await received())!);
    socket.destroy();
  });
});

/** Things that are not there. */
const nothing: Things = {
  user: uuidv7(),
  group: uuidv7(),
  'API key': uuidv7(),
  tenant: uuidv7(),
  job: uuidv7(),
  avatar: uuidv7(),
};

const calls = everyOperation.map((spoken) => ({
  ...spoken,
  tongue: spoken.dialect.name as Tongue,
  ...callOf(spoken, nothing, 'free'),
}));

describe('a request without a body', () => {
  const chunked = { 'transfer-encoding': 'chunked' };
  const empty: readonly (readonly [headers: Readonly<Record<string, string>>, body: string])[] = [
    [{}, ''],
    [{ 'content-length': '0' }, ''],
    [chunked, '0\r\n\r\n'],
    [{ ...chunked, 'content-type': 'application/json' }, '0\r\n\r\n'],
    [{ ...chunked, 'content-type': 'text/plain' }, '0\r\n\r\n'],
    [{ 'content-length': '0', 'content-type': 'text/plain' }, ''],
  ];

  test.each(calls)('$name: an empty body is no body, also in chunks', async ({ tongue, operation, method, path }) => {
    const answers = [];
    for (const [headers, body] of empty) {
      const all = {
        authorization: `Bearer ${operation.scope === 'operator' ? keys.operator : keys.admin}`,
        ...headers,
      };
      answers.push(await sendRaw(head(method, path, all), body));
    }
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    if (!operation.body || operation.bodyOptional) return expect(answers[0]!.status).not.toBe(400);
    expectRefusal(tongue, operation.form ? 'bad_request' : 'malformed_body', answers[0]!);
  });
});

describe('415 lists what is accepted (RFC 9110 15.5.16, RFC 5789 3.1)', () => {
  test.each(calls.filter(({ operation }) => operation.body))(
    '$name',
    async ({ dialect, operation, tongue, method, path }) => {
      const key = operation.scope === 'operator' ? keys.operator : keys.admin;
      const send = (type: string, headers = {}) =>
        refused(tongue, 'unsupported_media_type', () => api.request(method, path, { key, body: '{}', type, headers }));
      for (const type of ['text/plain', ';;']) {
        const { headers } = await send(type);
        expect(headers.get(acceptField(method))).toBe(mediaTypesOf(dialect, operation).join(', '));
        expect(headers.has('accept-encoding')).toBe(false);
      }
      const { headers } = await send('application/json', { 'content-encoding': 'gzip' });
      expect([headers.get('accept-encoding'), headers.has(acceptField(method))]).toEqual(['identity', false]);
    },
  );
});

describe('query parameters that an operation does not have', () => {
  const ask = (call: (typeof calls)[number], more: string) =>
    api.request(call.method, `${call.path}${more && (call.path.includes('?') ? '&' : '?')}${more}`, {
      key: call.operation.scope === 'operator' ? keys.operator : keys.admin,
      ...(call.body !== undefined && { body: call.body, ...(call.type && { type: call.type }) }),
    });

  test.each(calls.filter(({ tongue }) => tongue !== 'scim'))('$name rejects them', async (call) => {
    for (const query of ['shoe=43', 'shoe', 'constructor=1', 'shoe[size]=43']) {
      const { body } = await refused(call.tongue, 'invalid_parameter', () => ask(call, query));
      expect(Object.keys(body.details ?? body.errors)).toEqual([query.replace(/=.*/, '')]);
    }
  });

  test.each(calls.filter(({ tongue, method }) => tongue === 'scim' && method !== 'POST'))(
    '$name ignores them',
    async (call) => {
      const [without, ...others] = [
        await ask(call, ''),
        await ask(call, 'shoe=43&constructor=1'),
        await ask(call, 'shoe&constructor'),
      ];
      for (const answer of others) {
        expect([answer.status, answer.text]).toEqual([without.status, without.text]);
        if (answer.status < 300) expect(answer.headers.get('stele-ignored')).toBe('shoe, constructor');
      }
    },
  );
});

describe('X-Request-Id', () => {
  test.each(operations)('$tongue $operation: a refusal names the request as its client does', async (operation) => {
    const { method, path, body } = operation;
    const send = (id: string) =>
      api.request(method, path(), { key: null, headers: { 'x-request-id': id }, ...(body !== undefined && { body }) });
    expect((await send('7f-a.b:c_D')).headers.get('x-request-id')).toBe('7f-a.b:c_D');
    for (const id of ['a b', '<script>', 'x'.repeat(129)]) {
      expect((await send(id)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    }
  });
});
