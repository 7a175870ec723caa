import { z } from 'zod';
import { missing } from '../canonical/error.ts';
import { primaryPhoto } from '../canonical/primary.ts';
import type { User } from '../canonical/user.ts';

/** Bytes of an image at most. */
export const MAX_AVATAR = 1_048_576;

/** A part without a file name is a text. */
const fileError = ({ input }: { input?: unknown }): string => (input === undefined ? missing.absent : 'must be a file');

export const NermAvatarUpload = z
  .strictObject({
    file: z.instanceof(Uint8Array, { error: fileError }).meta({
      description:
        'A PNG, JPEG or WebP image of 1 MiB at most. Its type is determined by its content, not by its name.',
      type: 'string',
      format: 'binary',
      example: 'picture.png',
    }),
  })
  .meta({ id: 'NermAvatarUpload', description: 'The image, as a file of a form.' });

export const NermAvatar = z
  .strictObject({
    url: z.string().meta({
      description: 'Where the image is: what the user has as primary photo in SCIM, else the first.',
      example: 'https://directory.example.com/avatars/0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a',
    }),
  })
  .meta({ id: 'NermAvatar', description: 'The picture of a user.' });

/** The picture of a user that has one. */
export function encodeNermAvatar(user: User): z.infer<typeof NermAvatar> {
  return { url: primaryPhoto(user) ?? '' };
}
