import { timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import {
  type ApiKey,
  type ApiKeyDraft,
  DirectoryError,
  includesScope,
  type IssuedApiKey,
  type Scope,
} from '@stele/schemas/canonical';
import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { hashApiKey, idOfApiKey, isGivenKey, issueApiKey } from './api-key.ts';
import { ApiKeyStore, MAX_SECRETS, type Rotation, type StoredApiKey } from './api-key-store.ts';
import type { Credential } from './credential.ts';
import type { Part, Whole } from './part.ts';

/** Milliseconds for which a key that was found is believed, and how many are. A change is heard of at once, or by then. */
const BELIEVED = 4000;
const MAX_KEYS = 10_000;

/** Milliseconds between two notes of a key's use. */
const TOUCH_INTERVAL = 60_000;

interface Known {
  readonly credential: Credential;
  /** When it stops being good, in milliseconds; never without one. */
  readonly until: number;
}

/** What acts on API keys: whoever asks, and what they may grant. */
interface Caller {
  readonly tenantId: string;
  readonly scopes: readonly Scope[];
  /** Encodes the response, given the key as it will be: what it throws prevents the write. */
  readonly encode?: (resource: object) => void;
}

/** What the caller should know about a change. */
export interface Warned {
  readonly warning?: string;
}

/** The API keys of the directory: who they are, and how they come and go. */
@Injectable()
export class ApiKeys {
  private readonly known = new LRUCache<string, Known>({ max: MAX_KEYS });
  /** Keys that opened something not long ago, by their hash: a flood of wrong ones does not shut them out. */
  private readonly familiar = new LRUCache<string, true>({ max: MAX_KEYS });
  /** Looked up now: whoever comes with the same key meanwhile shares the answer. */
  private readonly lookups = new Map<string, Promise<Known | undefined>>();
  /** Hashes of keys that the settings name: those are looked for whatever they look like. */
  private readonly given = new Set<string>();

  /** Changes that were heard of. What was looked up meanwhile may be from before. */
  private heard = 0;

  constructor(@Inject(ApiKeyStore) private readonly store: ApiKeyStore) {
    store.onChange((changed) => {
      this.heard++;
      if (changed === undefined) this.known.clear();
      for (const [keyHash, { credential }] of this.known.entries()) {
        if (credential.id === changed) this.known.delete(keyHash);
      }
    });
  }

  /** Whose key this is, when it was found good within the last seconds. */
  remembered(key: string): Credential | undefined {
    return goodOf(this.known.get(hashApiKey(key)));
  }

  /** Whose key this is, when it is good. A key that cannot be one costs no query. */
  async find(key: string): Promise<Credential | undefined> {
    return goodOf(await this.lookUp(key, hashApiKey(key)));
  }

  /** Says that a key may be good though it looks like a broken one of ours. */
  expect(key: string): void {
    this.given.add(hashApiKey(key));
  }

  /** Whether a key opened something before, as far as this process remembers. */
  isFamiliar(key: string): boolean {
    return this.familiar.has(hashApiKey(key));
  }

  list({ tenantId }: Caller, part: Part): Promise<Whole<ApiKey>> {
    return this.store.list(tenantId, part);
  }

  async get({ tenantId }: Pick<Caller, 'tenantId'>, id: string): Promise<ApiKey> {
    return found(await this.store.get(tenantId, id));
  }

  /** Makes a key in the caller's own tenant. */
  async create({ tenantId, scopes, encode }: Caller, draft: ApiKeyDraft): Promise<IssuedApiKey> {
    const missing = draft.scopes.find((scope) => !includesScope(scopes, scope));
    if (missing !== undefined) {
      throw new DirectoryError('forbidden', `Only who has the scope ${missing} can grant it`, { scope: missing });
    }
    return this.issue({ tenantId, ...(encode && { encode }) }, draft);
  }

  /** Makes a key in any tenant that exists. */
  async issue(
    { tenantId, encode }: Omit<Caller, 'scopes'>,
    { domainOf, ...draft }: ApiKeyDraft,
  ): Promise<IssuedApiKey> {
    const id = uuidv7();
    const apiKey: ApiKey = { ...draft, id, tenantId, domain: domainOf(id), createdAt: new Date(), previousEnds: [] };
    const secret = issueApiKey(apiKey.id);
    const issued = { apiKey, secret };
    encode?.(issued);
    await this.store.insert(apiKey, bytesOf(hashApiKey(secret)));
    return issued;
  }

  /**
   * Gives a key another secret. Older secrets keep the end that they were given.
   *
   * @param overlap milliseconds for which the secret until now goes on to be valid
   */
  async rotate({ tenantId, scopes, encode }: Caller, id: string, overlap: number): Promise<IssuedApiKey> {
    const known = await this.store.get(tenantId, id);
    if (!known) throw notFound();
    // The next start would make it again.
    if (known.given)
      throw new DirectoryError('bad_request', 'This key came from the settings: replace it there, and revoke it here');
    // Whoever gets the secret of a key gets its scopes.
    const missing = known.scopes.find((scope) => !includesScope(scopes, scope));
    if (missing !== undefined) {
      throw new DirectoryError('forbidden', `Only who has the scope ${missing} can rotate this key`, {
        scope: missing,
      });
    }
    const secret = issueApiKey(id);
    encode?.({ apiKey: known, secret });
    const rotated = await this.store.rotate(tenantId, id, rotationOf(known, secret, overlap));
    if (rotated?.done === false) throw tooManySecrets(rotated.ends);
    return { apiKey: await this.get({ tenantId }, id), secret };
  }

  /** Moves a key to another provisioning domain. What it wrote stays where it is. */
  async setDomain({ tenantId, encode }: Caller, id: string, domain: string): Promise<ApiKey & Warned> {
    const before = await this.get({ tenantId }, id);
    encode?.({ ...before, domain });
    const apiKey = found(await this.store.setDomain(tenantId, id, domain));
    return { ...apiKey, ...(await this.warningOf(before)) };
  }

  async revoke({ tenantId }: Caller, id: string): Promise<Warned> {
    const apiKey = await this.get({ tenantId }, id);
    if (!(await this.store.revoke(tenantId, id))) throw notFound();
    return this.warningOf(apiKey);
  }

  /** Says that a domain has lost its last key. Looked up after the change: of two that go at once, one sees it. */
  private async warningOf({ tenantId, domain }: Pick<ApiKey, 'tenantId' | 'domain'>): Promise<Warned> {
    if (await this.store.hasDomain(tenantId, domain)) return {};
    return {
      warning: `The provisioning domain ${JSON.stringify(domain)} has no API key any more. Its externalId values stay; a key with this domain finds them.`,
    };
  }

  private lookUp(key: string, keyHash: string): Promise<Known | undefined> {
    const underWay = this.lookups.get(keyHash);
    if (underWay) return underWay;
    const lookup = this.read(key, keyHash).finally(() => this.lookups.delete(keyHash));
    this.lookups.set(keyHash, lookup);
    return lookup;
  }

  private async read(key: string, keyHash: string): Promise<Known | undefined> {
    const bytes = bytesOf(keyHash);
    const id = idOfApiKey(key);
    const { heard } = this;
    const asked = performance.now();
    const stored =
      id !== undefined
        ? await this.store.findById(id)
        : isGivenKey(key) || this.given.has(keyHash)
          ? await this.store.findByHash(bytes)
          : undefined;
    const opener = stored?.openers.find((each) => timingSafeEqual(each.keyHash, bytes));
    if (!stored || !opener) return undefined;
    const until = Math.min(endOf(opener.until), endOf(stored.expiresAt));
    const known = { credential: credentialOf(stored), until };
    if (until > Date.now()) {
      // The answer is as old as the question.
      const ttl = Math.floor(BELIEVED - (performance.now() - asked));
      if (heard === this.heard && ttl > 0) this.known.set(keyHash, known, { ttl });
      this.familiar.set(keyHash, true);
      this.note(stored);
    }
    return known;
  }

  /** Nobody waits for the note, and a use that is not noted is noted the next time. */
  private note({ id, lastUsedAt }: StoredApiKey): void {
    if (lastUsedAt && lastUsedAt.getTime() > Date.now() - TOUCH_INTERVAL) return;
    this.store.touch(id).catch(() => {});
  }
}

const goodOf = (known: Known | undefined): Credential | undefined =>
  known && known.until > Date.now() ? known.credential : undefined;

const bytesOf = (keyHash: string): Buffer => Buffer.from(keyHash, 'hex');

const endOf = (time: Date | undefined): number => time?.getTime() ?? Number.POSITIVE_INFINITY;

const credentialOf = ({ id, tenantId, scopes, profile, domain }: ApiKey): Credential => ({
  id,
  tenantId,
  scopes,
  profile,
  domain,
});

/** The overlap of a key that expires ends with it at the latest. */
function rotationOf({ expiresAt }: ApiKey, secret: string, overlap: number): Rotation {
  const at = Date.now();
  const end = Math.min(at + overlap, endOf(expiresAt));
  return {
    keyHash: bytesOf(hashApiKey(secret)),
    at: new Date(at),
    ...(end > at && { previousUntil: new Date(end) }),
  };
}

const tooManySecrets = ([first]: readonly Date[]) =>
  new DirectoryError(
    'too_many_secrets',
    `This key has ${MAX_SECRETS} valid secrets, the most that a key can have. The first of them ends at ${first!.toISOString()}: rotate the key then, or now with \`overlap_seconds\` 0, which ends its newest secret at once`,
    { resource: 'API key' },
  );

const notFound = () => new DirectoryError('not_found', 'There is no such API key', { resource: 'API key' });

function found(apiKey: ApiKey | undefined): ApiKey {
  if (!apiKey) throw notFound();
  return apiKey;
}
