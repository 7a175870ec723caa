import { operationOf, type Row } from './row.ts';

/** Bytes of a batch at most: the server reads 1 MiB, with what is around the operations. */
const LARGEST = 1_000_000;

/**
 * Cuts rows into batches. Where they are cut depends on the rows and `size` alone, so that a batch which is sent again has
 * the same body.
 */
export async function* cutBatches(rows: AsyncIterable<Row>, size: number): AsyncGenerator<readonly Row[], void> {
  let batch: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    const more = Buffer.byteLength(JSON.stringify(operationOf(row))) + 1;
    if (batch.length === size || (batch.length > 0 && bytes + more > LARGEST)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(row);
    bytes += more;
  }
  if (batch.length > 0) yield batch;
}

/** The rows after the first so many. */
export async function* after(count: number, rows: AsyncIterable<Row>): AsyncGenerator<Row, void> {
  let before = count;
  for await (const row of rows) {
    if (before > 0) before -= 1;
    else yield row;
  }
}
