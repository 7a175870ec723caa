import type { Command } from 'commander';
import { connectionFlags, type ConnectionFlags } from '../connection.ts';
import type { Finding } from '../diagnosis.ts';
import { PartialFailureError } from '../errors.ts';
import { formatFlags, type FormatFlags } from '../format.ts';
import type { Io } from '../io.ts';
import { printList, type Columns } from '../list.ts';

const columns: Columns<Finding> = {
  result: ({ ok }) => (ok ? 'ok' : 'error'),
  check: ({ check }) => check,
  remark: ({ remark }) => remark,
};

export function doctorCommand(program: Command, io: Io): void {
  const doctor = program
    .command('doctor')
    .description('Check the installation, the profiles, the URL, the key, its scopes and the clock.');
  formatFlags(connectionFlags(doctor), [...Object.keys(columns), 'ok'])
    .addHelpText(
      'after',
      `
Nothing is changed. Where a check finds an error, the command ends with 8.

Examples:
  stele doctor
  stele doctor --profile work`,
    )
    .action(async (given: ConnectionFlags & FormatFlags) => {
      const { diagnose } = await import('../diagnosis.ts');
      const findings = await diagnose(given, io);
      await printList(io, given, columns, [{ data: findings }]);
      const errors = findings.filter(({ ok }) => !ok).length;
      if (errors > 0) throw new PartialFailureError(`${errors} of ${findings.length} checks found an error`);
    });
}
