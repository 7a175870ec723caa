import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

// What production runs once it has been built.
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The key of every API of these tests: every scope in the default tenant. */
export const key = 'the-key-of-the-fault-tests-every-scope';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ApiProcess {
  readonly url: string;
  /** How it ended; undefined while it runs. */
  readonly ended: Exit | undefined;
  /** Everything it printed. */
  readonly output: string;
  /** Sends a signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<Exit>;
}

// The other end of its input is held by the test run alone: the kernel closes it however that ends.
const endWithTests = `data:text/javascript,process.stdin.on('end',()=>process.exit(1)).resume().unref()`;

const running = new Set<ChildProcess>();

/** Ends what a test left running. */
export async function endApis(): Promise<void> {
  for (const child of running) {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }
}

interface Launched extends Omit<ApiProcess, 'url'> {
  readonly url: Promise<string>;
  readonly exit: Promise<Exit>;
}

/** Starts the API on a database, and waits for nothing. */
export function launchApi(databaseUrl: string, environment: Readonly<Record<string, string>> = {}): Launched {
  const child = spawn(process.execPath, ['--import', endWithTests, main], {
    env: {
      NODE_ENV: 'production',
      PORT: '0',
      DATABASE_URL: databaseUrl,
      STELE_BOOTSTRAP_KEY: key,
      STELE_LOG_LEVEL: 'fatal',
      // As a production has it: without it the start warns of guessed links.
      STELE_TRUST_PROXY: '127.0.0.1',
      // Load is not what is limited here.
      STELE_RATE_LIMIT_CREDENTIAL: 'off',
      STELE_RATE_LIMIT_TENANT: 'off',
      STELE_RATE_LIMIT_FAILURES: 'off',
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  let ended: Exit | undefined;
  const exit = new Promise<Exit>((resolve) => {
    // Not `exit`: what it printed last is still to be read then.
    child.once('close', (code, signal) => {
      running.delete(child);
      ended = { code, signal };
      resolve(ended);
    });
  });
  const url = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const match = /Stele listens at (\S+)/.exec(output);
      if (match) resolve(match[1]!);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void exit.then(({ code, signal }) => reject(new Error(`The API ended (${code ?? signal}):\n${output}`)));
  });
  // Whoever expects it to end does not wait for its URL.
  url.catch(() => {});
  return {
    url,
    exit,
    get ended() {
      return ended;
    },
    get output() {
      return output;
    },
    async end(signal) {
      child.kill(signal);
      return exit;
    },
  };
}

/** Starts the API on a database, and waits until it listens. */
export async function startApi(
  databaseUrl: string,
  environment?: Readonly<Record<string, string>>,
): Promise<ApiProcess> {
  const api = launchApi(databaseUrl, environment);
  return Object.defineProperty(api, 'url', { value: await api.url }) as unknown as ApiProcess;
}
