import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';

/** Whether this machine has a Redis to test with. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

export interface TestRedis {
  readonly url: string;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Starts it where it was; it has forgotten everything. */
  start(): Promise<void>;
  /** Lets it say nothing more, while its connections stay. */
  hang(): void;
  resume(): void;
}

/** Milliseconds in which a Redis starts. */
const PATIENCE = 10_000;

// The other end of its input is held by the test run alone: the kernel closes it however that ends.
const endWithTests = 'redis-server "$@" & echo $!; read -r _; kill -KILL $!; wait';

/** A Redis of its own, on a free port unless it is said, which keeps nothing. */
export async function startRedis(options: { port?: number; password?: string } = {}): Promise<TestRedis> {
  const { port = await freePort(), password = '' } = options;
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  settings.push('--requirepass', password);
  let running = await launch(settings);
  return {
    url: `redis://127.0.0.1:${port}`,
    kill: () => running.kill(),
    async start() {
      running = await launch(settings);
    },
    hang: () => void process.kill(running.pid, 'SIGSTOP'),
    resume: () => void process.kill(running.pid, 'SIGCONT'),
  };
}

async function launch(settings: readonly string[]): Promise<{ pid: number; kill(): Promise<void> }> {
  // A session of its own, so that Ctrl-C does not end the shell before it has ended Redis.
  const shell = spawn('sh', ['-c', endWithTests, 'sh', ...settings], {
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const ended = once(shell, 'exit');
  const kill = async () => {
    shell.stdin.end();
    await ended;
  };
  const timer = setTimeout(() => void kill(), PATIENCE);
  const lines: string[] = [];
  for await (const line of createInterface({ input: shell.stdout })) {
    lines.push(line);
    if (!line.includes('Ready to accept connections')) continue;
    clearTimeout(timer);
    shell.stdout.resume();
    return { pid: Number(lines[0]), kill };
  }
  throw new Error(`There is no Redis:\n${lines.join('\n')}`);
}

/** A port at which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
