import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { nodeFloor } from '../src/node-version.ts';
import { createDatabase } from './support/database.ts';

// What `pnpm start` runs once it has built.
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

interface Server {
  readonly process: ChildProcess;
  /** Everything it has printed until it was up. */
  readonly output: string;
}

let dataDir: string;
let running: ChildProcess[];

// One for all: making a database takes seconds.
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'stele-start-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

beforeEach(() => {
  running = [];
});

afterEach(async () => {
  for (const child of running) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

function launch(environment: Record<string, string> = {}, node = process.execPath): ChildProcess {
  const { PATH, HOME } = process.env;
  const child = spawn(node, [main], {
    env: { ...(PATH && { PATH }), ...(HOME && { HOME }), PORT: '0', STELE_DATA_DIR: dataDir, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  return child;
}

async function start(environment?: Record<string, string>, node?: string): Promise<Server> {
  const child = launch(environment, node);
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

/** The variables of the printed line. */
const variablesOf = (output: string): Record<string, string> =>
  Object.fromEntries(
    [.../^export (.*)$/m.exec(output)![1]!.matchAll(/(\w+)=(\S+)/g)].map(([, name, value]) => [name!, value!]),
  );

/** Runs what was printed between the address and the last line in a shell, and returns the responses. */
async function paste(output: string): Promise<Record<string, unknown>[]> {
  const script = output.slice(output.indexOf('export '), output.indexOf('One user,'));
  const commands = output.slice(output.indexOf('# REST v1'), output.indexOf('Ctrl-C'));
  const { stdout } = await promisify(execFile)('bash', ['-euc', `${script}\n${commands}`]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

const urlOf = (output: string): string => /Stele listens at (\S+)/.exec(output)![1]!;

const isUp = (url: string): Promise<boolean> =>
  fetch(`${url}/livez`).then(
    ({ ok }) => ok,
    () => false,
  );

describe('the start', () => {
  it('prints a line of variables, and an update in each dialect that the other two show', async () => {
    const { output } = await start();
    const variables = variablesOf(output);
    expect(Object.keys(variables)).toEqual(['STELE_URL', 'STELE_TOKEN', 'V1_ID', 'ID']);
    expect(variables['STELE_URL']).toBe(urlOf(output));
    const { V1_ID, ID } = variables;
    expect(await paste(output)).toMatchObject([
      { id: V1_ID, first_name: 'Jane', role: 'admin' },
      { id: ID, name: { givenName: 'Jane' }, roles: [{ value: 'admin' }], meta: { version: '"2"' } },
      { user: { id: ID, status: 'Active' } },
      { id: ID, title: 'Engineer', meta: { version: '"3"' } },
      { id: V1_ID, first_name: 'Jane' },
      { user: { id: ID, title: 'Engineer' } },
      { user: { id: ID, status: 'Disabled' } },
      { id: V1_ID, role: 'admin' },
      { id: ID, active: false, meta: { version: '"4"' } },
    ]);
  });

  it('keeps key and users from one start to the next, the key for its owner alone', async () => {
    const first = await start();
    await paste(first.output);
    expect((await stat(join(dataDir, 'api-key'))).mode & 0o777).toBe(0o600);
    expect(await end(first.process, 'SIGTERM')).toBe(0);

    const second = await start();
    const { STELE_TOKEN: key, ID } = variablesOf(first.output);
    expect((await readFile(join(dataDir, 'api-key'), 'utf8')).trim()).toBe(key);
    expect(variablesOf(second.output)).toMatchObject({ STELE_TOKEN: key, ID });
    // The user is there with its version, and the same change changes nothing.
    const answer = await fetch(`${urlOf(second.output)}/users/${ID}`, { headers: { authorization: `Bearer ${key}` } });
    expect(answer.headers.get('etag')).toBe('"4"');
  });

  it('makes no second demo user, and takes over the database, after the API was killed', async () => {
    const first = await start();
    expect(await end(first.process, 'SIGKILL')).toBe(null);
    const second = await start();
    expect(variablesOf(second.output)['ID']).toBe(variablesOf(first.output)['ID']);
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
    const empty = await mkdtemp(join(tmpdir(), 'stele-start-'));
    onTestFinished(() => rm(empty, { recursive: true, force: true }));
    const child = launch({ STELE_DATA_DIR: empty });
    // The first line says that the database is being made.
    await once(child.stdout!, 'data');
    expect(await end(child, 'SIGTERM')).toBe(0);
    await expect(stat(join(empty, 'postgres/data/postmaster.pid'))).rejects.toThrow(/ENOENT/);
  });

  it.each<[what: string, environment: Record<string, string>, lines: readonly RegExp[]]>([
    ['no database in production', {}, [/^This setting is wrong: DATABASE_URL is required in production$/]],
    [
      'proxies that are none',
      { DATABASE_URL: 'postgres://127.0.0.1:1/x', STELE_TRUST_PROXY: 'true' },
      [/^This setting is wrong: STELE_TRUST_PROXY must be addresses/],
    ],
    [
      'a database that is not there, and an unknown setting',
      { DATABASE_URL: 'postgres://127.0.0.1:1/x', STELE_TRUSTED_PROXY: '::1' },
      [
        /^Warning: The setting STELE_TRUSTED_PROXY is unknown and ignored. Did you mean STELE_TRUST_PROXY\?$/,
        /^Warning: Links .* STELE_PUBLIC_URL/,
        /^The database cannot be used: /,
      ],
    ],
  ])('ends with %s, and reports why', async (_, environment, lines) => {
    const child = launch({ NODE_ENV: 'production', ...environment });
    let errors = '';
    for await (const chunk of child.stderr!) errors += String(chunk);
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(1);
    expect(errors.trimEnd().split('\n')).toEqual(lines.map((line) => expect.stringMatching(line)));
  });
});

/** The oldest Node that is supported, which `.ci/run` installs. Without it these tests are skipped. */
const consumers = fileURLToPath(new URL('../../../.ci/consumers/node_modules/', import.meta.url));
const oldestNode = join(consumers, `node-${nodeFloor}/bin/node`);
const stele = fileURLToPath(new URL('../../cli/dist/bin.js', import.meta.url));

const json = 'application/json';
const scim = 'application/scim+json';
const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User';
const message = 'urn:ietf:params:scim:api:messages:2.0:';

interface Dialect {
  readonly path: string;
  /** Where a user is created, if not at `path`. */
  readonly createPath?: string;
  readonly type: string;
  /** A draft without a user name, and the error of that. */
  readonly empty: { readonly draft: object; readonly error: object };
  readonly draft: object;
  readonly patch: object;
  /** What is shown after the patch. */
  readonly shown: object;
}

const dialects: Readonly<Record<string, Dialect>> = {
  v1: {
    path: '/v1/users',
    type: json,
    empty: {
      draft: {},
      error: { error: 'validation_error', details: { email: [expect.any(String)], username: [expect.any(String)] } },
    },
    draft: { username: 'v1.jane', email: 'v1.jane@example.com', password: 'correct horse' },
    patch: { role: 'admin' },
    shown: { username: 'v1.jane', role: 'admin' },
  },
  SCIM: {
    path: '/scim/v2/Users',
    type: scim,
    empty: { draft: { schemas: [userSchema] }, error: { status: '400', scimType: 'invalidValue' } },
    draft: { schemas: [userSchema], userName: 'scim.jane' },
    patch: { schemas: [`${message}PatchOp`], Operations: [{ op: 'replace', path: 'title', value: 'Engineer' }] },
    shown: { userName: 'scim.jane', title: 'Engineer' },
  },
  NERM: {
    path: '/users',
    createPath: '/user',
    type: json,
    empty: { draft: { user: { type: 'NeprofileUser' } }, error: { errors: { name: "can't be blank" } } },
    draft: { user: { login: 'nerm.jane', name: 'Jane', email: 'nerm.jane@example.com', type: 'NeprofileUser' } },
    patch: { user: { title: 'Engineer' } },
    shown: { user: { login: 'nerm.jane', title: 'Engineer' } },
  },
};

describe.skipIf(!existsSync(oldestNode))(`Node ${nodeFloor}`, () => {
  it('runs the server, with every dialect, and the command', async () => {
    const database = await createDatabase();
    onTestFinished(() => database.drop());
    const { output } = await start({ DATABASE_URL: database.url }, oldestNode);
    const { STELE_URL: url, STELE_TOKEN: token, V1_ID } = variablesOf(output);

    for (const [dialect, { path, createPath = path, type, empty, draft, patch, shown }] of Object.entries(dialects)) {
      const send = async (method: string, at: string, body?: object) => {
        const response = await fetch(`${url}${at}`, {
          method,
          headers: { authorization: `Bearer ${token}`, 'content-type': type },
          ...(body && { body: JSON.stringify(body) }),
        });
        return { status: response.status, body: (await response.json()) as { id: string; user?: { id: string } } };
      };
      expect(await send('POST', createPath, empty.draft), dialect).toMatchObject({ status: 400, body: empty.error });
      const { body } = await send('POST', createPath, draft);
      const at = `${path}/${(body.user ?? body).id}`;
      expect(await send('PATCH', at, patch), dialect).toMatchObject({ status: 200, body: shown });
      expect(await send('GET', at), dialect).toMatchObject({ status: 200, body: shown });
    }

    const env = { STELE_URL: url, STELE_TOKEN: token, HOME: dataDir };
    const command = (...argv: string[]) => promisify(execFile)(oldestNode, [stele, ...argv], { env });
    expect((await command('doctor')).stdout).toContain(`Node ${nodeFloor}.`);
    expect((await command('users', 'update', V1_ID!, 'title=Pilot', '--as', 'scim')).stdout).toContain('Pilot');
  });
});
