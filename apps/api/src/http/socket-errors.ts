import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DirectoryError } from '@stele/schemas/canonical';
import type { ConnectionError } from 'fastify';
import { type ErrorResponse, toErrorResponse } from './error-response.ts';
import { toDirectoryError, unroutedError } from './to-directory-error.ts';
import { requestIdOf } from './request-id.ts';
import { dialectAt } from './routes.ts';

/** With a longer request line, the URL is too long, and not the headers after it. */
const MAX_REQUEST_LINE_CHARACTERS = 8192;

/** Method and URL at the beginning of a packet. */
const REQUEST_LINE = /^([^\s"(),/:;<=>?@[\\\]{}]+) (\S+)/;

const urls = new WeakMap<Socket, string>();

/** Records the URL of a request whose body has not arrived: a malformed packet of the body does not contain it. */
export function recordUrl(socket: Socket, url: string): void {
  urls.set(socket, url);
}

/** Responds to a request that Node's HTTP parser rejected: on the socket, in the dialect of its URL. */
export function respondToClientError(error: ConnectionError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const packet = packetOf(error);
  const [, method, url] = REQUEST_LINE.exec(packet) ?? [];
  const response = toErrorResponse(dialectAt(url ?? urls.get(socket) ?? '*'), toClientError(error, packet));
  end(socket, method === 'HEAD' ? { ...response, body: '' } : response, randomUUID());
}

/** Responds to the requests that Node passes to events of their own. Without a listener it sends an empty response or none. */
export function respondToUnhandled(server: Server): void {
  // RFC 9110 10.1.1: an expectation other than `100-continue` "MAY" be rejected. Whether the body comes is not known.
  server.on('checkExpectation', ({ url = '', headers }: IncomingMessage, response: ServerResponse) => {
    const error = new DirectoryError('expectation_failed', 'Expect may be 100-continue only');
    const { status, headers: fields, body } = toErrorResponse(dialectAt(url), error, headers.accept);
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
    end(
      socket,
      toErrorResponse(dialectAt(url), unroutedError({ method: 'CONNECT', url }), headers.accept),
      requestIdOf(headers),
    );
  });
}

/** Sends a response on a bare socket, and closes it. */
function end(socket: Duplex, { status, headers, body }: ErrorResponse, requestId: string): void {
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

function toClientError(error: ConnectionError, packet: string): DirectoryError {
  const known = toDirectoryError(error);
  // Node counts the request line among the headers.
  if (known.code === 'headers_too_large' && packet.split('\r\n', 1)[0]!.length > MAX_REQUEST_LINE_CHARACTERS) {
    return new DirectoryError('uri_too_long', 'The URL is too long');
  }
  return known.code === 'internal_error' ? new DirectoryError('bad_request', 'This is not well-formed HTTP') : known;
}
