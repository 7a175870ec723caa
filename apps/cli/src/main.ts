import { Command } from 'commander';
import { apiCommand } from './commands/api.ts';
import { auditCommand } from './commands/audit.ts';
import { completionCommand } from './commands/completion.ts';
import { doctorCommand } from './commands/doctor.ts';
import { helpCommand } from './commands/help.ts';
import { jobsCommand } from './commands/jobs.ts';
import { keysCommand } from './commands/keys.ts';
import { loginCommands } from './commands/login.ts';
import { scimCommand } from './commands/scim.ts';
import { tenantsCommand } from './commands/tenants.ts';
import { translateCommand } from './commands/translate.ts';
import { groupsCommand } from './commands/groups.ts';
import { usersCommand } from './commands/users.ts';
import { whoamiCommand } from './commands/whoami.ts';
import { exitCodes, exitHelp } from './exit.ts';
import { flush, type Io } from './io.ts';
import { report } from './report.ts';
import { version } from './version.ts';

function build(io: Io): Command {
  const program = new Command('stele')
    .description('Users of a Stele directory, in the REST v1, SCIM 2.0 and NERM lifecycle dialects.')
    .version(version, '--version', 'print the version')
    .option('--no-color', 'print no colours, as with NO_COLOR')
    .helpOption('-h, --help', 'explain the command')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .showHelpAfterError('(--help explains the command)')
    .addHelpText(
      'after',
      `${exitHelp}

Examples:
  stele login --url https://stele.example.com
  stele users get usr_01hzxrphnke7jrvvzhvhsvq5bm --as scim
  stele users update usr_01hzxrphnke7jrvvzhvhsvq5bm role=admin
  stele users import users.csv
  stele keys create --name 'nightly sync' --scopes write
  stele translate --from scim --to v1 patch.json
  stele scim check --list`,
    );
  usersCommand(program, io);
  groupsCommand(program, io);
  jobsCommand(program, io);
  auditCommand(program, io);
  keysCommand(program, io);
  tenantsCommand(program, io);
  loginCommands(program, io);
  whoamiCommand(program, io);
  doctorCommand(program, io);
  apiCommand(program, io);
  translateCommand(program, io);
  scimCommand(program, io);
  completionCommand(program, io);
  helpCommand(program, io);
  return program;
}

async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await build(io).parseAsync(argv, { from: 'user' });
    return exitCodes.ok;
  } catch (error) {
    return report(error, io);
  }
}

/** Runs one command line, without the program's name, and gives its exit code. What it printed has left the process then. */
export async function main(argv: readonly string[], given: Io): Promise<number> {
  // Also errors of the command line have no colours then.
  const io = argv.includes('--no-color') ? { ...given, env: { ...given.env, NO_COLOR: '1' } } : given;
  const code = await run(argv, io);
  return flush(io.stdout).then(
    () => code,
    (error: unknown) => code || report(error, io),
  );
}
