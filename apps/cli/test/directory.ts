import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { EndingSignal } from '../src/io.ts';
import { main } from '../src/main.ts';

export const KEY = 'stele_key_0123456789abcdef0123456789abcdef';
export const ID = { v1: 'usr_01hzxrphnke7jrvvzhvhsvq5bm', uuid: '018ffb8b-46b3-71e5-8def-f1dc73bb9574' };

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
}

export interface Reply {
  /** 0 hangs up: there is no answer. */
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const users: Readonly<Record<string, unknown>> = {
  '/v1/users': { id: ID.v1, username: 'jane', email: 'jane@example.com', first_name: null, role: 'admin' },
  '/scim/v2/Users': {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    id: ID.uuid,
    userName: 'jane',
    name: { givenName: 'Jane' },
    active: true,
    emails: [
      { value: 'jane@example.com', type: 'work', primary: true },
      { value: 'jane@example.org', type: 'home' },
    ],
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { department: 'Mapping' },
  },
  '/users': { user: { id: ID.uuid, login: 'jane', name: 'Jane', status: 'Active', title: null } },
  '/user': { user: { id: ID.uuid, login: 'jane', name: 'Jane', status: 'Active', title: null } },
};

/** Answers as the API does for a key that is known and a user that exists. */
function answer({ method, path, headers }: Seen): Reply {
  if (headers.authorization !== `Bearer ${KEY}`)
    return { status: 401, body: { error: 'unauthorized', message: 'Unknown key' } };
  if (path.includes('00000000000000000000000000'))
    return { status: 404, body: { error: 'not_found', message: 'User not found' } };
  const user = users[path] ?? users[path.slice(0, path.lastIndexOf('/'))];
  return { status: method === 'POST' ? 201 : 200, body: user, headers: { ETag: '"3"' } };
}

/** A server on loopback that ends with the test, and records what it is asked. */
export async function serve(reply: (seen: Seen) => Reply = answer): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const { method = '', url: path = '', headers } = request;
    const isJson = headers['content-type']?.endsWith('json');
    seen.push({ method, path, headers, body: isJson ? JSON.parse(text) : text || undefined });
    const { status, body, headers: more } = reply(seen.at(-1)!);
    if (status === 0) {
      response.destroy();
      return;
    }
    response.writeHead(status, { 'Content-Type': 'application/json', 'X-Request-Id': 'request-1', ...more });
    response.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

export interface Shell {
  /** A directory of the test's own, which is home and holds the configuration. */
  readonly home: string;
  /** Runs one command line. Without `terminal` there is none. */
  readonly run: (
    argv: readonly string[],
    options?: { input?: string | Uint8Array; env?: Record<string, string>; terminal?: boolean },
  ) => Promise<Result>;
  /** Ctrl-C or another signal, while a command runs; whether it is listened to. */
  readonly interrupt: (signal?: EndingSignal) => boolean;
}

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export async function shell(env: Readonly<Record<string, string>> = {}): Promise<Shell> {
  const home = await mkdtemp(join(tmpdir(), 'stele-cli-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const signals = new EventEmitter();
  return {
    home,
    async run(argv, { input = '', env: more = {}, terminal: isTTY = false } = {}) {
      const written = { stdout: '', stderr: '' };
      const code = await main(argv, {
        stdin: Object.assign(Readable.from([Buffer.from(input)]), { isTTY }),
        stdout: { write: (text) => (written.stdout += text) },
        stderr: { write: (text) => (written.stderr += text), isTTY },
        env: { HOME: home, ...env, ...more },
        once: (event, listener) => signals.once(event, listener),
        off: (event, listener) => signals.off(event, listener),
      });
      return { code, ...written };
    },
    interrupt: (signal = 'SIGINT') => signals.emit(signal),
  };
}

/** A shell that knows a directory and its key. */
export async function connected(reply?: (seen: Seen) => Reply) {
  const { url, seen } = await serve(reply);
  return { ...(await shell({ STELE_URL: url, STELE_TOKEN: KEY })), url, seen };
}
