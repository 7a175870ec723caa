import { setTimeout as pause } from 'node:timers/promises';
import type { NermAuditEvent, Stele } from '@stele/sdk';
import { Option, type Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../connection.ts';
import { parsePast } from '../duration.ts';
import { UsageError } from '../errors.ts';
import { nermAuditEvent } from '../fields.ts';
import { wholeNumber } from '../flags.ts';
import { formatFlags, type FormatFlags } from '../format.ts';
import { spell } from '../identifier.ts';
import { interruptible, type Io } from '../io.ts';
import { first, printList, type Columns, type Pages } from '../list.ts';
import { formatHistoryEntry, historyColumns } from '../format-history-entry.ts';

const DEFAULT_LIMIT = 20;
const MAX_PAGE_SIZE = 100;

/** What happened, and how the API calls it. */
const types = {
  create: 'ActiveRecordCreate',
  update: 'ActiveRecordUpdate',
  delete: 'ActiveRecordDestroy',
} as const satisfies Record<string, NermAuditEvent['type']>;

interface Flags extends ConnectionFlags, FormatFlags {
  readonly user?: string;
  readonly type?: keyof typeof types;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly follow?: true;
}

/** Milliseconds between two looks of `--follow`. */
const FOLLOW_INTERVAL_MS = 1000;

/** Milliseconds that a write may take to be committed. */
const FOLLOW_OVERLAP_MS = 5000;

/** The API asks for what is later than a time; to the millisecond, that is what is not earlier than the next. */
const justBefore = (moment: string): string => new Date(Date.parse(moment) - 1).toISOString();

async function filtersOf({ user, type, since, until }: Flags) {
  const when = { ...(since && { gt: justBefore(since) }), ...(until && { lt: until }) };
  return {
    ...(user && { subject_id: await spell(user, 'nerm') }),
    ...(type && { type: types[type] }),
    ...(Object.keys(when).length > 0 && { created_at: when }),
  };
}

const columns: Columns<NermAuditEvent> = {
  created_at: (event) => event.created_at,
  user: (event) => spell(event.subject_id, 'v1'),
  version: ({ data }) => data.version,
  operation: ({ data }) => historyColumns.operation(data),
  dialect: ({ data }) => historyColumns.dialect(data),
  actor: ({ data }) => historyColumns.actor(data),
  changed: ({ data }) => historyColumns.changed(data),
};

const block = async (io: Io, { created_at: at, subject_id: user, data }: NermAuditEvent): Promise<string> =>
  formatHistoryEntry(io, at, `${await spell(user, 'v1')} version ${data.version}`, data);

/** Writes from now on, or from `--since` on, the oldest first, without an end. */
async function* follow(nerm: Stele['nerm'], given: Flags, signal: AbortSignal) {
  const { created_at: _, ...filters } = await filtersOf(given);
  const begin = Date.parse(given.since ?? new Date().toISOString());
  /** The times of the writes of the last seconds, by id: a write that is committed late has an earlier time than others. */
  const shown = new Map<string, number>();
  let from = begin;
  for (;;) {
    const created = { gt: new Date(from - 1).toISOString() };
    const query = { filters: { ...filters, created_at: created }, order: 'asc' as const, limit: MAX_PAGE_SIZE };
    for await (const event of nerm.auditEvents.query(query, { signal })) {
      const at = Date.parse(event.created_at);
      from = Math.max(from, at - FOLLOW_OVERLAP_MS);
      if (shown.has(event.id)) continue;
      shown.set(event.id, at);
      yield { data: [event] };
    }
    for (const [id, at] of shown) if (at < from) shown.delete(id);
    await pause(FOLLOW_INTERVAL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** What has no end is no document, and its columns have no width. */
function assertFollows({ output, fields }: FormatFlags): void {
  if (output === 'ndjson' || (output ?? fields) === undefined) return;
  if (output === undefined) throw new UsageError('--fields with --follow needs --output ndjson');
  throw new UsageError(`--follow prints blocks, or lines with --output ndjson; there is no ${output} without an end`);
}

export function auditCommand(program: Command, io: Io): void {
  const audit = connectionFlags(
    program
      .command('audit')
      .description('Show who changed what in the directory, in any dialect, the newest first.')
      .option('--user <id>', 'only writes to this user, who may be deleted, in the spelling of any dialect')
      .addOption(
        new Option('--type <type>', 'only writes that created, changed or deleted').choices(Object.keys(types)),
      )
      .option('--since <time>', 'only from then on: 2027-01-01, 2027-01-01T12:00:00Z, or how long ago: 1d', parsePast)
      .option('--until <time>', 'only before then', parsePast)
      .option('--limit <n>', `how many writes at most (default ${DEFAULT_LIMIT})`, wholeNumber('--limit', 1))
      .addOption(new Option('--follow', 'go on with new writes, until Ctrl-C').conflicts(['until', 'json'])),
  );
  formatFlags(audit, [...Object.keys(columns), ...nermAuditEvent], 'a block for each write')
    .addHelpText(
      'after',
      `
A day begins at midnight in UTC, and --until leaves out the day that it names.
A block has a line for each field that the write changed. A table has the columns
${Object.keys(columns).join(', ')}: the names of those fields. --follow prints blocks, or --output ndjson.

Examples:
  stele audit
  stele audit --user usr_01hzxrphnke7jrvvzhvhsvq5bm --type update
  stele audit --since 1d
  stele audit --follow --since 5m
  stele audit --follow --output ndjson --fields created_at,user,changed
  stele audit --since 1d --output table
  stele audit --since 2026-11-01 --until 2026-12-01 --limit 1000 --json`,
    )
    .action(async ({ limit = DEFAULT_LIMIT, follow: isFollowed, ...given }: Flags) => {
      if (isFollowed) assertFollows(given);
      const { nerm } = await connect(given, io);
      const print = (pages: Pages<NermAuditEvent>) => printList(io, given, columns, pages, (event) => block(io, event));
      if (isFollowed) return interruptible(io, (signal) => print(follow(nerm, given, signal)));
      const query = { filters: await filtersOf(given), order: 'desc' as const, limit: Math.min(limit, MAX_PAGE_SIZE) };
      async function* pages() {
        for await (const { audit_events: data } of nerm.auditEvents.query(query).pages()) yield { data };
      }
      return print(first(limit, pages()));
    });
}
