import { createLocalJWKSet, type LocalJWKSet } from 'jose';
import { z } from 'zod';
import { SecureUrl } from './issuer.ts';

/** Milliseconds for both documents together, and bytes of each. A request that waits for them has to be answered too. */
const TIMEOUT = 5000;
const MAX_DOCUMENT = 262_144;

const ProviderMetadata = z.object({ issuer: z.string(), jwks_uri: SecureUrl });

/** An issuer without keys has made a mistake: it must not cost those that are known. */
const KeySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) });

/** The keys that an issuer has now, by OpenID Connect Discovery 1.0. */
export async function discoverKeys(issuer: string): Promise<LocalJWKSet> {
  const signal = AbortSignal.timeout(TIMEOUT);
  // 4.1: "any terminating / MUST be removed prior to appending /.well-known/openid-configuration".
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const metadata = ProviderMetadata.parse(await fetchJson(url, signal));
  // 4.3: "The issuer value returned MUST be identical to the Issuer URL that was directly used to retrieve the
  // configuration information."
  if (metadata.issuer !== issuer) throw new Error(`${url} is of the issuer ${metadata.issuer}`);
  return createLocalJWKSet(KeySet.parse(await fetchJson(metadata.jwks_uri, signal)));
}

async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} responded with ${response.status}`);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > MAX_DOCUMENT) throw new Error(`${url} has more than ${MAX_DOCUMENT} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString());
}
