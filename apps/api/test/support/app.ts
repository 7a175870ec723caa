import type { AddressInfo } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Scope } from '@stele/schemas/canonical';
import { DataSource } from 'typeorm';
// Costs half of what `fetch` does, which a suite of some 100,000 requests notices.
import { request as send } from 'undici';
import { createApp } from '../../src/app.ts';
import { hashApiKey } from '../../src/auth/api-key.ts';
import { readSettings } from '../../src/settings.ts';
import { createDatabase } from './database.ts';
import { checkAnswer } from './openapi.ts';

/** The credentials of every test directory, by what they are for. */
export const keys = {
  admin: 'test-key-of-alices-tenant-every-scope',
  write: 'test-key-of-alices-tenant-write-scope',
  read: 'test-key-of-alices-tenant-read-scope-',
  foreign: 'test-key-of-mallorys-tenant-every-one',
  operator: 'test-key-of-the-operator-of-every-one',
} as const;

const tenants = {
  alice: '01979f2e-0000-7000-8000-00000000a11c',
  mallory: '01979f2e-0000-7000-8000-000000000bad',
} as const;

const credentials: readonly [key: string, tenant: string, scopes: readonly Scope[]][] = [
  [keys.admin, tenants.alice, ['admin']],
  [keys.write, tenants.alice, ['write']],
  [keys.read, tenants.alice, ['read']],
  [keys.foreign, tenants.mallory, ['admin']],
  [keys.operator, tenants.alice, ['operator']],
];

/** A key's hash as the database holds it. */
export const storedHash = (key: string): Buffer => Buffer.from(hashApiKey(key), 'hex');

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; undefined when it is empty. */
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects of the body
  readonly body: any;
}

export interface Ask {
  /** Of `keys`; null sends none. */
  readonly key?: string | null;
  /** Sent as JSON, or as it is when it is text or bytes. */
  readonly body?: unknown;
  /** Unless it is said, that of the body's dialect: `application/json`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Request = (method: string, path: string, ask?: Ask) => Promise<Answer>;

export interface TestApp {
  readonly url: string;
  readonly databaseUrl: string;
  readonly app: NestFastifyApplication;
  /** Sends one request. The answer is held against the OpenAPI document of its dialect. */
  readonly request: Request;
  /** Rows of one statement, straight from the database. */
  query(statement: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

/** The least that argon2 takes: most tests hash passwords and do not depend on what that costs. */
const cheapPasswords = { STELE_PASSWORD_MEMORY: '8' };

/** Hashes passwords as production does. */
export const productionPasswords = { STELE_PASSWORD_MEMORY: '' };

/** For many requests that wait for each other, on a machine that may be busy. */
export const patient = {
  STELE_ACQUIRE_TIMEOUT: '60000',
  STELE_STATEMENT_TIMEOUT: '60000',
  STELE_REQUEST_DEADLINE: '120000',
};

/**
 * The real API on a port and a database of its own, with two tenants and the credentials of `keys`; or one more replica
 * on the database of another, which has to be stopped before that one.
 */
export async function startApp(
  environment: Readonly<Record<string, string>> = {},
  other?: Pick<TestApp, 'databaseUrl'>,
): Promise<TestApp> {
  const database = other ? { url: other.databaseUrl, drop: async () => {} } : await createDatabase();
  const app = await createApp(
    readSettings({ NODE_ENV: 'test', STELE_LOG_LEVEL: 'silent', ...cheapPasswords, ...environment }),
    database.url,
  );
  const dataSource = app.get(DataSource);
  const query: TestApp['query'] = (statement, parameters) => dataSource.query(statement, parameters);
  if (!other) await seed(query);
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  return {
    url,
    databaseUrl: database.url,
    app,
    request: requester(url),
    query,
    async stop() {
      await app.close();
      await database.drop();
    },
  };
}

/** Two replicas on one database; `stop` ends both. */
export async function startReplicas(
  one: Readonly<Record<string, string>>,
  other: Readonly<Record<string, string>>,
): Promise<{ api: TestApp; replica: TestApp; stop: () => Promise<void> }> {
  const api = await startApp(one);
  const replica = await startApp(other, api);
  const stop = async () => {
    await replica.stop();
    await api.stop();
  };
  return { api, replica, stop };
}

async function seed(query: TestApp['query']): Promise<void> {
  for (const [name, id] of Object.entries(tenants)) {
    await query('INSERT INTO tenants (id, name) VALUES ($1, $2)', [id, name]);
  }
  for (const [index, [key, tenant, scopes]] of credentials.entries()) {
    await query('INSERT INTO api_keys (id, tenant_id, name, key_hash, scopes) VALUES ($1, $2, $3, $4, $5)', [
      `01979f2e-0000-7000-8000-0000000000c${index}`,
      tenant,
      `key ${index}`,
      storedHash(key),
      scopes,
    ]);
  }
}

function requester(url: string): Request {
  return async (method, path, { key = keys.admin, body, type = 'application/json', headers = {} } = {}) => {
    const sent = new Headers({
      ...(key !== null && { authorization: `Bearer ${key}` }),
      ...(body !== undefined && { 'content-type': type }),
      ...headers,
    });
    if (!sent.has('accept')) sent.set('accept', '*/*');
    const response = await send(url + path, {
      method,
      headers: Object.fromEntries(sent),
      ...(body !== undefined && {
        body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
      }),
    });
    const text = await response.body.text();
    const answer: Answer = {
      status: response.statusCode,
      headers: new Headers(
        Object.entries(response.headers).flatMap(([name, value]) =>
          [value ?? []].flat().map((each): [string, string] => [name, each]),
        ),
      ),
      text,
      body: text === '' ? undefined : JSON.parse(text),
    };
    checkAnswer(method, path, answer);
    return answer;
  };
}
