import type { WebSignal } from './web.ts';

export interface RequestOptions {
  /** Ends the call; the call then throws the signal's reason. */
  signal?: WebSignal;
  /** Milliseconds until the call ends with a `TimeoutError`, in place of the client's own. */
  timeout?: number;
  /** More request headers. They win over the ones that the SDK sets. */
  headers?: Readonly<Record<string, string>>;
}

/** What `.withResponse()` gives fits: `{ ifMatch: await stele.v1.users.get(id).withResponse() }`. */
export interface Versioned {
  readonly etag: string | undefined;
}

export interface WriteOptions extends RequestOptions {
  /**
   * Write only if the user still has this version; otherwise the call throws a `PreconditionFailedError`. Either an ETag
   * or a result that carries one. An `undefined` in its place is an error, so that a write which was meant to be
   * conditional never happens unconditionally.
   */
  ifMatch?: string | Versioned | undefined;
}
