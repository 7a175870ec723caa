import { dialect } from '../contract/dialect.ts';
import { wrapAuditQuery } from './audit.ts';
import { failNerm, NermError } from './error.ts';
import { receiveNermQuery } from './query.ts';
import { operations, queryAuditEvents } from './operations.ts';
import { nermFields } from './user.ts';

export * from './error.ts';
export * from './operations.ts';
export * from './user.ts';
export { nermHistorySearch } from './audit.ts';
export { isJob, type NermBulkQuery, placeOfChange, placeOfWish } from './bulk.ts';
export { encodeNermItem, type NermItemResult, toNermItemError } from './item.ts';
export { nermUserQuery } from './list.ts';

/** The SailPoint NERM lifecycle API. */
export const nerm = dialect({
  name: 'nerm',
  title: 'Stele lifecycle API',
  description: 'Users as SailPoint Non-Employee Risk Management (NERM) speaks of them.',
  mounts: ['', '/api'],
  mediaTypes: ['application/json'],
  operations,
  tags: [
    { name: 'Users', description: 'Users one by one, in lists and in bulk.', paths: ['/users', '/user'] },
    { name: 'Avatars', description: 'The picture of a user.', paths: ['/users/{id}/avatar'] },
    { name: 'Jobs', description: 'Bulk requests that are processed in the background.', paths: ['/job_status'] },
    { name: 'Audit events', description: 'Accepted writes of all users.', paths: ['/audit_events'] },
  ],
  error: NermError,
  fail: failNerm,
  toComparable: nermFields.toComparable,
  receive: (body, { operation }) => (operation === queryAuditEvents ? wrapAuditQuery(body) : body),
  receiveQuery: receiveNermQuery,
});
