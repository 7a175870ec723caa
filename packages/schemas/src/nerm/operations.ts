import { z } from 'zod';
import type { JobReport } from '../canonical/job.ts';
import type { User } from '../canonical/user.ts';
import { encoder, operation } from '../contract/operation.ts';
import { encodeNermAuditEvents, NermAuditEvents, NermAuditParameters, NermAuditQuery } from './audit.ts';
import { encodeNermAvatar, MAX_AVATAR, NermAvatar, NermAvatarUpload } from './avatar.ts';
import {
  encodeNermBulk,
  MOST_AT_ONCE,
  NermBulkResponse,
  NermBulkQuery,
  NermUsersDraft,
  NermUsersEnvelope,
  NermUsersPatch,
} from './bulk.ts';
import { encodeNermJob, NermJob, NermJobQuery } from './job.ts';
import { encodeNermUserList, NermUserList, NermUserQuery } from './list.ts';
import { encodeNermUser, nermUserId, NermUserAnswer, NermUserDraft, NermUserPatch } from './user.ts';

const params = z.strictObject({ id: nermUserId });

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

const NermDeletion = z
  .strictObject({ info: z.string().meta({ description: 'What happened, for a person.', example: 'object deleted' }) })
  .meta({ id: 'NermDeletion', description: 'What happened.' });

export const deleteUser = operation({
  id: 'deleteUser',
  method: 'DELETE',
  path: '/users/{id}',
  scope: 'write',
  summary: 'Delete a user by id',
  description: 'The login is free again at once. The history stays, and can be queried.',
  params,
  status: 200,
  response: encoder(NermDeletion, (_user: User) => ({ info: 'object deleted' })),
  versioned: true,
  errors: ['not_found'],
});

export const listUsers = operation({
  id: 'listUsers',
  method: 'GET',
  path: '/users',
  scope: 'read',
  summary: 'List users',
  description: 'Shows users that are not deleted and have all of the given values, a part at a time.',
  query: NermUserQuery,
  status: 200,
  response: encoder(NermUserList, encodeNermUserList),
  errors: [],
});

const bulk = encoder(NermBulkResponse, encodeNermBulk);

/** What holds for both kinds of bulk requests. */
const EACH_ALONE = `Each is processed by itself, in the order of the request. More than ${MOST_AT_ONCE}, or with \`async=true\`, are a job: the response has its id, and \`GET /job_status\` reports its progress.`;

export const createUsers = operation({
  id: 'createUsers',
  method: 'POST',
  path: '/users',
  scope: 'write',
  summary: 'Create multiple users',
  description: `Creates users. ${EACH_ALONE}`,
  query: NermBulkQuery,
  body: NermUsersDraft,
  envelope: NermUsersEnvelope,
  items: (body: z.output<typeof NermUsersEnvelope>) => body.users,
  status: 200,
  response: bulk,
  errors: [],
});

export const updateUsers = operation({
  id: 'updateUsers',
  method: 'PATCH',
  path: '/users',
  scope: 'write',
  summary: 'Update multiple users',
  description: `Changes users, each of which is named by its \`id\`. ${EACH_ALONE}`,
  query: NermBulkQuery,
  body: NermUsersPatch,
  envelope: NermUsersEnvelope,
  items: (body: z.output<typeof NermUsersEnvelope>) => body.users,
  status: 200,
  response: bulk,
  errors: [],
});

export const readJob = operation({
  id: 'readJob',
  method: 'GET',
  path: '/job_status',
  scope: 'read',
  resource: 'job',
  summary: 'Read the status of a job',
  description:
    'Reports the progress of a job and the result of each user so far. A complete job is stored for 30 days.',
  query: NermJobQuery,
  status: 200,
  response: encoder(NermJob, (report: JobReport) => encodeNermJob(report)),
  errors: ['not_found'],
});

const avatar = encoder(NermAvatar, encodeNermAvatar);

export const readAvatar = operation({
  id: 'readAvatar',
  method: 'GET',
  path: '/users/{id}/avatar',
  scope: 'read',
  resource: 'avatar',
  summary: 'Read the URL of an avatar',
  description: 'Shows where the picture of a user is.',
  params,
  status: 200,
  response: avatar,
  errors: ['not_found'],
});

export const writeAvatar = operation({
  id: 'writeAvatar',
  method: 'POST',
  path: '/users/{id}/avatar',
  scope: 'write',
  summary: 'Upload an avatar',
  description:
    'Stores an image, and makes its URL the primary photo of the user. Other photos of the user stay. The previous image is deleted.',
  params,
  body: NermAvatarUpload,
  form: { maxSize: MAX_AVATAR },
  status: 200,
  response: avatar,
  versioned: true,
  conditional: true,
  errors: ['not_found'],
});

export const queryAuditEvents = operation({
  id: 'queryAuditEvents',
  method: 'POST',
  path: '/audit_events/query',
  scope: 'read',
  summary: 'Query for audit events',
  description: 'Finds accepted writes to users, in any dialect.',
  query: NermAuditParameters,
  body: NermAuditQuery,
  safe: true,
  status: 200,
  response: encoder(NermAuditEvents, encodeNermAuditEvents),
  errors: [],
});

export const operations = {
  createUser,
  createUsers,
  deleteUser,
  listUsers,
  queryAuditEvents,
  readAvatar,
  readJob,
  readUser,
  updateUser,
  updateUsers,
  writeAvatar,
};
