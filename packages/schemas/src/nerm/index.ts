import { dialect } from '../contract/dialect.ts';
import { failNerm, NermError } from './error.ts';
import { operations } from './operations.ts';
import { portrayNermUser } from './user.ts';

export * from './error.ts';
export * from './operations.ts';
export * from './user.ts';

/** The SailPoint NERM lifecycle API. */
export const nerm = dialect({
  name: 'nerm',
  title: 'Stele lifecycle API',
  description: 'Users as SailPoint Non-Employee Risk Management (NERM) speaks of them.',
  mounts: ['', '/api'],
  mediaTypes: ['application/json'],
  operations,
  error: NermError,
  fail: failNerm,
  portray: portrayNermUser,
});
