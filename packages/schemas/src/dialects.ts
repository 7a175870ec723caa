import type { Dialect } from './contract/dialect.ts';
import { nerm } from './nerm/index.ts';
import { scim } from './scim/index.ts';
import { v1 } from './v1/index.ts';

/** Every dialect that is spoken. */
export const dialects: readonly Dialect[] = [v1, scim, nerm];
