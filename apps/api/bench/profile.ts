import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pace } from './arena.ts';
import type { Cleanup } from './cleanup.ts';
import { startDatabase, withClient } from './database.ts';
import { startLoad } from './load-process.ts';
import { table } from './report.ts';
import type { RequestName } from './requests.ts';
import { startServer } from './server.ts';
import { findOwner, seedUsers } from './users.ts';

const CONNECTIONS = 32;
const SAMPLE_MICROSECONDS = 500;
/** Least share of the time that is worth a line. */
const WORTH = 0.005;

const dialects: readonly string[] = ['v1', 'nerm', 'scim'] satisfies RequestName[];

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Where the API spends its own time under load, by the samples of `node --cpu-prof`. */
export async function profile(dialect: string, single: boolean, pace: Pace, cleanup: Cleanup): Promise<string> {
  if (!dialects.includes(dialect)) throw new Error(`The dialects are ${dialects.join(', ')}`);
  const directory = await mkdtemp(join(tmpdir(), 'stele-profile-'));
  cleanup.add(() => rm(directory, { recursive: true, force: true }));
  const load = startLoad();
  cleanup.add(() => load.stop());
  const database = await startDatabase(cleanup);
  const key = `bench_${randomBytes(32).toString('base64url')}`;
  const nodeOptions = ['--cpu-prof', `--cpu-prof-interval=${SAMPLE_MICROSECONDS}`, `--cpu-prof-dir=${directory}`];
  const server = await startServer(single ? 'stele-single' : 'stele', { databaseUrl: database.url, key, nodeOptions });
  cleanup.add(() => server.stop());
  await withClient(database.url, async (client) => seedUsers(client, await findOwner(client), pace.users));
  const seconds = Math.max(8, pace.seconds);
  const { serverCpu, postgresCpu, requests } = await load.take({
    url: server.url,
    request: dialect as RequestName,
    key,
    serverPid: server.pid,
    postmasterPid: database.postmasterPid,
    users: pace.users,
    connections: CONNECTIONS,
    warmUpSeconds: pace.firstSeconds,
    seconds,
    label: 'profile',
  });
  await server.stop();
  const [file] = await readdir(directory);
  const recorded = JSON.parse(await readFile(join(directory, file!), 'utf8')) as CpuProfile;
  const cost = `${Math.round(serverCpu)} µs server CPU, ${Math.round(postgresCpu)} µs Postgres CPU, ${Math.round(requests)} requests/s (while profiled)`;
  return `\n${cost}\n\n${selfTimes(recorded, seconds)}`;
}

/** `/…/node_modules/.pnpm/pg@8/node_modules/pg/lib/x.js` is `pg/lib/x.js`, and `/…/apps/api/dist/x.js` is `api/dist/x.js`. */
const short = (url: string): string =>
  url
    .replace(/^file:\/\//, '')
    .replace(/^.*\/node_modules\//, '')
    .replace(/^.*\/(?:apps|packages)\//, '');

/** `pg`, `@nestjs/core`, `node`; for our own also the room: `api/http`. */
function packageOf(url: string): string {
  if (url === '') return 'V8 and system calls';
  if (url.startsWith('node:')) return 'node';
  const own = /\/(?:apps|packages)\/([^/]+)\/dist\/([^/.]+)/.exec(url);
  if (own && !url.includes('/node_modules/')) return `${own[1]}/${own[2]}`;
  return /^(?:@[^/]+\/)?[^/]+/.exec(short(url))![0];
}

/** The shares of the functions in the last seconds, without the start and the warm-up before them. */
function selfTimes({ nodes, samples, timeDeltas }: CpuProfile, seconds: number): string {
  const places = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const name = functionName === '' ? 'anonymous' : functionName;
      return [id, { name: url === '' ? name : `${name} ${short(url)}:${lineNumber + 1}`, url }] as const;
    }),
  );
  const times = new Map<string, number>();
  const packages = new Map<string, number>();
  let left = seconds * 1_000_000;
  for (let index = samples.length - 1; index >= 0 && left > 0; index--) {
    const { name, url } = places.get(samples[index]!)!;
    const delta = timeDeltas[index]!;
    left -= delta;
    if (name === '(idle)') continue;
    times.set(name, (times.get(name) ?? 0) + delta);
    packages.set(packageOf(url), (packages.get(packageOf(url)) ?? 0) + delta);
  }
  return [shares('function', times), shares('package', packages)].join('\n\n');
}

function shares(of: string, times: ReadonlyMap<string, number>): string {
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  const lines = [...times]
    .map(([name, time]) => ({ name, share: time / busy }))
    .filter(({ share }) => share >= WORTH)
    .toSorted((left, right) => right.share - left.share);
  return table(
    [of, 'self time %'],
    lines.map(({ name, share }) => [name, (share * 100).toFixed(1)]),
  );
}
