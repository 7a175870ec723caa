import type { Command } from 'commander';
import { readSecret } from '../prompt.ts';
import { connect, connectionFlags, DRY_RUN, type ConnectionFlags } from '../connection.ts';
import { dialectName, dialectNames, dialectClients, type Changes, type DialectName } from '../dialect.ts';
import { UsageError } from '../errors.ts';
import { fieldHelp, parseAssignment, readData, rejectRepeated } from '../field.ts';
import { onlyIf } from '../flags.ts';
import { formatFlags, formatFlagsOf, type FormatFlags } from '../format.ts';
import { spell } from '../identifier.ts';
import type { Io } from '../io.ts';
import { printRecord } from '../record.ts';
import { historyCommand } from './history.ts';
import { avatarCommand } from './users/avatar.ts';
import { deleteCommand } from './users/delete.ts';
import { exportCommand } from './users/export.ts';
import { importCommand } from './users/import.ts';
import { listCommand } from './users/list.ts';
import { passwordCommand } from './users/password.ts';
import { resendVerificationCommand, verifyEmailCommand } from './users/verify-email.ts';

interface Flags extends ConnectionFlags, FormatFlags {
  readonly as: DialectName;
}

interface WriteFlags extends Flags {
  readonly password?: true;
  readonly data?: string;
  readonly remove?: readonly string[];
  readonly ifMatch?: string;
}

type Shown = Awaited<ReturnType<ReturnType<(typeof dialectClients)['v1']['get']>['withResponse']>>;

const show = ({ data, etag }: Shown, given: Flags, io: Io): Promise<void> =>
  printRecord(io, given, data, { wrap: dialectClients[given.as].wire, ...(etag && { beside: { ETag: etag } }) });

async function readChanges(fields: readonly string[], { as, data, remove = [] }: WriteFlags, io: Io): Promise<Changes> {
  if (data === undefined) {
    const assignments = fields.map(parseAssignment);
    const names = [...assignments.map(({ name }) => name), ...remove];
    rejectRepeated(names, as === 'scim' ? (name) => name.toLowerCase() : undefined);
    return { assignments, removals: remove };
  }
  if (fields.length + remove.length > 0) throw new UsageError('give either fields or --data, not both');
  return { assignments: [], removals: [], document: await readData(data, io) };
}

/** Every dialect calls it `password`. On the command line, other users of the machine could see it. */
async function withPassword(changes: Changes, { data }: WriteFlags, io: Io): Promise<Changes> {
  if (data !== undefined) throw new UsageError('--password is for fields, and not for --data');
  const value = await readSecret(io, 'Password', NO_PASSWORD);
  if (!value) throw new UsageError(NO_PASSWORD);
  const assignments = [...changes.assignments, { name: 'password', value }];
  rejectRepeated(assignments.map(({ name }) => name));
  return { ...changes, assignments };
}

const NO_PASSWORD = 'no password was given';

const flags = (command: Command): Command =>
  connectionFlags(
    formatFlags(
      command.option('--as <dialect>', `the dialect to speak: ${dialectNames.join(', ')}`, dialectName, 'v1'),
      ({ as }: Flags) => [...dialectClients[as].fields, 'ETag'],
    ),
  );

const dryRun = (command: Command): Command => command.option('--dry-run', DRY_RUN);

const listed = (name: string, names: readonly string[] = []): string[] => [...names, name];

const DATA = 'the whole body as JSON: @file, - for standard input, or the JSON itself';

export function usersCommand(program: Command, io: Io): void {
  const users = program.command('users').description('Read, create, change and delete users, one or many.');

  flags(users.command('get'))
    .description('Show one user.')
    .argument('<id>', 'the user, in the spelling of any dialect')
    .addHelpText(
      'after',
      `
Examples:
  stele users get usr_01hzxrphnke7jrvvzhvhsvq5bm
  stele users get 018ffb8b-46b3-71e5-8def-f1dc73bb9574 --as scim
  stele users get usr_01hzxrphnke7jrvvzhvhsvq5bm --json
  stele users get usr_01hzxrphnke7jrvvzhvhsvq5bm --output csv --fields id,username,email`,
    )
    .action(async (id: string, given: Flags) => {
      const stele = await connect(given, io);
      await show(await dialectClients[given.as].get(stele, await spell(id, given.as), {}).withResponse(), given, io);
    });

  dryRun(flags(users.command('create')))
    .description('Create a user.')
    .argument('[fields...]', 'name=value or name:=json')
    .option('--data <json>', DATA)
    .option('--password', 'ask for the password, or read it from standard input')
    .addHelpText(
      'after',
      `${fieldHelp}
  name.part=value with --as scim: a part of an attribute, as in name.givenName=Jane

Examples:
  stele users create username=jane email=jane@example.com --password
  stele users create --as scim userName=jane name.givenName=Jane active:=true
  stele users create --as nerm login=jane name='Jane Smith' email=jane@example.com type=NeprofileUser
  stele users create --as scim --data @jane.json`,
    )
    .action(async (fields: string[], given: WriteFlags) => {
      const changes = given.password
        ? await withPassword(await readChanges(fields, given, io), given, io)
        : await readChanges(fields, given, io);
      await show(await dialectClients[given.as].create(await connect(given, io), changes).withResponse(), given, io);
    });

  dryRun(flags(users.command('update')))
    .description('Change part of a user. What is not named stays as it is.')
    .argument('<id>', 'the user, in the spelling of any dialect')
    .argument('[fields...]', 'name=value or name:=json')
    .option('--remove <name>', 'a field that is to hold nothing, with --as scim a path; may repeat', listed)
    .option('--data <json>', DATA)
    .option('--if-match <etag>', 'change the user only if it still has this version')
    .addHelpText(
      'after',
      `${fieldHelp}
  with --as scim a name is a path, as in 'emails[type eq "work"].value=jane@example.com'

Examples:
  stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm role=admin
  stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm --remove first_name --if-match 3
  stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm --as scim title=Engineer active:=false --remove nickName
  stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm --as nerm status=Disabled
  stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm --as scim --data @patch.json`,
    )
    .action(async (id: string, fields: string[], given: WriteFlags) => {
      const changes = await readChanges(fields, given, io);
      if (changes.document === undefined && changes.assignments.length + changes.removals.length === 0) {
        throw new UsageError('there is nothing to change; give fields, --remove or --data');
      }
      const stele = await connect(given, io);
      const target = await spell(id, given.as);
      if (given.dryRun) {
        const preview = await dialectClients[given.as].preview(stele, target, changes, onlyIf(given.ifMatch));
        const { fields: _, ...format } = formatFlagsOf(given);
        await printRecord(io, format, preview);
        io.stderr.write('Nothing was changed, because of --dry-run.\n');
        return;
      }
      const update = dialectClients[given.as].update(stele, target, changes, onlyIf(given.ifMatch));
      await show(await update.withResponse(), given, io);
    });

  deleteCommand(users, io);
  listCommand(users, io);
  historyCommand(users, 'users', io);
  avatarCommand(users, io);
  passwordCommand(users, io);
  verifyEmailCommand(users, io);
  resendVerificationCommand(users, io);
  importCommand(users, io);
  exportCommand(users, io);
}
