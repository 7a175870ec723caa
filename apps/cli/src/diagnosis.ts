import { stat } from 'node:fs/promises';
import { ApiError, Stele, type SteleOptions } from '@stele/sdk';
import { settings, sourceOf, type ConnectionFlags } from './connection.ts';
import { ifMissing } from './file.ts';
import type { Io } from './io.ts';
import { configFile, readConfiguration } from './profiles.ts';
import { keyIdOf, scopesOf } from './scopes.ts';
import { NO_USER, checkKey } from './check-connection.ts';
import { version } from './version.ts';

export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly remark: string;
}

/** Seconds by which the clocks may differ: times of history and expiry are those of the server. */
const MAX_CLOCK_SKEW = 60;

const messageOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${messageOf(cause)}` : message;
};

/** What a check finds out. What it throws is its remark. */
const find = (check: string, look: () => Promise<string> | string): Promise<Finding> =>
  Promise.resolve()
    .then(look)
    .then(
      (remark) => ({ check, ok: true, remark }),
      (error: unknown) => ({ check, ok: false, remark: messageOf(error) }),
    );

async function lookAtConfiguration(io: Io): Promise<string> {
  const file = configFile(io);
  const stats = await stat(file).catch(ifMissing(undefined));
  if (!stats) return `${file} does not exist`;
  const profiles = Object.keys((await readConfiguration(io)).profiles);
  if (process.platform !== 'win32' && stats.mode & 0o077) {
    throw new Error(`others can read ${file}; chmod 600 it`);
  }
  return `${file}: ${profiles.join(', ') || 'no profiles'}`;
}

/** The time of the server. Any response shows that one is there. */
async function timeAt(stele: Stele): Promise<string | null> {
  try {
    await stele.v1.users.get(NO_USER);
    return null;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.headers.get('date');
  }
}

function compareClocks(date: string | null): string {
  const seconds = (Date.now() - Date.parse(date ?? '')) / 1000;
  if (Number.isNaN(seconds)) throw new Error('the server does not report its time');
  const skew = Math.round(Math.abs(seconds));
  if (skew > MAX_CLOCK_SKEW)
    throw new Error(`this clock is ${skew} s ${seconds > 0 ? 'ahead of' : 'behind'} the server's`);
  return `within ${Math.max(1, skew)} s of the server's`;
}

async function lookAtServer(given: ConnectionFlags, options: SteleOptions, io: Io): Promise<Finding[]> {
  const stele = new Stele({ ...options, retries: 0 });
  const begun = performance.now();
  let date: string | null = null;
  const url = await find('url', async () => {
    date = await timeAt(stele);
    return `${options.url} responded in ${Math.round(performance.now() - begun)} ms${options.fetch ? ', by way of a proxy' : ''}`;
  });
  if (!url.ok) return [url];
  const key = await find('key', async () => {
    await checkKey(options);
    return [await keyIdOf(options.token), `from ${await sourceOf(given, io)}`].filter(Boolean).join(' ');
  });
  const scopes = key.ok
    ? [
        await find(
          'scopes',
          async () => (await scopesOf(stele)).join(',') || Promise.reject(new Error('the key has none')),
        ),
      ]
    : [];
  return [url, key, ...scopes, await find('clock', () => compareClocks(date))];
}

/** Checks everything that a command needs, from the installation to the clock. */
export async function diagnose(given: ConnectionFlags, io: Io): Promise<Finding[]> {
  const findings = [
    await find('version', () => `stele ${version}, Node ${process.versions.node} on ${process.platform}`),
    await find('profiles', () => lookAtConfiguration(io)),
  ];
  const options = await settings(given, io).catch((error: unknown) => error);
  findings.push(
    ...(options instanceof Error
      ? [await find('url', () => Promise.reject(options))]
      : await lookAtServer(given, options as SteleOptions, io)),
  );
  return findings;
}
