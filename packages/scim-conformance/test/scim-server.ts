import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse as OutgoingResponse } from 'node:http';
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

export interface ServerRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
}

export interface ServerResponse {
  /** 0 hangs up: there is no response. */
  readonly status: number;
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** How a faulty server responds. `handle` is the correct server. */
export type Fault = (request: ServerRequest, handle: (request: ServerRequest) => ServerResponse) => ServerResponse;

/** Handles the request correctly, and changes the response. */
export const withResponse =
  (change: (response: ServerResponse, request: ServerRequest) => ServerResponse): Fault =>
  (request, handle) =>
    change(handle(request), request);

const urn = (name: string) => `urn:ietf:params:scim:${name}`;
const list = (Resources: readonly unknown[]): ServerResponse => ({
  status: 200,
  body: { schemas: [urn('api:messages:2.0:ListResponse')], totalResults: Resources.length, Resources },
});
const errorResponse = (status: number, detail: string, scimType?: string): ServerResponse => ({
  status,
  body: { schemas: [urn('api:messages:2.0:Error')], status: String(status), detail, ...(scimType && { scimType }) },
});

/** The server has users, without filters, versions and groups. */
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

/** The state of the small server. */
class Users {
  readonly all = new Map<string, Json>();

  readonly handle = (request: ServerRequest): ServerResponse => {
    try {
      return this.#handle(request);
    } catch (error) {
      return toErrorResponse(error);
    }
  };

  #handle({ method, path, body: text }: ServerRequest): ServerResponse {
    const body = read(text);
    const [at = '', id] = /^(\/\w+)(?:\/(.+))?$/.exec(path.replace(/\?.*$/, ''))?.slice(1) ?? [];
    const found = documents[at];
    if (found) return this.#document(method, at, id, found);
    if (at !== '/Users') return errorResponse(404, 'unknown endpoint');
    if (id === undefined)
      return method === 'POST' ? this.#write(randomUUID(), body, 201) : list([...this.all.values()]);
    const user = this.all.get(id);
    if (!user) return errorResponse(404, 'unknown user');
    if (method === 'GET') return { status: 200, body: user };
    if (method === 'PUT') return this.#write(id, body, 200);
    if (method === 'PATCH') return this.#patch(id, user, body);
    this.all.delete(id);
    return { status: 204 };
  }

  #document(method: string, at: string, id: string | undefined, found: readonly Json[]): ServerResponse {
    if (method !== 'GET') return errorResponse(405, 'the endpoint is read-only');
    if (at === '/ServiceProviderConfig') return { status: 200, body: found[0] };
    const document = found.find((each) => each['id'] === id);
    if (id === undefined) return list(found);
    return document ? { status: 200, body: document } : errorResponse(404, 'unknown document');
  }

  #patch(id: string, user: Json, body: unknown): ServerResponse {
    const { Operations } = readPatchRequest(body, userType, readingBy(profiles.strict));
    return this.#write(id, applyOperations(user, Operations, userType, readingBy(profiles.strict)), 200);
  }

  #write(id: string, body: unknown, status: number): ServerResponse {
    const { password: _, ...user } = body as Json;
    if (!user['schemas'] || typeof user['userName'] !== 'string')
      return errorResponse(400, 'the user is not valid', 'invalidValue');
    const isTaken = ([other, { userName }]: [string, Json]) =>
      other !== id && String(userName).toLowerCase() === String(user['userName']).toLowerCase();
    if ([...this.all].some(isTaken)) return errorResponse(409, 'the userName is in use', 'uniqueness');
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
    throw new ScimError('invalidSyntax', 'the body is not JSON');
  }
}

function toErrorResponse(error: unknown): ServerResponse {
  if (!(error instanceof DirectoryError)) throw error;
  return errorResponse(400, error.message, error instanceof ScimError ? error.scimType : undefined);
}

/** A small SCIM server that stops with the test. It has one user, which has to be there afterwards. */
export async function serveScim(fault: Fault = (request, handle) => handle(request)) {
  const users = new Users();
  const requests: ServerRequest[] = [];
  const bystander: Json = { schemas: [userType.schema.urn], id: 'bystander', userName: 'bystander' };
  users.all.set('bystander', bystander);

  const receive = ({ headers, method = '', url: path = '' }: IncomingMessage, body: string): ServerResponse => {
    if (headers.authorization !== `Bearer ${TOKEN}`) {
      return { ...errorResponse(401, 'the token is not valid'), headers: { 'WWW-Authenticate': 'Bearer' } };
    }
    const request = { method, path, body };
    requests.push(request);
    return fault(request, users.handle);
  };
  const respond = async (incoming: IncomingMessage, outgoing: OutgoingResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { status, body, type = 'application/scim+json', headers } = receive(incoming, String(Buffer.concat(chunks)));
    if (status === 0) {
      outgoing.destroy();
      return;
    }
    outgoing.writeHead(status, { 'Content-Type': type, ...headers });
    outgoing.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  };
  const server = createServer((incoming, outgoing) => void respond(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    /** The requests with the right token. */
    requests,
    /** The user names of the users that exist. */
    names: () => [...users.all.values()].map(({ userName }) => userName),
  };
}
