import { randomBytes } from 'node:crypto';
import type { Pace } from './arena.ts';
import type { Cleanup } from './cleanup.ts';
import { createDatabase, startDatabase, withClient } from './database.ts';
import { startLoad } from './load-process.ts';
import { digits, table } from './report.ts';
import { requestOf, type RequestName } from './requests.ts';
import { type Server, startServer } from './server.ts';
import { median } from './summary.ts';
import type { TurnResult } from './turn.ts';
import { findOwner, seedUsers } from './users.ts';

const CONNECTIONS = 32;

const questions: Readonly<Record<string, RequestName>> = {
  'PATCH, v1': 'v1',
  'PATCH, SCIM': 'scim',
  'read by id, v1': 'v1-read',
  'SCIM userName eq': 'scim-eq',
  'SCIM first page by cursor': 'scim-page',
};

/** How the cost of requests grows with the number of users: the sizes take turns, each with a database of its own. */
export async function measureScale(
  sizes: readonly number[],
  pace: Pace,
  cleanup: Cleanup,
  say: (line: string) => void,
): Promise<{ postgres: string; report: string }> {
  const load = startLoad();
  cleanup.add(() => load.stop());
  const database = await startDatabase(cleanup);
  const key = `bench_${randomBytes(32).toString('base64url')}`;
  const servers: Server[] = [];
  for (const users of sizes) {
    say(`Making ${users.toLocaleString('en')} users`);
    const databaseUrl = await createDatabase(database.url, `bench_${users}`);
    const server = await startServer('stele', { databaseUrl, key });
    cleanup.add(() => server.stop());
    servers.push(server);
    await withClient(databaseUrl, async (client) => seedUsers(client, await findOwner(client), users));
  }

  let turns = 0;
  const take = async (request: RequestName, size: number, seconds: number): Promise<TurnResult> =>
    load.take({
      url: servers[size]!.url,
      request,
      key,
      serverPid: servers[size]!.pid,
      postmasterPid: database.postmasterPid,
      users: sizes[size]!,
      connections: CONNECTIONS,
      warmUpSeconds: pace.warmUpSeconds,
      seconds,
      label: `scale-${turns++}`,
    });

  const rows: string[][] = [];
  const missing: string[] = [];
  for (const [title, request] of Object.entries(questions)) {
    const { method, path, headers, body } = requestOf(request, key, 1, 'probe');
    const answer = await fetch(servers[0]!.url + path, { method, headers, ...(body !== '' && { body }) });
    await answer.text();
    if (answer.status >= 400) {
      missing.push(`Left out: ${title}, which the API answers with ${answer.status}.`);
      continue;
    }
    say(`Measuring ${title}`);
    for (const size of sizes.keys()) await take(request, size, pace.firstSeconds);
    const results: TurnResult[][] = sizes.map(() => []);
    for (let round = 0; round < pace.rounds; round++) {
      for (const size of sizes.keys()) results[size]!.push(await take(request, size, pace.seconds));
    }
    const costs = results.map((own) => median(own.map(({ serverCpu, postgresCpu }) => serverCpu + postgresCpu)));
    const waits = results.map((own) => median(own.map(({ p50 }) => p50)));
    rows.push([title, ...costs.map(digits), digits(costs.at(-1)! / costs[0]!), ...waits.map(digits)]);
  }
  const names = sizes.map((size) => size.toLocaleString('en'));
  const head = ['CPU µs and p50 ms', ...names, 'last ÷ first', ...names.map((name) => `p50 ${name}`)];
  return { postgres: database.version, report: [table(head, rows), ...missing].join('\n\n') };
}
