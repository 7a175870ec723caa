import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { historyCommand } from './history.ts';

export function groupsCommand(program: Command, io: Io): void {
  const groups = program.command('groups').description('Show what was written to groups.');
  historyCommand(groups, 'groups', io);
}
