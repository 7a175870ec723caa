import type { Command } from 'commander';
import { UsageError } from '../exit.ts';

/** The command that a path names. */
function find(program: Command, path: readonly string[]): Command {
  return path.reduce((command, name) => {
    const next = command.commands.find((each) => each.name() === name || each.aliases().includes(name));
    if (!next) throw new UsageError(`there is no command ${JSON.stringify(path.join(' '))}; stele --help lists them`);
    return next;
  }, program);
}

export function helpCommand(program: Command): void {
  program
    .helpCommand(false)
    .command('help')
    .description('Explain a command.')
    .argument('[command...]', 'the command, as in users get')
    .addHelpText('after', '\nExamples:\n  stele help\n  stele help users get')
    .action((path: string[]) => find(program, path).outputHelp());
}
