import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { topics } from '../topics.ts';

/** The command that a path names. */
function find(program: Command, path: readonly string[]): Command {
  return path.reduce((command, name) => {
    const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
    if (!next) throw new UsageError(`there is no command ${JSON.stringify(path.join(' '))}; stele --help lists them`);
    return next;
  }, program);
}

export function helpCommand(program: Command, io: Io): void {
  program
    .helpCommand(false)
    .command('help')
    .description('Explain a command, or a topic.')
    .argument('[command...]', `the command, as in users get, or a topic: ${Object.keys(topics).join(', ')}`)
    .addHelpText('after', '\nExamples:\n  stele help\n  stele help users get\n  stele help environment')
    .action((path: string[]) => {
      const [name = ''] = path;
      if (path.length === 1 && Object.hasOwn(topics, name)) io.stdout.write(topics[name]!);
      else find(program, path).outputHelp();
    });
}
