import type { User } from '@stele/schemas/canonical';
import { dialect, encoder, operation } from '@stele/schemas/contract';
import { z } from 'zod';

const ToyUser = z.strictObject({ who: z.guid(), handle: z.string(), mood: z.string().nullable() });
const ToyPatch = z.strictObject({ handle: z.string().min(1).exactOptional(), mood: z.string().exactOptional() });

export const renameUser = operation({
  id: 'renameUser',
  method: 'PATCH',
  path: '/people/{who}',
  scope: 'write',
  summary: 'Rename somebody',
  description: 'Changes the handle, or the mood, which is kept as the title.',
  params: z.strictObject({ who: z.guid() }),
  body: ToyPatch,
  status: 200,
  response: encoder(ToyUser, (user: User) => ({ who: user.id, handle: user.userName, mood: user.title ?? null })),
  versioned: true,
  errors: ['not_found', 'conflict', 'precondition_failed'],
});

export const toy = dialect({
  name: 'toy',
  title: 'Toy',
  description: 'As small as a dialect can be.',
  mounts: ['/toy'],
  mediaTypes: ['application/json'],
  operations: { renameUser },
  tags: [{ name: 'People', description: 'People of the toy.', paths: ['/people'] }],
  error: z.strictObject({ alas: z.string() }),
  fail: (error) => ({ alas: error.code }),
});
