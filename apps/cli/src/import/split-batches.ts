import { operationOf, type Row } from './row.ts';

/** The server reads bodies of up to 1 MiB; a body has some bytes around its operations. */
const MAX_BATCH_BYTES = 1_000_000;

/**
 * Splits rows into batches of at most `size` rows. The result depends on the rows and `size` alone, so that a batch that is sent
 * again has the same body.
 */
export async function* splitBatches(rows: AsyncIterable<Row>, size: number): AsyncGenerator<readonly Row[], void> {
  let batch: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const more = Buffer.byteLength(JSON.stringify(operationOf(row))) + 1;
    if (batch.length === size || (batch.length > 0 && bytes + more > MAX_BATCH_BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/** Leaves out the first `count` rows. */
export async function* skipRows(count: number, rows: AsyncIterable<Row>): AsyncGenerator<Row, void> {
  let before = count;
  for await (const row of rows) {
    if (before > 0) before -= 1;
    else yield row;
  }
}
