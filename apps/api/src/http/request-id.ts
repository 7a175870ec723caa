import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A client may name its request, so that its logs and ours can be joined. */
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** The name of a request: that of its `X-Request-Id`, or a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const id = headers['x-request-id'];
  return typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID();
}
