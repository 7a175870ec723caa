import type { V1Tenant } from '@stele/sdk';
import type { Command } from 'commander';
import { connect, connectionFlags, type ConnectionFlags } from '../connection.ts';
import type { Io } from '../io.ts';
import { printList, type Columns } from '../list.ts';
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

  connectionFlags(
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

  connectionFlags(
    tenants.command('list').description('Show all tenants, the oldest first.').option('--json', 'print a JSON array'),
  )
    .addHelpText('after', '\nExamples:\n  stele tenants list\n  stele tenants list --json')
    .action(async ({ json, ...given }: Flags) => {
      const { v1 } = await connect(given, io);
      await printList(io, json, columns, v1.tenants.list({ per_page: 100 }).pages());
    });
}
