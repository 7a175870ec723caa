import type { DirectoryError } from '@stele/schemas/canonical';
import type { Item } from '../directory/batch.ts';

/** What is to be done to the items of one kind of job, and what their caller gets to know. */
export interface JobKind {
  itemOf(item: unknown): Item<unknown>;
  toItemError(item: unknown, error: DirectoryError): unknown;
}

/** The kinds of jobs that there are, by name. */
export abstract class JobKinds {
  abstract readonly byName: Readonly<Record<string, JobKind>>;
}
