import { describe, expect, test } from 'vitest';
import { ExpectationError } from '../src/expect.ts';
import { requestOf, runSteps, savedBy, type Step, type StepRequest, type StepResponse } from '../src/clients/step.ts';

const respond = (status: number, body?: unknown, headers: Record<string, string> = {}): StepResponse => ({
  status,
  headers: new Headers(headers),
  text: body === undefined ? '' : JSON.stringify(body),
  body,
});

const get = (expected: Step['expect'], fields: Partial<Step> = {}): Step => ({
  method: 'GET',
  path: '/Users/1',
  expect: expected,
  ...fields,
});

/** Runs one step against one response. Gives the message of the failure; undefined where there is none. */
async function failure(expected: Step['expect'], response: StepResponse): Promise<string | undefined> {
  try {
    await runSteps([get(expected)], async () => response, { run: 'r' });
    return undefined;
  } catch (error) {
    if (error instanceof ExpectationError) return error.message;
    throw error;
  }
}

const user = {
  id: '1',
  userName: 'ann',
  active: true,
  title: null,
  emails: [
    { value: 'a@example.com', type: 'work', primary: true },
    { value: 'b@example.com', type: 'home' },
  ],
  roles: [],
  'urn:example:User': { department: 'Sales' },
};

describe('a response passes', () => {
  const passing: readonly (readonly [string, Step['expect'], StepResponse])[] = [
    ['with the status', { status: 200 }, respond(200)],
    ['with one of the statuses', { status: [200, 204] }, respond(204)],
    ['that contains a value', { status: 200, contains: { userName: 'ann', active: true } }, respond(200, user)],
    ['that contains a name in another case', { status: 200, contains: { USERNAME: 'ann' } }, respond(200, user)],
    ['that contains nothing in particular', { status: 200, contains: {} }, respond(200, user)],
    ['that contains null', { status: 200, contains: { title: null } }, respond(200, user)],
    [
      'that contains some element for each expected one',
      { status: 200, contains: { emails: [{ type: 'home' }, { value: 'a@example.com', primary: true }] } },
      respond(200, user),
    ],
    ['that contains a list with other elements', { status: 200, contains: { emails: [] } }, respond(200, user)],
    [
      'that contains a URN',
      { status: 200, contains: { 'urn:example:User': { department: 'Sales' } } },
      respond(200, user),
    ],
    ['without a value', { status: 200, absent: ['nickName', 'name|givenName', 'emails|2'] }, respond(200, user)],
    ['with null or an empty list for no value', { status: 200, absent: ['title', 'roles'] }, respond(200, user)],
    ['with so many elements', { status: 200, count: { emails: 2, roles: 0 } }, respond(200, user)],
    ['without a list for no elements', { status: 200, count: { members: 0 } }, respond(200, user)],
    [
      'with a text in a header',
      { status: 200, header: { 'content-type': 'json' } },
      respond(200, user, { 'Content-Type': 'application/scim+json' }),
    ],
  ];
  test.each(passing)('%s', async (_, expected, response) => {
    expect(await failure(expected, response)).toBeUndefined();
  });
});

describe('a response fails', () => {
  const failing: readonly (readonly [string, Step['expect'], StepResponse, string])[] = [
    ['with another status', { status: 200 }, respond(201), 'expected 200 to GET /Users/1, got 201'],
    ['with none of the statuses', { status: [200, 204] }, respond(500), 'expected 200 or 204 to GET /Users/1, got 500'],
    [
      'with another value',
      { status: 200, contains: { userName: 'bob' } },
      respond(200, user),
      'expected userName "bob" in the response to GET /Users/1, got "ann"',
    ],
    [
      'with a text for a number',
      { status: 200, contains: { totalResults: 1 } },
      respond(200, { totalResults: '1' }),
      'expected totalResults 1 in the response to GET /Users/1, got "1"',
    ],
    [
      'without the value',
      { status: 200, contains: { name: { givenName: 'Ann' } } },
      respond(200, user),
      'expected name {"givenName":"Ann"} in the response to GET /Users/1, got nothing',
    ],
    [
      'without the list',
      { status: 200, contains: { members: [] } },
      respond(200, user),
      'expected members [] in the response to GET /Users/1, got nothing',
    ],
    [
      'without an element that matches as a whole',
      { status: 200, contains: { emails: [{ type: 'work' }, { type: 'home', primary: true }] } },
      respond(200, user),
      `expected emails.1 {"type":"home","primary":true} in the response to GET /Users/1, got ${JSON.stringify(user.emails)}`,
    ],
    [
      'with a list for an object',
      { status: 200, contains: { emails: { type: 'work' } } },
      respond(200, user),
      `expected emails {"type":"work"} in the response to GET /Users/1, got ${JSON.stringify(user.emails)}`,
    ],
    [
      'without a body',
      { status: 200, contains: {} },
      respond(200),
      'expected the body {} in the response to GET /Users/1, got nothing',
    ],
    [
      'with a value that has to be absent',
      { status: 200, absent: ['emails|0|value'] },
      respond(200, user),
      'expected no emails|0|value in the response to GET /Users/1, got a@example.com',
    ],
    [
      'with false where no value is expected',
      { status: 200, absent: ['active'] },
      respond(200, { active: false }),
      'expected no active in the response to GET /Users/1, got false',
    ],
    [
      'with fewer elements',
      { status: 200, count: { emails: 3 } },
      respond(200, user),
      'expected 3 of emails in the response to GET /Users/1, got 2',
    ],
    [
      'without the header',
      { status: 200, header: { 'content-type': 'json' } },
      respond(200),
      'expected content-type with json in the response to GET /Users/1, got none',
    ],
  ];
  test.each(failing)('%s', async (_, expected, response, message) => {
    expect(await failure(expected, response)).toBe(message);
  });

  test('with the reason that the server gives', async () => {
    const body = { scimType: 'invalidValue', detail: 'userName is required' };
    expect(await failure({ status: 201 }, respond(400, body))).toBe(
      'expected 201 to GET /Users/1, got 400 (invalidValue: userName is required)',
    );
  });

  test('without a value that a step saves', async () => {
    const step = get({ status: 200 }, { save: { u: 'id' } });
    await expect(runSteps([step], async () => respond(200, { userName: 'ann' }), {})).rejects.toThrow(
      'expected id in the response to GET /Users/1, got {"userName":"ann"}',
    );
  });
});

describe('variables', () => {
  test('are replaced in the path, the headers and the body, and encoded in the path alone', () => {
    const step: Step = {
      method: 'POST',
      path: '/Users?filter=userName%20eq%20%22{{run}}%22',
      headers: { 'x-run': '{{run}}', accept: null },
      body: { userName: '{{run}}', '{{run}}': [{ value: 'a {{run}} {{run}}' }, 1, true, null] },
      expect: { status: 200 },
    };
    expect(requestOf(step, { run: 'a/"b"' })).toEqual({
      method: 'POST',
      path: '/Users?filter=userName%20eq%20%22a%2F%22b%22%22',
      headers: { 'x-run': 'a/"b"', accept: null },
      body: { userName: 'a/"b"', 'a/"b"': [{ value: 'a a/"b" a/"b"' }, 1, true, null] },
    });
  });

  test.each([
    ['"3"', 'W/"3"'],
    ['W/"3"', 'W/"3"'],
  ])('%s has the weak form %s', (version, weak) => {
    const { headers } = requestOf(get({ status: 200 }, { headers: { 'if-match': '{{weak version}}' } }), { version });
    expect(headers).toEqual({ 'if-match': weak });
  });

  test('that no step saves are an error of the steps', () => {
    expect(() => requestOf(get({ status: 200 }, { path: '/Users/{{u}}' }), { run: 'r' })).toThrow(ReferenceError);
  });

  test('are saved from the paths that have a text', () => {
    const step = get(
      { status: 200 },
      { save: { u: 'id', version: 'meta|version', first: 'emails|0|value', none: 'name' } },
    );
    expect(savedBy(step, { ...user, meta: { version: '"1"' } })).toEqual({
      u: '1',
      version: '"1"',
      first: 'a@example.com',
    });
  });

  test('go from step to step', async () => {
    const sent: StepRequest[] = [];
    const steps: readonly Step[] = [
      { method: 'POST', path: '/Users', body: { userName: '{{run}}' }, expect: { status: 201 }, save: { u: 'id' } },
      { method: 'GET', path: '/Users/{{u}}', expect: { status: 200, contains: { id: '{{u}}', userName: '{{run}}' } } },
    ];
    const send = async (request: StepRequest) => {
      sent.push(request);
      return respond(request.method === 'POST' ? 201 : 200, { id: 'x/1', userName: 'r' });
    };
    await runSteps(steps, send, { run: 'r' });
    expect(sent).toEqual([
      { method: 'POST', path: '/Users', body: { userName: 'r' } },
      { method: 'GET', path: '/Users/x%2F1' },
    ]);
  });
});

test('nothing is sent after a response that fails', async () => {
  let sent = 0;
  const send = async () => respond(200 + sent++);
  await expect(runSteps([get({ status: 200 }), get({ status: 200 }), get({ status: 202 })], send, {})).rejects.toThrow(
    'expected 200 to GET /Users/1, got 201',
  );
  expect(sent).toBe(2);
});
