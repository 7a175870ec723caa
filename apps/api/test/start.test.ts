import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

// What `pnpm start` runs once it has built.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Server {
  readonly process: ChildProcess;
  /** Everything it has printed until it was up. */
  readonly output: string;
}

let dataDir: string;
let running: ChildProcess[];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stele-start-'));
  running = [];
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await rm(dataDir, { recursive: true, force: true });
});

function launch(environment: Record<string, string> = {}): ChildProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [main], {
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), PORT: '0', STELE_DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function start(): Promise<Server> {
  const child = launch();
  let output = '';
  for await (const chunk of child.stdout!) {
    output += String(chunk);
    if (output.includes('Ctrl-C ends it.')) break;
  }
  return { process: child, output };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown> {
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code;
}

/** The printed `curl` commands, as what they send. */
function commandsOf(output: string): { url: string; init: RequestInit }[] {
  return [...output.matchAll(/^curl (?:.* \\\n)*.*$/gm)].map(([command]) => {
    const [, method] = /-X (\w+)/.exec(command)!;
    const headers = [...command.matchAll(/-H '([^:]+): ([^']*)'/g)].map(([, name, value]) => [name!, value!] as const);
    const [, body] = /-d '([^']*)'/.exec(command)!;
    return { url: /http:\/\/\S+/.exec(command)![0], init: { method: method!, headers: [...headers], body: body! } };
  }) as { url: string; init: RequestInit }[];
}

const urlOf = (output: string): string => /Stele listens at (\S+)/.exec(output)![1]!;

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

describe('the start', () => {
  it('prints three commands, one a dialect, that work as they stand, and show one user', async () => {
    const { output } = await start();
    const commands = commandsOf(output);
    expect(commands.map(({ url }) => new URL(url).pathname.replace(/[^/]+$/, ''))).toEqual([
      '/v1/users/',
      '/scim/v2/Users/',
      '/users/',
    ]);
    const answers = [];
    for (const { url, init } of commands) answers.push(await fetch(url, init));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.map(({ headers }) => headers.get('etag'))).toEqual(['"2"', '"3"', '"4"']);
    const [v1, scim, nerm] = (await Promise.all(answers.map((answer) => answer.json()))) as Record<string, unknown>[];
    expect(v1).toMatchObject({ first_name: 'Jane', role: 'admin' });
    expect(scim).toMatchObject({ name: { givenName: 'Jane' }, title: 'Engineer' });
    expect(nerm).toMatchObject({ user: { title: 'Engineer', status: 'Disabled' } });
  });

  it('keeps key and users from one start to the next, the key for its owner alone', async () => {
    const first = await start();
    await fetch(commandsOf(first.output)[0]!.url, commandsOf(first.output)[0]!.init);
    expect((await stat(join(dataDir, 'api-key'))).mode & 0o777).toBe(0o600);
    expect(await end(first.process, 'SIGTERM')).toBe(0);

    const second = await start();
    const key = (await readFile(join(dataDir, 'api-key'), 'utf8')).trim();
    expect(second.output).toContain(key);
    expect(first.output).toContain(key);
    const [again] = commandsOf(second.output);
    const answer = await fetch(again!.url, again!.init);
    // The user is there with its version, and the same change changes nothing.
    expect(answer.headers.get('etag')).toBe('"2"');
  });

  it('makes no second demo user, and takes over the database, after the API was killed', async () => {
    const first = await start();
    expect(await end(first.process, 'SIGKILL')).toBe(null);
    const second = await start();
    const path = (output: string) => new URL(commandsOf(output)[0]!.url).pathname;
    expect(path(second.output)).toBe(path(first.output));
    expect(await end(second.process, 'SIGTERM')).toBe(0);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends API and database on %s, with success', async (signal) => {
    const server = await start();
    const url = urlOf(server.output);
    expect(await isUp(url)).toBe(true);
    expect(await end(server.process, signal)).toBe(0);
    expect(await isUp(url)).toBe(false);
    await expect(stat(join(dataDir, 'postgres/data/postmaster.pid'))).rejects.toThrow(/ENOENT/);
  });

  it('leaves nothing behind when it is ended while it starts', async () => {
    const child = launch();
    // The first line says that the database is being made.
    await once(child.stdout!, 'data');
    expect(await end(child, 'SIGTERM')).toBe(0);
    await expect(stat(join(dataDir, 'postgres/data/postmaster.pid'))).rejects.toThrow(/ENOENT/);
  });

  it('is refused in production without a database, and says why', async () => {
    const child = launch({ NODE_ENV: 'production' });
    let errors = '';
    for await (const chunk of child.stderr!) errors += String(chunk);
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(1);
    expect(errors).toContain('DATABASE_URL');
  });
});
