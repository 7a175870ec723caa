import type { WebSignal } from './web.ts';

export interface RequestOptions {
  /** Ends the call; the call then throws the signal's reason. */
  signal?: WebSignal;
  /** Milliseconds until the call ends, all attempts and waits included, in place of the client's own. */
  timeout?: number;
  /** How often a call that failed in passing is tried again, in place of the client's own. */
  retries?: number;
  /**
   * Milliseconds of `Retry-After` up to which the SDK waits and tries again, in place of the client's own. When the server
   * requires a longer wait, the call throws at once, and the error has `retryAfterMs`.
   */
  maxRetryAfter?: number;
  /** More request headers. They win over the ones that the SDK sets. */
  headers?: Readonly<Record<string, string>>;
}

/** Of a call that changes something. */
export interface ChangeOptions extends RequestOptions {
  /**
   * The name of this change, 1 to 255 visible ASCII characters. The server makes a change of one name once, and answers
   * the call again when it is repeated within 24 hours, by another process too. Without it every call has a name of its own.
   */
  idempotencyKey?: string;
}

/** What `.withResponse()` gives fits: `{ ifMatch: await stele.v1.users.get(id).withResponse() }`. */
export interface Versioned {
  readonly etag: string | undefined;
}

/** Of a call that changes something which is there already. */
export interface WriteOptions extends ChangeOptions {
  /**
   * Write only if what is written still has this version; otherwise the call throws a `PreconditionFailedError`. Either an ETag
   * or a result that carries one. An `undefined` in its place is an error, so that a write which was meant to be
   * conditional never happens unconditionally.
   */
  ifMatch?: string | Versioned | undefined;
}

/** Of a PATCH whose response can be left out. */
export interface MinimalOptions<Minimal extends boolean | undefined = boolean | undefined> extends WriteOptions {
  /** Respond without the resource (`Prefer: return=minimal`): the call has no data, and `.withResponse()` the new ETag. */
  returnMinimal?: Minimal;
}

/** The resource, unless the response is left out. */
export type Unless<Minimal extends boolean | undefined, Resource> = Minimal extends true ? void : Resource;

/** Of a preview, which has no name to be repeated by: it changes nothing. */
export type PreviewOptions = Omit<WriteOptions, 'idempotencyKey'>;

/** What a write would change, by the dialect's own name of the attribute, parts of one with dots. */
export interface Preview {
  readonly changes: Readonly<
    Record<string, { /** Absent where there is no value. */ readonly old?: unknown; readonly new?: unknown }>
  >;
}
