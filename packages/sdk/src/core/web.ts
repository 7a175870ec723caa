/**
 * A type of the web platform as the consumer's own configuration declares it. Where neither the DOM library nor a
 * runtime's types are there, it is the part that is given, so that the declarations of this package always compile.
 */
type Web<Name extends string, Part> = typeof globalThis extends { [_ in Name]: { prototype: infer Whole } }
  ? Whole
  : Part;

export type WebHeaders = Web<'Headers', { get(name: string): string | null }>;

export type WebSignal = Web<
  'AbortSignal',
  {
    readonly aborted: boolean;
    readonly reason: unknown;
    addEventListener(type: 'abort', listener: () => void): void;
    removeEventListener(type: 'abort', listener: () => void): void;
  }
>;

export type WebBlob = Web<
  'Blob',
  { readonly size: number; readonly type: string; arrayBuffer(): Promise<ArrayBuffer> }
>;

export type WebResponse = Web<
  'Response',
  {
    readonly ok: boolean;
    readonly status: number;
    readonly statusText: string;
    readonly headers: WebHeaders;
    text(): Promise<string>;
  }
>;

/** What the SDK asks of a `fetch`. The platform's own fits. */
export type Fetch = (
  url: string,
  init: { method: string; headers: WebHeaders; body?: string | ArrayBuffer; redirect: 'manual'; signal: WebSignal },
) => Promise<WebResponse>;
