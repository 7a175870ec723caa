import { z } from 'zod';
import { encoder, operation } from '../contract/operation.ts';
import { ScimPatchRequest } from './message.ts';
import { dronahqMounts } from './profile.ts';
import { encodeUser, ScimUser, ScimUserDraft, ScimUserPart } from './user.ts';

const params = z.strictObject({
  // `id` is case exact (RFC 7643 3.1), so there is one spelling of a UUID.
  id: z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    .meta({ description: 'The user, as a UUID in lower case.', example: '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55' }),
});

const scimUser = encoder(ScimUser, encodeUser);

const projection = z.object({
  attributes: z
    .string()
    .meta({
      description: 'Attributes to return, with commas between: names, parts, or names after the URN of their schema.',
      example: 'userName,emails.value',
    })
    .exactOptional(),
  excludedAttributes: z
    .string()
    .meta({ description: 'Attributes to leave out, with commas between.', example: 'photos,x509Certificates' })
    .exactOptional(),
});

export const readUser = operation({
  id: 'readUser',
  method: 'GET',
  path: '/Users/{id}',
  scope: 'read',
  summary: 'Read a user',
  description:
    'Answers with one user. `attributes` and `excludedAttributes` choose what of it; `id` and `schemas` always come.',
  params,
  query: projection,
  status: 200,
  response: scimUser,
  alternatives: [ScimUserPart],
  versioned: true,
  errors: ['not_found'],
});

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/Users',
  scope: 'write',
  summary: 'Create a user',
  description:
    'Creates a user from a whole resource. Read-only attributes are ignored; `null` and `[]` mean unassigned. A `userName` or `externalId` that exists is refused with `uniqueness`.',
  query: projection,
  body: ScimUserDraft,
  status: 201,
  // DronaHQ documents 200 for everything that succeeds.
  statusAt: Object.fromEntries(dronahqMounts.map((mount) => [mount, 200])),
  response: scimUser,
  alternatives: [ScimUserPart],
  versioned: true,
  located: readUser,
  errors: ['conflict'],
});

export const patchUser = operation({
  id: 'patchUser',
  method: 'PATCH',
  path: '/Users/{id}',
  scope: 'write',
  summary: 'Change part of a user',
  description:
    'Applies operations in order, all of them or none (RFC 7644 3.5.2). Attributes that no operation touches stay as they are; a PATCH that changes nothing succeeds and leaves version and `lastModified` alone. On the DronaHQ mounts the body may also be a partial user.',
  params,
  query: projection,
  body: ScimPatchRequest,
  status: 200,
  response: scimUser,
  alternatives: [ScimUserPart],
  versioned: true,
  minimal: true,
  errors: ['not_found', 'conflict'],
});
