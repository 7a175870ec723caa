import { defined, type HistoryChanges, type RecordedWrite } from '@stele/schemas/canonical';

/** The columns of a row of the history but for its resource, which is the second. A `bigint` comes as text. */
export type HistoryRow = readonly [
  seq: string,
  resourceId: string,
  version: number,
  at: Date,
  credentialId: string,
  actor: string | null,
  dialect: string,
  operation: string,
  requestId: string,
  changes: HistoryChanges,
];

/** A row of the history of users or of groups. */
export function recordedWriteOf([
  seq,
  ,
  version,
  at,
  credentialId,
  actor,
  dialect,
  operation,
  requestId,
  changes,
]: HistoryRow): RecordedWrite & { readonly changes: HistoryChanges } {
  return {
    seq: Number(seq),
    version,
    at,
    credentialId,
    ...defined({ actor: actor ?? undefined }),
    dialect,
    operation,
    requestId,
    changes,
  };
}
