import type { Command } from 'commander';
import { connect, connectionFlags, writeFlags, type ConnectionFlags } from '../connection.ts';
import { UsageError } from '../errors.ts';
import { readDocument } from '../field.ts';
import { nermAcceptedJob, nermJob } from '../fields.ts';
import { formatFlags, formatFlagsOf, formatOf, type FormatFlags } from '../format.ts';
import type { Io } from '../io.ts';
import { printJob, watchJob } from '../job.ts';
import { count } from '../print.ts';
import { printRecord } from '../record.ts';

type Flags = ConnectionFlags & FormatFlags;

interface CreateFlags extends ConnectionFlags, FormatFlags {
  readonly update?: true;
  readonly wait?: true;
}

const jobFields = [...nermJob, 'failed'];

/** For a request with a thousand users: the server hashes their passwords before it responds. In milliseconds. */
const TIMEOUT = 180_000;

/** The users of a document, with or without the wrapper of the API. The server validates them. */
function usersOf(document: unknown): readonly unknown[] {
  const users: unknown = Array.isArray(document) ? document : Object(document).users;
  if (Array.isArray(users)) return users;
  throw new UsageError('the file must hold a JSON array of users, or {"users": [...]}');
}

export function jobsCommand(program: Command, io: Io): void {
  const jobs = program.command('jobs').description('Create or change many users in the background, as NERM has them.');

  const create = writeFlags(
    jobs
      .command('create')
      .description('Hand over up to 1000 users to be created, or changed. The id of the job goes to standard output.')
      .argument('<file>', 'a JSON array of users as the lifecycle API has them, - for standard input')
      .option('--update', 'change users, each of which is named by its id')
      .option('--wait', 'watch the job until it is complete'),
  );
  formatFlags(create, ({ wait }: CreateFlags) => (wait ? jobFields : nermAcceptedJob), 'the id alone')
    .addHelpText(
      'after',
      `
The file may also be {"users": [...]}. Each user is judged alone.

Examples:
  stele jobs create new-users.json
  stele jobs create leavers.json --update --wait
  stele jobs create - < new-users.json`,
    )
    .action(async (file: string, { update, wait, ...given }: CreateFlags) => {
      const users = usersOf(await readDocument(file, io));
      const { nerm } = await connect({ timeout: TIMEOUT, ...given }, io);
      const options = { async: true } as const;
      const { job } = await (update
        ? nerm.users.updateMany(users as never, options)
        : nerm.users.createMany(users as never, options));
      const handed = `${count(users.length)} users are handed over`;
      if (wait) {
        io.stderr.write(`${handed} as job ${job.job_id}.\n`);
        await watchJob(nerm, job.job_id, { io, timeout: given.timeout, ...formatFlagsOf(given) });
      } else {
        io.stderr.write(`${handed}. \`stele jobs watch\` shows what becomes of them.\n`);
        if (formatOf(given)) await printRecord(io, given, job);
        else io.stdout.write(`${job.job_id}\n`);
      }
    });

  const status = jobs
    .command('status')
    .description('Show how far a job is, and which users failed so far; as JSON, the outcome of each user.')
    .argument('<id>', 'the job');
  formatFlags(connectionFlags(status), jobFields)
    .addHelpText('after', '\nExamples:\n  stele jobs status 0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a')
    .action(async (id: string, given: Flags) => {
      const { nerm } = await connect(given, io);
      await printJob(io, given, await nerm.jobs.get(id));
    });

  const watch = jobs
    .command('watch')
    .description('Show the progress of a job until it is complete, and then its result.')
    .argument('<id>', 'the job');
  formatFlags(connectionFlags(watch), jobFields, 'how many users were processed and failed')
    .addHelpText(
      'after',
      `
Where users failed, the first of them are named, with the reasons, and the command ends with 8. Ctrl-C ends the
watching; the job goes on.

Examples:
  stele jobs watch 0197f3a2-4a1e-7c55-8d3b-1f2e3d4c5b6a`,
    )
    .action(async (id: string, given: Flags) => {
      const { nerm } = await connect(given, io);
      await watchJob(nerm, id, { io, timeout: given.timeout, ...formatFlagsOf(given) });
    });
}
