import type { V1ApiKey, V1ApiKeyDraft, V1IssuedApiKey } from '@stele/sdk';
import { Option, type Command } from 'commander';
import { confirm } from '../prompt.ts';
import { connect, connectionFlags, writeFlags, type ConnectionFlags } from '../connection.ts';
import { parseDuration, parseMoment, toTime } from '../duration.ts';
import { v1ApiKey } from '../fields.ts';
import { checkOutput, replaceFile, type OutputFlags } from '../file.ts';
import { formatFlags, type FormatFlags } from '../format.ts';
import { flush, type Io } from '../io.ts';
import { printList, type Columns } from '../list.ts';
import { pretty, record } from '../print.ts';
import { printRecord } from '../record.ts';

type Flags = ConnectionFlags & FormatFlags;

interface IssueFlags extends ConnectionFlags, OutputFlags {
  readonly json?: true;
}

interface CreateFlags extends IssueFlags {
  readonly name: string;
  readonly scopes: V1ApiKeyDraft['scopes'];
  readonly compatibility?: NonNullable<V1ApiKeyDraft['profile']>;
  readonly domain?: string;
  readonly expires?: string;
  readonly expiresIn?: number;
  readonly tenant?: string;
}

const columns: Columns<V1ApiKey> = {
  id: (key) => key.id,
  name: (key) => key.name,
  scopes: (key) => key.scopes.join(','),
  profile: (key) => key.profile,
  domain: (key) => key.domain,
  expires_at: (key) => key.expires_at,
  last_used_at: (key) => key.last_used_at,
};

/** The server shows a secret once. */
const lost = (id: string, why: string, cause?: unknown): Error =>
  new Error(`${why}; make another with: stele keys rotate ${id}`, { cause });

/**
 * The key by itself in a file of its owner, or on standard output, so that it can be piped; what else there is to report about
 * it, on standard error.
 */
async function hand(issued: V1IssuedApiKey, { json, output, force }: IssueFlags, io: Io): Promise<void> {
  const { key, ...rest } = issued;
  if (key === undefined) throw lost(issued.id, 'the response with the key was lost on its way');
  const text = json ? pretty(issued) : `${key}\n`;
  try {
    if (output !== undefined) {
      await replaceFile(output, (draft) => draft.writeFile(text), { mode: 'private', isNew: !force });
    } else {
      io.stdout.write(text);
      await flush(io.stdout);
    }
  } catch (error) {
    throw lost(issued.id, `the key was made and could not be written: ${(error as Error).message}`, error);
  }
  if (output !== undefined) io.stderr.write(`${record(rest)}The key is in ${output}.\n`);
  else if (!json) io.stderr.write(`${record(rest)}The key is shown this once.\n`);
}

/** Prints the warnings of a successful response on standard error. */
function warn(warning: string | undefined, io: Io): void {
  if (warning !== undefined) io.stderr.write(`Warning: ${warning}\n`);
}

function expiry({ expires, expiresIn }: CreateFlags): { expires_at?: string } {
  const moment = expiresIn === undefined ? expires : toTime(Date.now() + expiresIn * 1000);
  return moment === undefined ? {} : { expires_at: moment };
}

const outputFlags = (command: Command): Command =>
  command
    .option('--output <file>', 'write the key to this file, which only its owner can read, and not to standard output')
    .option('--force', 'replace the file of --output');

export function keysCommand(program: Command, io: Io): void {
  const keys = program
    .command('keys')
    .description('Make, list, change, replace and revoke API keys. Needs the scope admin.');

  const create = writeFlags(
    keys
      .command('create')
      .description('Make an API key. The key alone goes to a file, or to standard output.')
      .requiredOption('--name <name>', 'what it is for')
      .requiredOption('--scopes <scopes>', 'read, write, admin or operator, with commas', (text: string) =>
        text.split(','),
      )
      .option('--compatibility <profile>', 'how SCIM treats the client: default, strict, interop or dronahq')
      .option('--domain <name>', 'the provisioning domain, whose externalId it sees; default: the id of the key')
      .option('--expires <time>', 'when it stops opening anything: 2027-01-01 or 2027-01-01T12:00:00Z', parseMoment)
      .addOption(
        new Option('--expires-in <duration>', 'the same from now, as in 90d')
          .argParser(parseDuration)
          .conflicts('expires'),
      )
      .option('--tenant <id>', 'make it for another tenant; needs the scope operator')
      .option('--json', 'print the whole response as JSON'),
  );
  outputFlags(create)
    .addHelpText(
      'after',
      `
Examples:
  stele keys create --name 'nightly sync' --scopes write --expires-in 90d --output sync.key
  stele keys create --name okta --scopes read,write --domain okta --output okta.key
  stele keys create --name first --scopes admin --tenant tnt_01hzxrphnke7jrvvzhvhsvq5bm --output acme.key`,
    )
    .action(async (given: CreateFlags) => {
      const { name, scopes, compatibility: profile, domain, tenant } = given;
      const draft = { name, scopes, ...(profile && { profile }), ...(domain && { domain }), ...expiry(given) };
      await checkOutput(given);
      const { v1 } = await connect(given, io);
      await hand(await (tenant ? v1.tenants.createApiKey(tenant, draft) : v1.apiKeys.create(draft)), given, io);
    });

  const list = keys.command('list').description('Show the keys that are not revoked, the oldest first.');
  formatFlags(connectionFlags(list), [...Object.keys(columns), ...v1ApiKey])
    .addHelpText('after', '\nExamples:\n  stele keys list\n  stele keys list --json')
    .action(async (given: Flags) => {
      const { v1 } = await connect(given, io);
      await printList(io, given, columns, v1.apiKeys.list({ per_page: 100 }).pages());
    });

  const get = keys
    .command('get')
    .description('Show one key, without what opens.')
    .argument('<id>', 'the key, as in key_01hzxrphnke7jrvvzhvhsvq5bm');
  formatFlags(connectionFlags(get), v1ApiKey)
    .addHelpText('after', '\nExamples:\n  stele keys get key_01hzxrphnke7jrvvzhvhsvq5bm')
    .action(async (id: string, given: Flags) => {
      const { v1 } = await connect(given, io);
      await printRecord(io, given, await v1.apiKeys.get(id));
    });

  const update = keys
    .command('update')
    .description('Move a key to another provisioning domain, whose SCIM externalId values it sees from then on.')
    .argument('<id>', 'the key, as in key_01hzxrphnke7jrvvzhvhsvq5bm')
    .requiredOption('--domain <name>', 'the provisioning domain; keys of one identity provider share it');
  writeFlags(formatFlags(update, v1ApiKey))
    .addHelpText('after', '\nExamples:\n  stele keys update key_01hzxrphnke7jrvvzhvhsvq5bm --domain okta')
    .action(async (id: string, { domain, ...given }: Flags & { domain: string }) => {
      const { v1 } = await connect(given, io);
      const { data, warning } = await v1.apiKeys.update(id, { domain }).withResponse();
      await printRecord(io, given, data);
      warn(warning, io);
    });

  const rotate = writeFlags(
    keys
      .command('rotate')
      .description('Give a key another secret. The secret alone goes to a file, or to standard output.')
      .argument('<id>', 'the key, as in key_01hzxrphnke7jrvvzhvhsvq5bm')
      .option('--overlap <duration>', 'how long the old one goes on opening, as in 1h (default 1d)', parseDuration)
      .option('--json', 'print the whole response as JSON'),
  );
  outputFlags(rotate)
    .addHelpText(
      'after',
      `
Examples:
  stele keys rotate key_01hzxrphnke7jrvvzhvhsvq5bm --output new.key
  stele keys rotate key_01hzxrphnke7jrvvzhvhsvq5bm --overlap 1h --output sync.key --force`,
    )
    .action(async (id: string, { overlap, ...given }: IssueFlags & { overlap?: number }) => {
      await checkOutput(given);
      const { v1 } = await connect(given, io);
      await hand(await v1.apiKeys.rotate(id, overlap === undefined ? {} : { overlap_seconds: overlap }), given, io);
    });

  writeFlags(
    keys
      .command('revoke')
      .description(
        'Revoke a key. Within seconds it opens nothing any more. Warns of the last key of a provisioning domain.',
      )
      .argument('<id>', 'the key, as in key_01hzxrphnke7jrvvzhvhsvq5bm')
      .option('--yes', 'do not ask; needed where there is no terminal'),
  )
    .addHelpText(
      'after',
      `
Examples:
  stele keys revoke key_01hzxrphnke7jrvvzhvhsvq5bm
  stele keys revoke key_01hzxrphnke7jrvvzhvhsvq5bm --yes`,
    )
    .action(async (id: string, { yes, ...given }: ConnectionFlags & { yes?: true }) => {
      await confirm(io, `Revoke ${id}`, yes ?? given.dryRun);
      const { v1 } = await connect(given, io);
      const { warning } = await v1.apiKeys.revoke(id).withResponse();
      io.stdout.write(`Revoked ${id}.\n`);
      warn(warning, io);
    });
}
