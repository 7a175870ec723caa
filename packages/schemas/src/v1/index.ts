import { dialect } from '../contract/dialect.ts';
import { failV1, V1Error } from './error.ts';
import { operations } from './operations.ts';
import { v1Fields } from './user.ts';

export * from './api-key.ts';
export * from './batch.ts';
export * from './error.ts';
export * from './history.ts';
export * from './identifier.ts';
export * from './list.ts';
export * from './operations.ts';
export { type Paged, partOf, type V1PageQuery } from './page.ts';
export * from './tenant.ts';
export * from './user.ts';

/** The REST API. */
export const v1 = dialect({
  name: 'v1',
  title: 'Stele REST API',
  description: 'Users as plain JSON resources, and who may see and change them.',
  mounts: ['/v1'],
  mediaTypes: ['application/json'],
  operations,
  tags: [
    {
      name: 'Users',
      description: 'Users one by one, in pages and in batches; passwords, e-mail verification and histories.',
      paths: ['/users'],
    },
    {
      name: 'Groups',
      description: 'The histories of groups, which are written with SCIM.',
      paths: ['/groups'],
    },
    {
      name: 'API keys',
      description: 'API keys of the tenant. All of it needs the scope `admin`.',
      paths: ['/api-keys'],
    },
    {
      name: 'Tenants',
      description: 'Tenants and their first API keys. All of it needs the scope `operator`.',
      paths: ['/tenants'],
    },
  ],
  error: V1Error,
  fail: failV1,
  toComparable: v1Fields.toComparable,
});
