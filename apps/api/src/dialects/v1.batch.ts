import { DirectoryError } from '@stele/schemas/canonical';
import { parseWire } from '@stele/schemas/contract';
import {
  encodeV1Item,
  draftV1User,
  placeOf,
  reviseV1User,
  V1BatchOperation,
  type V1BatchResult,
} from '@stele/schemas/v1';
import type { Item } from '../directory/batch.ts';
import type { Directory } from '../directory/directory.ts';

/** What each operation of a batch is to do, and what is wrong with those that cannot be read. */
export function v1BatchItems(directory: Directory, operations: readonly unknown[]): Item<V1BatchResult>[] {
  return operations.map((each) => {
    try {
      return itemOf(directory, parseWire(V1BatchOperation, each));
    } catch (thrown) {
      if (!(thrown instanceof DirectoryError)) throw thrown;
      const error = isUnknownUser(each, thrown) ? new DirectoryError('not_found', 'There is no such user') : thrown;
      return { kind: 'rejected', run: () => Promise.reject(error), encode: encodeV1Item(200) };
    }
  });
}

/** An identifier of a foreign shape names nobody, here as in a path. */
function isUnknownUser(operation: unknown, { details }: DirectoryError): boolean {
  const { id } = Object(operation) as { id?: unknown };
  return (
    typeof id === 'string' && (details.issues ?? []).some(({ path, rule }) => path[0] === 'id' && rule === 'invalid')
  );
}

/** Names what is wrong by its path in the operation. */
function inData<Result>(result: Promise<Result>): Promise<Result> {
  return result.catch((error: unknown) => {
    if (!(error instanceof DirectoryError) || !error.details.issues) throw error;
    const issues = error.details.issues.map((issue) => ({ ...issue, path: ['data', ...issue.path] }));
    throw new DirectoryError(error.code, error.message, { ...error.details, issues });
  });
}

function itemOf(directory: Directory, operation: V1BatchOperation): Item<V1BatchResult> {
  const place = placeOf(operation);
  if (operation.op === 'create') {
    const draft = draftV1User(operation.data);
    return { ...place, run: (access) => inData(directory.create(access, draft)), encode: encodeV1Item(201) };
  }
  const { id } = operation;
  if (operation.op === 'delete') {
    return { ...place, run: (access) => directory.remove(access, id), encode: encodeV1Item(204) };
  }
  const { data } = operation;
  const { emailVerification } = directory;
  return {
    ...place,
    run: (access) => inData(directory.revise(access, id, (user) => reviseV1User(user, data, emailVerification))),
    encode: encodeV1Item(200),
  };
}
