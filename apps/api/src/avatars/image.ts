import { createHash } from 'node:crypto';
import { DirectoryError } from '@stele/schemas/canonical';
import { fileTypeFromBuffer } from 'file-type';

/** A picture as it is kept and served. */
export interface Image {
  /** Made from the content. */
  readonly id: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly createdAt: Date;
}

/** The formats that are kept: the media types that they are served as, and how each begins. An animated PNG is a PNG. */
const formats: ReadonlyMap<string, { readonly mediaType: string; readonly begins: string }> = new Map([
  ['image/png', { mediaType: 'image/png', begins: '\x89PNG' }],
  ['image/apng', { mediaType: 'image/png', begins: '\x89PNG' }],
  ['image/jpeg', { mediaType: 'image/jpeg', begins: '\xff\xd8\xff' }],
  ['image/webp', { mediaType: 'image/webp', begins: 'RIFF' }],
]);

/** Looks at what a file is. Its name and what its sender calls it say nothing. */
export async function imageOf(bytes: Uint8Array): Promise<Image> {
  const type = await fileTypeFromBuffer(bytes);
  const format = formats.get(type?.mime ?? '');
  // A mark before the image is passed over by who looks for it, and not by browsers.
  if (!format || !Buffer.from(bytes.subarray(0, 4)).toString('latin1').startsWith(format.begins)) {
    throw new DirectoryError('validation_error', 'Invalid request parameters', {
      issues: [{ path: ['file'], rule: 'invalid', message: 'must be a PNG, JPEG or WebP image' }],
    });
  }
  const id = createHash('sha256').update(bytes).digest('hex');
  return { id, mediaType: format.mediaType, bytes, createdAt: new Date() };
}
