import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { DirectoryError } from '@stele/schemas/canonical';
import type { ConnectionError } from 'fastify';
import { sayRefusal } from './answer.ts';
import { refusalOf } from './refusal.ts';
import { dialectAt } from './routes.ts';

/** Answers what Node's HTTP parser refused, of which there is no request: on the socket, in the words of its URL. */
export function answerClientError(error: ConnectionError, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const url = /^[A-Z]+ (\S+)/.exec(packetOf(error))?.[1] ?? '/';
  const known = refusalOf(error);
  const refusal =
    known.code === 'internal_error' ? new DirectoryError('bad_request', 'This is not well-formed HTTP') : known;
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
