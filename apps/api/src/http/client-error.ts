import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DirectoryError } from '@stele/schemas/canonical';
import type { ConnectionError } from 'fastify';
import { sayRefusal } from './answer.ts';
import { refusalOf } from './refusal.ts';
import { dialectAt } from './routes.ts';

/** Characters of a request line at most, for it to be the URL that is too long rather than the fields after it. */
const LONGEST_LINE = 8192;

const urls = new WeakMap<Socket, string>();

/** Keeps the URL of a request whose body comes in pieces: a broken piece no longer shows it. */
export function rememberUrl(socket: Socket, url: string): void {
  urls.set(socket, url);
}

/** Answers what Node's HTTP parser refused, of which there is no request: on the socket, in the words of its URL. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const packet = packetOf(error);
  const url = urls.get(socket) ?? /^[A-Z]+ (\S+)/.exec(packet)?.[1] ?? '/';
  const refusal = clientRefusal(error, packet);
  const { status, headers, body } = sayRefusal(dialectAt(url), refusal);
  const fields = {
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': randomUUID(),
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
