import { formatOf, type FormatFlags } from './format.ts';
import { put, type Io } from './io.ts';
import { pretty, record } from './print.ts';

/** How one resource is printed. */
interface View {
  /** Values beside those of the resource, which the table shows too. One of the same name stands for it there. */
  readonly beside?: Readonly<Record<string, unknown>>;
  /** The fields of tables and CSV where `--fields` names none. Default: all of the resource. */
  readonly usual?: readonly string[];
  /** The body that the API has for the resource. */
  readonly wrap?: (resource: object) => unknown;
}

const isEmpty = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

/** Prints one resource. */
export async function printRecord(io: Io, flags: FormatFlags, resource: object, view: View = {}): Promise<void> {
  const { beside = {}, usual, wrap = (each) => each } = view;
  const { fields } = flags;
  const format = formatOf(flags) ?? 'table';
  if (format === 'json' || format === 'ndjson') {
    const body = wrap(fields ? pick({ ...beside, ...resource }, fields) : resource);
    return put(io.stdout, format === 'json' ? pretty(body) : `${JSON.stringify(body)}\n`);
  }
  const shown = { ...resource, ...beside };
  if (format === 'csv') {
    const row = pick(shown, fields ?? usual ?? Object.keys(resource));
    const { csvOf } = await import('./csv.ts');
    return put(io.stdout, csvOf([Object.keys(row), Object.values(row)]));
  }
  if (!fields) return put(io.stdout, record(usual ? pick(shown, usual) : shown));
  // A list or an object without values has no line in a record.
  const chosen = Object.entries(pick(shown, fields)).map(([name, value]) => [name, isEmpty(value) ? null : value]);
  return put(io.stdout, record(Object.fromEntries(chosen)));
}

const pick = (values: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, values[name]]));
