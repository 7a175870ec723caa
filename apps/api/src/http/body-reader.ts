import type { IncomingMessage } from 'node:http';
import { DirectoryError } from '@stele/schemas/canonical';
import { parseStrictJson } from '@stele/schemas/contract';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

const malformed = (message: string): DirectoryError => new DirectoryError('malformed_body', message);

/** @param most bytes of the body */
export function readBytes(message: IncomingMessage, most: number): Promise<Buffer> {
  const tooLarge = () => new DirectoryError('payload_too_large', `A body may have ${most} bytes at most`);
  return new Promise((resolve, reject) => {
    if (Number(message.headers['content-length'] ?? 0) > most) {
      reject(tooLarge());
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= most) chunks.push(chunk);
      else reject(tooLarge());
    });
    message.on('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
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
