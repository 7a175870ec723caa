import type { V1Tenant } from '@stele/sdk';
import type { Command } from 'commander';
import { connect, connectionFlags, writeFlags, type ConnectionFlags } from '../connection.ts';
import type { Io } from '../io.ts';
import { listFlags, printList, type Columns, type ListFlags } from '../list.ts';
import { pretty, record } from '../print.ts';

interface Flags extends ConnectionFlags {
  readonly json?: true;
}

const columns: Columns<V1Tenant> = {
  id: (tenant) => tenant.id,
  name: (tenant) => tenant.name,
  created_at: (tenant) => tenant.created_at,
};

export function tenantsCommand(program: Command, io: Io): void {
  const tenants = program
    .command('tenants')
    .description('Make and list tenants, directories none of which sees another. Needs the scope operator.');

  writeFlags(
    tenants
      .command('create')
      .description('Make an empty directory.')
      .argument('<name>', 'its name, which no other tenant has')
      .option('--json', 'print the answer as JSON'),
  )
    .addHelpText('after', '\nExamples:\n  stele tenants create acme')
    .action(async (name: string, { json, ...given }: Flags) => {
      const { v1 } = await connect(given, io);
      const tenant = await v1.tenants.create({ name });
      io.stdout.write(json ? pretty(tenant) : record(tenant));
    });

  listFlags(connectionFlags(tenants.command('list').description('Show all tenants, the oldest first.')))
    .addHelpText('after', '\nExamples:\n  stele tenants list\n  stele tenants list --json')
    .action(async (given: ConnectionFlags & ListFlags) => {
      const { v1 } = await connect(given, io);
      await printList(io, given, columns, v1.tenants.list({ per_page: 100 }).pages());
    });
}
