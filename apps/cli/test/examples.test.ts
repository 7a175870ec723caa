import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { exitCodes } from '../src/errors.ts';
import { main } from '../src/main.ts';
import { csv, user } from './batches.ts';
import { connected, KEY, type Seen } from './directory.ts';

/** Lines of a text that are commands. */
const commandsIn = (text: string): string[] => text.match(/^ *stele .*$/gm)?.map((line) => line.trim()) ?? [];

/** What a shell makes of a line: its arguments, without a comment, a pipe, and where the output goes to. */
function parse(line: string): { argv: string[]; input: string | undefined } {
  const words = [...line.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word);
  const end = words.findIndex((word) => /^(?:#|\||>)/.test(word));
  const command = (end < 0 ? words : words.slice(0, end)).map((word) => word.replaceAll(/['"]/g, ''));
  const input = command.indexOf('<');
  return {
    argv: command.slice(1, input < 0 ? undefined : input),
    input: input < 0 ? undefined : command[input + 1],
  };
}

const job = { uid: '7', status: 'complete', job_type: 'create_users', job_data: [], total: 0, done: 0 };
const user1 = { id: 'usr_1', username: 'jane', email: 'jane@example.com', role: 'user' };

/** Answers everything as if it were there and allowed. */
function agree({ method, path, headers, body }: Seen) {
  if (headers.authorization !== `Bearer ${KEY}`) {
    return { status: 401, body: { error: 'unauthorized', message: 'Unknown key' } };
  }
  const links = { next: null };
  if (path.endsWith('/batch')) {
    return {
      status: 200,
      body: { results: (body as { operations: unknown[] }).operations.map(() => ({ status: 201 })) },
    };
  }
  if (path.includes('00000000000000000000000000')) {
    return { status: 404, body: { error: 'not_found', message: 'User not found' } };
  }
  if (method === 'DELETE' || path.endsWith('/password')) return { status: 204 };
  if (path.startsWith('/users?async=true')) return { status: 200, body: { job_status: { job_id: job.uid } } };
  if (path.startsWith('/job_status')) return { status: 200, body: job };
  if (path.startsWith('/scim/v2/Users?')) return { status: 200, body: { Resources: [], totalResults: 0 } };
  if (path.startsWith('/audit_events')) return { status: 200, body: { audit_events: [] } };
  if (path.endsWith('/avatar')) return { status: 200, body: { url: 'https://stele.example.com/avatars/1' } };
  if (path.includes('/history')) return { status: 200, body: { data: [] } };
  if (/keys|tenants/.test(path) && method === 'POST') return { status: 201, body: { ...user1, key: 'stele_secret' } };
  if (/^\/v1\/(?:users|api-keys|tenants)(?:\?|$)/.test(path) && method === 'GET') {
    return { status: 200, body: { data: [], meta: { total: 0 }, links } };
  }
  return { status: 200, body: path.startsWith('/user') ? { user: user1 } : user1 };
}

const PATCH_OP = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Files that the examples mention. */
const files: Readonly<Record<string, string>> = {
  'users.csv': csv(user('jane')),
  'colons.csv': csv(user('jane')).replaceAll(',', ':'),
  'users.ndjson': '{"username":"jane","email":"jane@example.com","password":"correct horse"}',
  'jane.json': '{"userName":"jane"}',
  'jane.png': 'a picture',
  'new-users.json': '[]',
  'leavers.json': '{"users":[]}',
  'key.txt': KEY,
  'password.txt': 'correct horse',
};

/** A patch and a user as the dialect says them that a line is about. */
const documents: Readonly<Record<string, readonly [patch: object, user: object]>> = {
  v1: [{ role: 'admin' }, { username: 'jane' }],
  scim: [{ schemas: [PATCH_OP], Operations: [{ op: 'replace', path: 'title', value: 'x' }] }, { userName: 'jane' }],
  nerm: [{ user: { title: 'x' } }, { user: { login: 'jane', name: 'Jane', type: 'NeprofileUser' } }],
};

async function run(line: string) {
  const at = await connected(agree);
  const folder = process.cwd();
  await mkdir(join(at.home, '.config/stele'), { recursive: true });
  const profile = { url: at.url, token: KEY };
  const profiles = JSON.stringify({ profiles: { default: profile, work: profile } });
  await writeFile(join(at.home, '.config/stele/config.json'), profiles, { mode: 0o600 });
  for (const [name, text] of Object.entries(files)) await writeFile(join(at.home, name), text);
  const [patch, user] = documents[/--(?:from|as) (\w+)/.exec(line)?.[1] ?? 'v1']!;
  await writeFile(join(at.home, 'patch.json'), JSON.stringify(patch));
  await writeFile(join(at.home, 'user.json'), JSON.stringify(user));
  process.chdir(at.home);
  onTestFinished(() => process.chdir(folder));
  const { argv, input } = parse(line);
  const url = argv.indexOf('--url');
  const here = url < 0 ? argv : argv.with(url + 1, at.url);
  // What a terminal would ask for, is answered.
  const asked = { login: KEY, '--password': 'correct horse', password: 'correct horse', delete: 'y\n', revoke: 'y\n' };
  const verb = argv.find((word): word is keyof typeof asked => Object.hasOwn(asked, word));
  const ended = at.run(
    here,
    input ? { input: files[input]! } : verb ? { input: `${asked[verb]}\n`, terminal: true } : {},
  );
  if (argv.includes('--follow')) {
    await expect.poll(() => at.seen.length).toBeGreaterThan(0);
    at.interrupt();
    const { code, ...rest } = await ended;
    return { ...rest, code: code === exitCodes.interrupted ? 0 : code };
  }
  return ended;
}

async function helpOf(argv: readonly string[]): Promise<string> {
  let help = '';
  const stdout = { write: (text: string) => (help += text) };
  await main([...argv, '--help'], { stdin: Readable.from([]), stdout, stderr: stdout, env: {} });
  return help;
}

/** Every command, from what `--help` lists. */
async function commands(path: readonly string[] = []): Promise<string[][]> {
  const help = await helpOf(path);
  const listed = /^Commands:\n((?: .*\n)+)/m.exec(help)?.[1] ?? '';
  const names = [...listed.matchAll(/^ {2}([\w-]+)/gm)].map(([, name]) => name!).filter((name) => name !== 'help');
  const below = await Promise.all(names.map((name) => commands([...path, name])));
  return [[...path], ...below.flat()];
}

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const blocks = [...readme.matchAll(/^```(?:sh|console)\n(.*?)^```/gms)].map(([, block]) => block!).join('');
const all = await commands();
const help = (await Promise.all(all.map(helpOf))).join('');

// The commands of the README run on a server, in `apps/api/test/docs.test.ts`.
describe('what the help shows can be run', () => {
  test.each([...new Set(commandsIn(help))])('%s', async (line) => {
    const { code, stderr } = await run(line);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
  });
});

test('the README knows every exit code', () => {
  for (const code of Object.values(exitCodes)) expect(readme).toMatch(new RegExp(`^\\| ${code} +\\| \\w`, 'm'));
});

test('the README shows every command', () => {
  const leaves = all.filter(
    (path) => !all.some((other) => other.length > path.length && path.every((name, index) => other[index] === name)),
  );
  for (const path of leaves.filter((path) => !['logout', 'profiles'].includes(path[0]!))) {
    expect(blocks).toContain(`stele ${path.join(' ')}`);
  }
});
