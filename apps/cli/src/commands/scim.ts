import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { checkCommand } from './scim/check.ts';
import { explainCommand } from './scim/explain.ts';

export function scimCommand(program: Command, io: Io): void {
  const scim = program.command('scim').description('Check a SCIM server, and explain what a SCIM PATCH would do.');
  checkCommand(scim, io);
  explainCommand(scim, io);
}
