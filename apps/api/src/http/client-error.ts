import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DirectoryError } from '@stele/schemas/canonical';
import type { ConnectionError } from 'fastify';
import { type Refusal, sayRefusal } from './answer.ts';
import { refusalOf, unrouted } from './refusal.ts';
import { requestIdOf } from './request-id.ts';
import { dialectAt } from './routes.ts';

/** Characters of a request line at most, for it to be the URL that is too long rather than the fields after it. */
const LONGEST_LINE = 8192;

/** Method and URL at the beginning of a packet. */
const REQUEST_LINE = /^([^\s"(),/:;<=>?@[\\\]{}]+) (\S+)/;

const urls = new WeakMap<Socket, string>();

/** Keeps the URL of a request whose body is still to come: a broken piece of it no longer shows the URL. */
export function keepUrl(socket: Socket, url: string): void {
  urls.set(socket, url);
}

/** Responds to what Node's HTTP parser rejected, of which there is no request: on the socket, in the dialect of its URL. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const packet = packetOf(error);
  const [, method, url] = REQUEST_LINE.exec(packet) ?? [];
  const refusal = sayRefusal(dialectAt(url ?? urls.get(socket) ?? '*'), clientRefusal(error, packet));
  end(socket, method === 'HEAD' ? { ...refusal, body: '' } : refusal, randomUUID());
}

/** Responds to the requests for which Node has an event of their own, and else an empty response or none. */
export function answerUnhandled(server: Server): void {
  // RFC 9110 10.1.1: an expectation other than `100-continue` "MAY" be rejected. Whether the body comes is not known.
  server.on('checkExpectation', ({ url = '', headers }: IncomingMessage, response: ServerResponse) => {
    const error = new DirectoryError('expectation_failed', 'Expect may be 100-continue only');
    const { status, headers: fields, body } = sayRefusal(dialectAt(url), error, headers.accept);
    response
      .writeHead(status, {
        ...fields,
        'content-length': Buffer.byteLength(body),
        'x-request-id': requestIdOf(headers),
        connection: 'close',
      })
      .end(body);
  });
  server.on('connect', ({ url = '', headers }: IncomingMessage, socket: Duplex) => {
    socket.on('error', () => socket.destroy());
    end(socket, sayRefusal(dialectAt(url), unrouted({ method: 'CONNECT', url }), headers.accept), requestIdOf(headers));
  });
}

/** Sends a response on a bare socket, and closes it. */
function end(socket: Duplex, { status, headers, body }: Refusal, requestId: string): void {
  const fields = {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    connection: 'close',
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}

/** Fastify types the packet as the JSON form of the buffer that it is. */
function packetOf({ rawPacket }: ConnectionError): string {
  return Buffer.isBuffer(rawPacket) ? rawPacket.toString('latin1') : '';
}

function clientRefusal(error: ConnectionError, packet: string): DirectoryError {
  const refusal = refusalOf(error);
  // Node counts the request line among the headers.
  if (refusal.code === 'headers_too_large' && packet.split('\r\n', 1)[0]!.length > LONGEST_LINE) {
    return new DirectoryError('uri_too_long', 'The URL is too long');
  }
  return refusal.code === 'internal_error'
    ? new DirectoryError('bad_request', 'This is not well-formed HTTP')
    : refusal;
}
