import { Agent, type IncomingHttpHeaders, request as send } from 'node:http';
import { key } from './api-process.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** Milliseconds from the sending to the end of the answer. */
  readonly took: number;
}

/** A request without an answer. */
export class NoReply extends Error {
  constructor(
    readonly code: string,
    /** Whether there was a connection that it could be sent on. */
    readonly sent: boolean,
    /** Whether that had answered a request before. */
    readonly reused: boolean,
    readonly took: number,
  ) {
    super(`${code} (${sent ? (reused ? 'on a kept connection' : 'on a new connection') : 'not sent'})`);
  }
}

export interface Ask {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Aborted when the client goes away. */
  readonly signal?: AbortSignal;
}

/** A client with one connection unless it may have more, which it keeps open from one request to the next. */
export class Client {
  private readonly agent: Agent;

  constructor(
    private readonly url: string,
    connections = 1,
  ) {
    this.agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  request(method: string, path: string, { body, headers = {}, signal }: Ask = {}): Promise<Reply> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const start = performance.now();
    const took = () => performance.now() - start;
    return new Promise((resolve, reject) => {
      let sent = false;
      const request = send(this.url + path, {
        agent: this.agent,
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(text !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
        ...(signal && { signal }),
      });
      const fail = (error: NodeJS.ErrnoException) =>
        reject(new NoReply(error.code ?? error.message, sent, request.reusedSocket, took()));
      request.on('error', fail);
      request.on('socket', (socket) => {
        if (!socket.connecting) sent = true;
        else socket.once('connect', () => (sent = true));
      });
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', fail);
        response.on('end', () =>
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('utf8'),
            took: took(),
          }),
        );
      });
      request.end(text);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

/** One request on a connection of its own. */
export async function ask(url: string, method: string, path: string, what?: Ask): Promise<Reply> {
  const client = new Client(url);
  try {
    return await client.request(method, path, what);
  } finally {
    client.close();
  }
}

/** The status of one request on a connection of its own, or why there is none. */
export function statusOf(url: string, path: string): Promise<number | string> {
  return ask(url, 'GET', path).then(
    ({ status }) => status,
    (error: NoReply) => error.code,
  );
}
