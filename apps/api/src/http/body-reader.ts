import type { IncomingMessage } from 'node:http';
import { DirectoryError } from '@stele/schemas/canonical';
import { MAX_BODY, parseStrictJson } from '@stele/schemas/contract';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

const malformed = (message: string): DirectoryError => new DirectoryError('malformed_body', message);

const tooLarge = (message: string): DirectoryError => new DirectoryError('payload_too_large', message);

/**
 * @param most bytes of the body
 * @param reserve called with the bytes that a body above `MAX_BODY` may take in memory, before it takes them; it may throw
 */
export function readBytes(
  message: IncomingMessage,
  most: number,
  reserve: (bytes: number) => void = () => {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const declared = Number(message.headers['content-length'] ?? 0);
    if (declared > most) throw tooLarge(`A body may have ${most} bytes at most`);
    if (declared > MAX_BODY) reserve(declared);
    let isReserved = declared > MAX_BODY;
    let chunks: Buffer[] | undefined = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      // The rest of a body that was rejected is read, and dropped.
      if (!chunks) return;
      size += chunk.length;
      try {
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
