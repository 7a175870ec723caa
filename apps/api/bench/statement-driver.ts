import pg from 'pg';
import { preparedPatch } from './statement.ts';
import type { StatementLoad, StatementRun } from './statement-rate.ts';
import { userId } from './users.ts';

// Stands in for pgbench where there is none: as many connections as asked for, each with one statement under way.

async function drive({ databaseUrl, owner, users, clients, seconds }: StatementLoad): Promise<StatementRun> {
  const connections = await Promise.all(
    Array.from({ length: clients }, async () => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      return client;
    }),
  );
  let written = 0;
  const started = performance.now();
  const end = started + seconds * 1000;
  await Promise.all(
    connections.map(async (client) => {
      while (performance.now() < end) {
        const value = `pg-${Math.random()}`;
        const id = userId(1 + Math.floor(Math.random() * users));
        const changes = JSON.stringify({ 'name.givenName': { new: value } });
        await client.query({
          name: 'patch-user',
          text: preparedPatch,
          values: [owner.tenantId, id, value, new Date(), owner.credentialId, 'pg', changes],
        });
        written++;
      }
    }),
  );
  const statements = written / ((performance.now() - started) / 1000);
  await Promise.all(connections.map((client) => client.end()));
  return { statements, written };
}

process.on('disconnect', () => process.exit());
process.once('message', (load: StatementLoad) => {
  drive(load).then(
    (run) => process.send!(run),
    () => process.exit(1),
  );
});
