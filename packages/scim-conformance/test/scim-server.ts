import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DirectoryError } from '@stele/schemas/canonical';
import {
  applyOperations,
  profiles,
  readingBy,
  readPatchRequest,
  resourceTypeDocuments,
  schemaDocuments,
  ScimError,
  serviceProviderConfig,
  userType,
} from '@stele/schemas/scim';
import { onTestFinished } from 'vitest';

const TOKEN = 'a-token-of-the-small-server';

type Json = Readonly<Record<string, unknown>>;

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface Told {
  /** 0 hangs up: there is no answer. */
  readonly status: number;
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a broken server does in place of the right one, whose answers it can have. */
export type Fault = (asked: Asked, answer: (asked: Asked) => Told) => Told;

/** Does what is right, and says something else of it. */
export const saying =
  (change: (told: Told, asked: Asked) => Told): Fault =>
  (asked, answer) =>
    change(answer(asked), asked);

const urn = (name: string) => `urn:ietf:params:scim:${name}`;
const list = (Resources: readonly unknown[]): Told => ({
  status: 200,
  body: { schemas: [urn('api:messages:2.0:ListResponse')], totalResults: Resources.length, Resources },
});
const refuse = (status: number, detail: string, scimType?: string): Told => ({
  status,
  body: { schemas: [urn('api:messages:2.0:Error')], status: String(status), detail, ...(scimType && { scimType }) },
});

/** It knows users, without filters, versions and groups. */
const off = { supported: false };
const config = {
  ...serviceProviderConfig,
  bulk: { ...serviceProviderConfig.bulk, ...off },
  filter: { ...serviceProviderConfig.filter, ...off },
  sort: off,
  etag: off,
  pagination: undefined,
};

const documents: Readonly<Record<string, readonly Json[]>> = {
  '/ServiceProviderConfig': [config],
  '/ResourceTypes': resourceTypeDocuments.filter(({ name }) => name === 'User'),
  '/Schemas': schemaDocuments.filter(({ id }) => id.endsWith(':User')),
};

/** Everything that the small server keeps. */
class Users {
  readonly all = new Map<string, Json>();

  readonly answer = (asked: Asked): Told => {
    try {
      return this.#answer(asked);
    } catch (error) {
      return refusal(error);
    }
  };

  #answer({ method, path, body: text }: Asked): Told {
    const body = read(text);
    const [at = '', id] = /^(\/\w+)(?:\/(.+))?$/.exec(path.replace(/\?.*$/, ''))?.slice(1) ?? [];
    const found = documents[at];
    if (found) return this.#document(method, at, id, found);
    if (at !== '/Users') return refuse(404, 'there is nothing here');
    if (id === undefined)
      return method === 'POST' ? this.#write(randomUUID(), body, 201) : list([...this.all.values()]);
    const user = this.all.get(id);
    if (!user) return refuse(404, 'nobody is called that');
    if (method === 'GET') return { status: 200, body: user };
    if (method === 'PUT') return this.#write(id, body, 200);
    if (method === 'PATCH') return this.#patch(id, user, body);
    this.all.delete(id);
    return { status: 204 };
  }

  #document(method: string, at: string, id: string | undefined, found: readonly Json[]): Told {
    if (method !== 'GET') return refuse(405, 'it is read only');
    if (at === '/ServiceProviderConfig') return { status: 200, body: found[0] };
    const document = found.find((each) => each['id'] === id);
    if (id === undefined) return list(found);
    return document ? { status: 200, body: document } : refuse(404, 'there is no such document');
  }

  #patch(id: string, user: Json, body: unknown): Told {
    const { Operations } = readPatchRequest(body, userType, readingBy(profiles.strict));
    return this.#write(id, applyOperations(user, Operations, userType, readingBy(profiles.strict)), 200);
  }

  #write(id: string, body: unknown, status: number): Told {
    const { password: _, ...user } = body as Json;
    if (!user['schemas'] || typeof user['userName'] !== 'string') return refuse(400, 'it is no user', 'invalidValue');
    const isTaken = ([other, { userName }]: [string, Json]) =>
      other !== id && String(userName).toLowerCase() === String(user['userName']).toLowerCase();
    if ([...this.all].some(isTaken)) return refuse(409, 'the name is taken', 'uniqueness');
    const location = `/Users/${id}`;
    const written = { ...user, id, meta: { resourceType: 'User', location, created: new Date(0).toISOString() } };
    this.all.set(id, written);
    return { status, body: written, ...(status === 201 && { headers: { Location: location } }) };
  }
}

function read(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    throw new ScimError('invalidSyntax', 'it is no JSON');
  }
}

function refusal(error: unknown): Told {
  if (!(error instanceof DirectoryError)) throw error;
  return refuse(400, error.message, error instanceof ScimError ? error.scimType : undefined);
}

/** A small SCIM server that ends with the test. Somebody is there already, and has to be there afterwards. */
export async function serveScim(fault: Fault = (asked, answer) => answer(asked)) {
  const users = new Users();
  const asked: Asked[] = [];
  const bystander: Json = { schemas: [userType.schema.urn], id: 'bystander', userName: 'bystander' };
  users.all.set('bystander', bystander);

  const tell = (request: IncomingMessage, text: string): Told => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      return { ...refuse(401, 'who are you?'), headers: { 'WWW-Authenticate': 'Bearer' } };
    }
    const { method = '', url: path = '' } = request;
    const seen = { method, path, body: text };
    asked.push(seen);
    return fault(seen, users.answer);
  };
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, body, type = 'application/scim+json', headers } = tell(request, Buffer.concat(chunks).toString());
    if (status === 0) {
      response.destroy();
      return;
    }
    response.writeHead(status, { 'Content-Type': type, ...headers });
    response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    asked,
    /** Who is there. */
    names: () => [...users.all.values()].map(({ userName }) => userName),
  };
}
