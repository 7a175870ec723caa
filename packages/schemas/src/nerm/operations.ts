import { z } from 'zod';
import type { User } from '../canonical/user.ts';
import { encoder, operation } from '../contract/operation.ts';
import { encodeNermUser, NermUserAnswer, NermUserDraft, NermUserPatch } from './user.ts';

const params = z.strictObject({
  id: z
    .string()
    .regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    .meta({ description: 'The identifier of the user.', example: 'db6f8e8b-65c2-47d5-a0db-90bcc4e9df9e' }),
});

const nermUser = encoder(NermUserAnswer, (user: User) => ({ user: encodeNermUser(user) }));

export const readUser = operation({
  id: 'readUser',
  method: 'GET',
  path: '/users/{id}',
  scope: 'read',
  summary: 'Read a user by id',
  description: 'Shows one user that is not deleted.',
  params,
  status: 200,
  response: nermUser,
  versioned: true,
  errors: ['not_found'],
});

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/user',
  scope: 'write',
  summary: 'Create a user',
  description: 'Creates one user, `Active` unless a status is given.',
  body: NermUserDraft,
  status: 200,
  response: nermUser,
  versioned: true,
  errors: ['conflict'],
});

export const updateUser = operation({
  id: 'updateUser',
  method: 'PATCH',
  path: '/users/{id}',
  scope: 'write',
  summary: 'Update a user by id',
  description:
    'Changes the attributes that are given and leaves the others as they are. A change that changes nothing succeeds and leaves the ETag as it is.',
  params,
  body: NermUserPatch,
  status: 200,
  response: nermUser,
  versioned: true,
  errors: ['not_found', 'conflict'],
});

export const operations = { createUser, readUser, updateUser };
