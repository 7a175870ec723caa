import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type ApiProcess, endApis, key, startApi } from './faults/api-process.ts';
import { createDatabase, execute, type TestDatabase } from './support/database.ts';
import { urns } from './support/scim.ts';

let database: TestDatabase;
let api: ApiProcess;
beforeAll(async () => {
  database = await createDatabase();
  api = await startApi(database.url, { STELE_LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await endApis();
  await database.drop();
});

const USER = '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55';
const user = { schemas: [urns.user], userName: 'mira' };

interface Rejected {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Requests that are rejected on purpose, one of each status, in each dialect where it speaks of users. */
const rejections: readonly Rejected[] = [
  { method: 'GET', path: '/scim/v2/Me', status: 501 },
  { method: 'GET', path: '/api/scim/v2/Me', status: 501 },
  { method: 'POST', path: '/scim/v2/Users', body: { ...user, active: 'maybe' }, status: 400 },
  { method: 'POST', path: '/scim/v2/Users', body: '{', status: 400 },
  { method: 'GET', path: '/scim/v2/Users?filter=shoeSize', status: 400 },
  { method: 'GET', path: '/scim/v2/Users', headers: { authorization: 'Bearer none' }, status: 401 },
  { method: 'GET', path: '/scim/v2/Schemas?filter=id%20pr', status: 403 },
  { method: 'GET', path: `/scim/v2/Users/${USER}`, status: 404 },
  { method: 'GET', path: '/v1/users/usr_none', status: 404 },
  { method: 'GET', path: '/users/none', status: 404 },
  { method: 'GET', path: '/nothing', status: 404 },
  { method: 'DELETE', path: '/scim/v2/Users', status: 405 },
  { method: 'POST', path: '/scim/v2/Users', body: user, status: 409 },
  { method: 'PATCH', path: '/scim/v2/Users/ID', body: {}, headers: { 'if-match': '"7"' }, status: 412 },
  { method: 'POST', path: '/scim/v2/Users', body: ' '.repeat(9_000_000), status: 413 },
  { method: 'POST', path: '/scim/v2/Users', body: '<user/>', headers: { 'content-type': 'text/xml' }, status: 415 },
];

function send({ method, path, body, headers }: Omit<Rejected, 'status'>): Promise<Response> {
  return fetch(api.url + path, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
}

/** Lines of the log that are errors. */
const errors = (): { requestId: string }[] =>
  api.output
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { level: number; requestId: string })
    .filter(({ level }) => level >= 50);

test('what is rejected on purpose logs no error, and a failure of the server does', async () => {
  const { id } = (await (await send({ method: 'POST', path: '/scim/v2/Users', body: user })).json()) as { id: string };
  for (const { status, path, ...request } of rejections) {
    const body = request.headers?.['if-match'] ? { schemas: [urns.patchOp], Operations: [] } : request.body;
    const answer = await send({ ...request, ...(body !== undefined && { body }), path: path.replace('ID', id) });
    expect(answer.status, `${request.method} ${path} ${await answer.text()}`).toBe(status);
  }
  await execute(database.url, 'ALTER TABLE users RENAME COLUMN title TO lost');
  const failed = await send({
    method: 'PATCH',
    path: `/scim/v2/Users/${id}`,
    body: { schemas: [urns.patchOp], Operations: [{ op: 'replace', path: 'title', value: 'x' }] },
    headers: { 'x-request-id': 'a-failure' },
  });
  expect(failed.status).toBe(500);
  // Lines come in the order of the requests: the first error is that of the failure.
  await vi.waitFor(() => expect(errors()).not.toEqual([]), { timeout: 10_000 });
  expect(errors().map(({ requestId }) => requestId)).toEqual(['a-failure']);
});
