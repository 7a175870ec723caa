import { DirectoryError } from '@stele/schemas/canonical';
import { errors, type JWTVerifyGetKey, type LocalJWKSet } from 'jose';
import { discoverKeys } from './issuer-discovery.ts';

/** Milliseconds after which keys are fetched again, while those that are known go on. */
const REFRESH_AFTER = 600_000;

/** Milliseconds after which a token waits for that: nobody came for long, and a key may have been withdrawn meanwhile. */
const MAX_AGE = 1_200_000;

/** Milliseconds between two fetches at least, however many tokens name a key that nobody knows. */
const COOLDOWN = 5000;

/** The keys of one issuer: fetched when the first token comes, kept when the issuer cannot be reached. */
export class IssuerKeys {
  private keys: LocalJWKSet | undefined;
  /** Of the last fetch, when it failed. */
  private failure: unknown;
  /** On the clock of `performance.now`. */
  private fetchedAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;
  private underWay: Promise<void> | undefined;

  /** @param warn is told when the keys cannot be fetched any more, once until they can be again */
  constructor(
    private readonly issuer: string,
    private readonly warn: (line: string, reason: unknown) => void,
  ) {}

  /** The key that a token names. One that is not known may be new. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const known = await this.current();
    try {
      return await known(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await this.refresh();
      return (this.keys ?? known)(header, token);
    }
  };

  private async current(): Promise<LocalJWKSet> {
    const age = performance.now() - this.fetchedAt;
    if (age > REFRESH_AFTER) {
      const refresh = this.refresh();
      // A provider that is out of reach must not hold up every token.
      if (!this.keys || (age > MAX_AGE && this.failure === undefined)) await refresh;
    }
    if (this.keys) return this.keys;
    throw new DirectoryError('unavailable', 'The keys of the issuer of this access token cannot be fetched', {
      retryAfter: COOLDOWN / 1000,
      cause: this.failure,
    });
  }

  /** Whoever comes while keys are fetched shares that fetch. It never fails: then what is known stays. */
  private refresh(): Promise<void> {
    if (this.underWay) return this.underWay;
    if (performance.now() - this.triedAt < COOLDOWN) return Promise.resolve();
    this.underWay = this.fetch();
    return this.underWay;
  }

  private async fetch(): Promise<void> {
    try {
      this.keys = await discoverKeys(this.issuer);
      this.fetchedAt = performance.now();
      this.failure = undefined;
    } catch (error) {
      if (this.failure === undefined) this.warn(`The keys of ${this.issuer} cannot be fetched`, error);
      this.failure = error;
    }
    this.triedAt = performance.now();
    this.underWay = undefined;
  }
}
