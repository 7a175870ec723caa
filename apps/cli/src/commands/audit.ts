import { setTimeout as pause } from 'node:timers/promises';
import type { NermAuditEvent, Stele } from '@stele/sdk';
import { Option, type Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../connection.ts';
import { parsePast } from '../duration.ts';
import { wholeNumber } from '../flags.ts';
import { spell } from '../identifier.ts';
import { interruptible, put, type Io } from '../io.ts';
import { first, printArray } from '../list.ts';
import { sayWrite } from '../write.ts';

/** Events that are shown unless it is said, and of one page at most. */
const USUAL = 20;
const MOST = 100;

/** What happened, and how the API calls it. */
const types = {
  create: 'ActiveRecordCreate',
  update: 'ActiveRecordUpdate',
  delete: 'ActiveRecordDestroy',
} as const satisfies Record<string, NermAuditEvent['type']>;

interface Flags extends ConnectionFlags {
  readonly user?: string;
  readonly type?: keyof typeof types;
  readonly since?: string;
  readonly until?: string;
  readonly limit?: number;
  readonly json?: true;
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

const block = async (io: Io, { created_at: at, subject_id: user, data }: NermAuditEvent): Promise<string> =>
  sayWrite(io, at, `${await spell(user, 'v1')} version ${data.version}`, data);

/** Shows writes from now on, or from `--since` on, the oldest first, until the command is interrupted. */
async function follow(nerm: Stele['nerm'], given: Flags, io: Io): Promise<void> {
  const { created_at: _, ...filters } = await filtersOf(given);
  const begin = Date.parse(given.since ?? new Date().toISOString());
  /** The times of the writes of the last seconds, by id: a write that is committed late has an earlier time than others. */
  const shown = new Map<string, number>();
  let from = begin;
  await interruptible(io, async (signal) => {
    for (;;) {
      const created = { gt: new Date(from - 1).toISOString() };
      const query = { filters: { ...filters, created_at: created }, order: 'asc' as const, limit: MOST };
      for await (const event of nerm.auditEvents.query(query, { signal })) {
        const at = Date.parse(event.created_at);
        from = Math.max(from, at - FOLLOW_OVERLAP_MS);
        if (shown.has(event.id)) continue;
        shown.set(event.id, at);
        await put(io.stdout, await block(io, event));
      }
      for (const [id, at] of shown) if (at < from) shown.delete(id);
      await pause(FOLLOW_INTERVAL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    }
  });
}

export function auditCommand(program: Command, io: Io): void {
  connectionFlags(
    program
      .command('audit')
      .description('Show who changed what in the directory, the newest first, in whichever dialect it came.')
      .option('--user <id>', 'only writes to this user, who may be deleted, in the spelling of any dialect')
      .addOption(
        new Option('--type <type>', 'only writes that created, changed or deleted').choices(Object.keys(types)),
      )
      .option('--since <time>', 'only from then on: 2027-01-01, 2027-01-01T12:00:00Z, or how long ago: 1d', parsePast)
      .option('--until <time>', 'only before then', parsePast)
      .option('--limit <n>', `how many writes at most (default ${USUAL})`, wholeNumber('--limit', 1))
      .addOption(new Option('--json', 'print a JSON array').conflicts('follow'))
      .addOption(new Option('--follow', 'go on with new writes, until Ctrl-C').conflicts(['until', 'json'])),
  )
    .addHelpText(
      'after',
      `
A day begins at midnight in UTC, and --until leaves out the day that it names.

Examples:
  stele audit
  stele audit --user usr_01hzxrphnke7jrvvzhvhsvq5bm --type update
  stele audit --since 1d
  stele audit --follow --since 5m
  stele audit --since 2026-11-01 --until 2026-12-01 --limit 1000 --json`,
    )
    .action(async ({ limit = USUAL, json, follow: isFollowed, ...given }: Flags) => {
      const { nerm } = await connect(given, io);
      if (isFollowed) return follow(nerm, given, io);
      const query = { filters: await filtersOf(given), order: 'desc' as const, limit: Math.min(limit, MOST) };
      async function* pages() {
        for await (const { audit_events: data } of nerm.auditEvents.query(query).pages()) yield { data };
      }
      if (json) return printArray(io, first(limit, pages()));
      for await (const { data } of first(limit, pages()))
        await put(io.stdout, (await Promise.all(data.map((event) => block(io, event)))).join(''));
    });
}
