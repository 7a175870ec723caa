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
import { exitHelp } from './errors.ts';
import type { Io } from './io.ts';
import { version } from './version.ts';

/** The tree of all commands, from which help, completions and man pages are made. */
export function createProgram(io: Io): Command {
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
