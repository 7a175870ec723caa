import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Owner } from './users.ts';

const START_SECONDS = 30;
const STOP_SECONDS = 10;

/** What the servers compete with. `stele` groups its commits, `stele-single` writes each change by itself. */
export const serverNames = ['bare', 'stele', 'stele-single', 'tutorial', 'scimmy'] as const;
export type ServerName = (typeof serverNames)[number];

export interface Server {
  readonly url: string;
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  readonly databaseUrl: string;
  readonly key: string;
  /** Of the users, for the servers that do not find it out themselves. */
  readonly owner?: Owner;
  readonly nodeOptions?: readonly string[];
}

const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const programs: Readonly<Record<ServerName, string>> = {
  bare: file('servers/bare.ts'),
  stele: file('../dist/main.js'),
  'stele-single': file('../dist/main.js'),
  tutorial: file('dist/tutorial.js'),
  scimmy: file('servers/scimmy.ts'),
};

/** Compiles the tutorial server: Node strips types, but does not know decorators. */
export async function compileTutorial(): Promise<void> {
  const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));
  const args = [join(typescript, 'bin', 'tsc'), '-p', file('tsconfig.tutorial.json')];
  await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
}

/** Starts a server in a process of its own, at a free port of the loopback. */
export async function startServer(name: ServerName, options: ServerOptions): Promise<Server> {
  const { databaseUrl, key, owner, nodeOptions = [] } = options;
  const child = spawn(process.execPath, [...nodeOptions, programs[name]], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      STELE_BOOTSTRAP_KEY: key,
      STELE_GROUP_COMMIT: String(name !== 'stele-single'),
      // Counted as in production, and never used up.
      STELE_RATE_LIMIT_CREDENTIAL: '999999999/60',
      STELE_RATE_LIMIT_TENANT: '999999999/60',
      API_KEY: key,
      TENANT_ID: owner?.tenantId,
      CREDENTIAL_ID: owner?.credentialId,
    },
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4000)));
  const stop = () => stopProcess(child);
  try {
    const url = await Promise.race([
      urlOf(child.stdout),
      once(child, 'exit').then(() => Promise.reject(new Error(`${name} ended at its start. ${errors}`))),
      sleep(START_SECONDS * 1000, undefined, { ref: false }).then(() =>
        Promise.reject(new Error(`${name} was not ready after ${START_SECONDS} seconds. ${errors}`)),
      ),
    ]);
    return { url, pid: child.pid!, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Every server says where it listens; what it says later is dropped. */
function urlOf(output: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  return new Promise((resolve) => {
    output.setEncoding('utf8');
    output.on('data', (chunk: string) => {
      if (text.length < 10_000) text += chunk;
      const url = /\bhttp:\/\/127\.0\.0\.1:\d+(?=\s)/.exec(text)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
}

/** Ends a child, by force if it does not end by itself. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_SECONDS * 1000);
  await exited;
  clearTimeout(timer);
}
