import type { V1Tenant } from '@stele/sdk';
import type { Command } from 'commander';
import { connect, connectionFlags, writeFlags, type ConnectionFlags } from '../connection.ts';
import { v1Tenant } from '../fields.ts';
import { formatFlags, type FormatFlags } from '../format.ts';
import type { Io } from '../io.ts';
import { printList, type Columns } from '../list.ts';
import { printRecord } from '../record.ts';

type Flags = ConnectionFlags & FormatFlags;

const columns: Columns<V1Tenant> = {
  id: (tenant) => tenant.id,
  name: (tenant) => tenant.name,
  created_at: (tenant) => tenant.created_at,
};

export function tenantsCommand(program: Command, io: Io): void {
  const tenants = program
    .command('tenants')
    .description('Make and list tenants, directories none of which sees another. Needs the scope operator.');

  const create = tenants
    .command('create')
    .description('Make an empty directory.')
    .argument('<name>', 'its name, which no other tenant has');
  writeFlags(formatFlags(create, v1Tenant))
    .addHelpText('after', '\nExamples:\n  stele tenants create acme')
    .action(async (name: string, given: Flags) => {
      const { v1 } = await connect(given, io);
      await printRecord(io, given, await v1.tenants.create({ name }));
    });

  const list = tenants.command('list').description('Show all tenants, the oldest first.');
  formatFlags(connectionFlags(list), v1Tenant)
    .addHelpText('after', '\nExamples:\n  stele tenants list\n  stele tenants list --json')
    .action(async (given: Flags) => {
      const { v1 } = await connect(given, io);
      await printList(io, given, columns, v1.tenants.list({ per_page: 100 }).pages());
    });
}
