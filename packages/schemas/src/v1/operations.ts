import { z } from 'zod';
import type { User } from '../canonical/user.ts';
import { encoder, operation } from '../contract/operation.ts';
import { v1UserId } from './identifier.ts';
import { encodeV1User, V1Password, V1User, V1UserDraft, V1UserPatch } from './user.ts';

const params = z.strictObject({
  user_id: v1UserId.meta({
    description: 'The identifier of the user.',
    example: 'usr_01hzxrphnke7jrvvzhvhsvq5bm',
  }),
});

const v1User = encoder(V1User, (user: User) => encodeV1User(user));

export const readUser = operation({
  id: 'readUser',
  method: 'GET',
  path: '/users/{user_id}',
  scope: 'read',
  summary: 'Read a user',
  description: 'Shows one user that is not deleted.',
  params,
  status: 200,
  response: v1User,
  versioned: true,
  errors: ['not_found'],
});

export const createUser = operation({
  id: 'createUser',
  method: 'POST',
  path: '/users',
  scope: 'write',
  summary: 'Create a user',
  description: 'Creates an active user. `role` is `user` unless it is given.',
  body: V1UserDraft,
  status: 201,
  response: v1User,
  versioned: true,
  located: readUser,
  errors: ['conflict'],
});

export const updateUser = operation({
  id: 'updateUser',
  method: 'PATCH',
  path: '/users/{user_id}',
  scope: 'write',
  summary: 'Change part of a user',
  description:
    'Changes the fields that are given and leaves the others as they are. A change that changes nothing succeeds and moves neither `updated_at` nor the ETag. The password has an operation of its own.',
  params,
  body: V1UserPatch,
  accepts: ['application/merge-patch+json'],
  status: 200,
  response: v1User,
  versioned: true,
  minimal: true,
  errors: ['not_found', 'conflict'],
});

export const setPassword = operation({
  id: 'setPassword',
  method: 'PUT',
  path: '/users/{user_id}/password',
  scope: 'write',
  summary: "Set a user's password",
  description: 'Replaces the password. It is stored as an argon2id hash and can be read nowhere.',
  params,
  body: V1Password,
  status: 204,
  versioned: true,
  errors: ['not_found'],
});

export const operations = { createUser, readUser, updateUser, setPassword };
