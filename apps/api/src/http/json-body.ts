import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { DirectoryError } from '@stele/schemas/canonical';
import { MAX_BODY, parseStrictJson } from '@stele/schemas/contract';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

const malformed = (message: string): DirectoryError => new DirectoryError('malformed_body', message);

const tooLarge = (message: string): DirectoryError => new DirectoryError('payload_too_large', message);

/** RFC 9112 6.3: whether a request announces a body. One in chunks may still be empty. */
export const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** What is checked of a body while it arrives. A check that throws rejects the body. */
export interface BodyChecks {
  /** Called before anything is read of a body that is not empty. */
  readonly begin?: () => void;
  /** Called with the bytes that a body above `MAX_BODY` may take in memory, before it takes them. */
  readonly reserve?: (bytes: number) => void;
}

/**
 * The bytes of a body, none where there is no body.
 * @param most bytes of the body
 */
export function readBytes(
  message: IncomingMessage,
  most: number,
  { begin = () => {}, reserve = () => {} }: BodyChecks = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const declared = Number(message.headers['content-length'] ?? 0);
    if (declared > 0) begin();
    if (declared > most) throw tooLarge(`A body may have ${most} bytes at most`);
    if (declared > MAX_BODY) reserve(declared);
    let isReserved = declared > MAX_BODY;
    let chunks: Buffer[] | undefined = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      // The rest of a body that was rejected is read, and dropped.
      if (!chunks) return;
      try {
        if (size === 0 && declared === 0) begin();
        size += chunk.length;
        if (size > most) throw tooLarge(`A body may have ${most} bytes at most`);
        if (size > MAX_BODY && !isReserved) reserve(most);
        isReserved ||= size > MAX_BODY;
        chunks.push(chunk);
      } catch (error) {
        chunks = undefined;
        reject(error);
      }
    });
    message.on('end', () => chunks && resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    message.on('error', reject);
    // Every message is closed; one that is not complete then was cut off.
    message.on('close', () => {
      if (!message.complete) reject(malformed('The body ended early'));
    });
  });
}

/** Parses the JSON of a body, which has to be well-formed UTF-8. See `parseStrictJson` for what else it has to be. */
export function parseJson(bytes: Uint8Array): unknown {
  return parseStrictJson(decode(bytes));
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw malformed('The body is not well-formed UTF-8');
  }
}
