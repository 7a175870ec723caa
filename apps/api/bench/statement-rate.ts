import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { patchStatement } from './statement.ts';
import { type Owner, userIdSql } from './users.ts';

const execute = promisify(execFile);

export interface StatementRate {
  readonly driver: 'pgbench' | 'pg';
  readonly clients: number;
  /** Per second. */
  readonly statements: number;
  /** How many were written altogether. */
  readonly written: number;
}

export type StatementRun = Pick<StatementRate, 'statements' | 'written'>;

export interface StatementLoad {
  readonly databaseUrl: string;
  readonly owner: Owner;
  readonly users: number;
  readonly clients: number;
  readonly seconds: number;
}

/** How often a second the single-row statement runs without any server in front: by pgbench, or by `pg` without that. */
export async function measureStatementRate(load: StatementLoad): Promise<StatementRate> {
  const hasPgbench = await execute('pgbench', ['--version']).then(
    () => true,
    () => false,
  );
  const run = await (hasPgbench ? runPgbench(load) : runDriver(load));
  return { driver: hasPgbench ? 'pgbench' : 'pg', clients: load.clients, ...run };
}

async function runPgbench({ databaseUrl, owner, users, clients, seconds }: StatementLoad): Promise<StatementRun> {
  const statement = patchStatement({
    tenantId: `'${owner.tenantId}'`,
    id: userIdSql(':n::integer'),
    givenName: "'pgbench-' || random()",
    updatedAt: 'now()',
    credentialId: `'${owner.credentialId}'`,
    requestId: "'pgbench'",
    changes: `'{"name.givenName":{"new":"pgbench"}}'`,
  });
  const script = join(tmpdir(), `stele-bench-${process.pid}.sql`);
  await writeFile(script, `\\set n random(1, ${users})\n${statement.replaceAll(/\s+/g, ' ')};\n`);
  try {
    const args = ['-n', '-M', 'prepared', '-c', clients, '-j', 2, '-T', seconds, '-f', script, databaseUrl].map(String);
    const { stdout } = await execute('pgbench', args, { timeout: (seconds + 30) * 1000 });
    const statements = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
    const written = /^number of transactions actually processed: (\d+)/m.exec(stdout)?.[1];
    if (!statements || !written || !/failed transactions: 0 /.test(stdout))
      throw new Error(`pgbench failed: ${stdout}`);
    return { statements: Number(statements), written: Number(written) };
  } finally {
    await rm(script, { force: true });
  }
}

async function runDriver(load: StatementLoad): Promise<StatementRun> {
  const child = fork(fileURLToPath(new URL('statement-driver.ts', import.meta.url)), { execArgv: [] });
  try {
    child.send(load);
    const [run] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('The driver ended'))),
    ])) as [StatementRun];
    return run;
  } finally {
    child.kill('SIGTERM');
  }
}
