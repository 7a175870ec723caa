import { SteleError } from './error.ts';
import type { Content } from './log.ts';
import type { WebBlob } from './web.ts';

export type FormFile = WebBlob | Uint8Array;

async function bytesOf(parts: readonly (FormFile | string)[]): Promise<ArrayBuffer> {
  try {
    return await new Blob(parts as ConstructorParameters<typeof Blob>[0]).arrayBuffer();
  } catch (cause) {
    throw new SteleError('a file cannot be read; nothing was sent', { cause });
  }
}

/** Text that is made of the files alone, and does not occur in them. */
async function boundaryOf(files: readonly FormFile[]): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await bytesOf(files));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * FormFiles by name as `multipart/form-data` (RFC 7578). The same files are the same bytes, so that who repeats a request under its
 * name repeats it; what `FormData` gives has another boundary each time.
 */
export async function encodeForm(files: Readonly<Record<string, FormFile>>): Promise<Content> {
  const boundary = await boundaryOf(Object.values(files));
  const parts = Object.entries(files).flatMap(([name, file]) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n`,
    'Content-Type: application/octet-stream\r\n\r\n',
    file,
    '\r\n',
  ]);
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    body: await bytesOf([...parts, `--${boundary}--\r\n`]),
  };
}
