// Compiled, not run: what became of an operation is known by its kind, its status, its data or its error.
import type { errorStatus } from '@stele/schemas/canonical';
import type { Stele, V1BatchOperation, V1BatchOutcome, V1BatchResult, V1Error, V1User } from '../src/index.ts';
import type { RefusedStatus } from '../src/v1/batch.ts';

declare const stele: Stele;
declare const nothing: (data: undefined) => void;
declare const operations: V1BatchOperation[];
const data = { username: 'jane', email: 'jane@example.com', password: 'password' };

const [created, updated, deleted, ...rest] = await stele.v1.users.batch([
  { op: 'create', data },
  { op: 'update', id: 'usr_1', data: { role: 'admin' } },
  { op: 'delete', id: 'usr_2' },
]);

export const none: [] = rest;
export const shown: V1User | V1Error = created.error ?? created.data;
export const id: string = updated.status === 200 ? updated.data.id : updated.error.message;
export const why: V1Error | undefined = deleted.status === 204 ? deleted.data : deleted.error;
// @ts-expect-error whether it was done has to be asked first
export const unasked: V1User = created.data;
// @ts-expect-error what is deleted is not shown
export const gone: V1User = deleted.data;

for (const outcome of await stele.v1.users.batch(operations)) {
  if (outcome.error) void outcome.error.details;
  else if (outcome.status === 204) nothing(outcome.data);
  else void outcome.data.username;
  if (outcome.status === 409) void outcome.error.error;
  if (outcome.status === 201) void outcome.data.id;
}

// @ts-expect-error an operation that there is not
void stele.v1.users.batch([{ op: 'merge', id: 'usr_1' }]);
// @ts-expect-error an update names its user
void stele.v1.users.batch([{ op: 'update', data: { role: 'admin' } }]);

// Every outcome is a result as the wire has it, and every refusal of the API can be one.
export const wire = (outcome: V1BatchOutcome): V1BatchResult => outcome;
export const every = (status: (typeof errorStatus)[keyof typeof errorStatus]): RefusedStatus => status;
export const only = (status: RefusedStatus): (typeof errorStatus)[keyof typeof errorStatus] => status;
