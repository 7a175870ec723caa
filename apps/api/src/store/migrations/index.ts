import { Users1763700000000 } from './1763700000000-users.ts';

/** In the order in which they run. */
export const migrations = [Users1763700000000];
