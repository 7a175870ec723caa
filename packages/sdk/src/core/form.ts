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

/** `new Blob` would take any other value as its text. */
function assertFile(name: string, file: unknown): void {
  if (file instanceof Blob || ArrayBuffer.isView(file) || file instanceof ArrayBuffer) return;
  throw new SteleError(`${name} must be a Blob or bytes; nothing was sent`);
}

/** Text that depends on the files alone, and does not occur in them. */
async function boundaryOf(files: readonly FormFile[]): Promise<string> {
  const text = new TextDecoder('latin1').decode(await bytesOf(files));
  let boundary = 'stele';
  for (let n = 0; text.includes(boundary); n += 1) boundary = `stele${n}`;
  return boundary;
}

/**
 * FormFiles by name as `multipart/form-data` (RFC 7578). The same files are the same bytes, so that a request with the same
 * `Idempotency-Key` is the same request; `FormData` has another boundary each time.
 */
export async function encodeForm(files: Readonly<Record<string, FormFile>>): Promise<Content> {
  for (const [name, file] of Object.entries(files)) assertFile(name, file);
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
