/** Writes the latest version in the registry to the file that the command line names. A process of its own. */
import registryUrl from 'registry-url';
import { proxied } from './proxy.ts';
import { writeKnown } from './update.ts';
import { name } from './version.ts';

const TIMEOUT_MS = 10_000;

const [, , file = ''] = process.argv;
const [scope] = name.split('/');
const fetch = (await proxied(process)) ?? globalThis.fetch;
const response = await fetch(new URL(encodeURIComponent(name), registryUrl(scope)).href, {
  headers: { Accept: 'application/vnd.npm.install-v1+json' },
  signal: AbortSignal.timeout(TIMEOUT_MS),
});
const { 'dist-tags': tags } = (await response.json()) as { 'dist-tags': { latest: string } };
await writeKnown(file, tags.latest);
