import { malformedAnswer, SteleError } from './error.ts';
import type { WebResponse } from './web.ts';

/** An answer with what came around it. */
export interface Answer<Data> {
  readonly data: Data;
  /** Status and headers. Its body has been read; `data` is what it said. */
  readonly response: WebResponse;
  /** The version of what was read or written, to be given back as `ifMatch`. */
  readonly etag: string | undefined;
  /** The name of this exchange in the server's logs. */
  readonly requestId: string | undefined;
  /** What the caller should know about what was done: the header `Stele-Warning`. */
  readonly warning: string | undefined;
}

/** What a function makes of the data. A response of another shape, such as that of a proxy, is an error that keeps it. */
function viewed<Data, Other>({ data, response }: Answer<Data>, view: (data: Data) => Other): Other {
  try {
    return view(data);
  } catch (cause) {
    if (cause instanceof SteleError) throw cause;
    const { status, headers } = response;
    throw malformedAnswer({ call: 'the call', status, headers, body: data, cause, attempts: 1 });
  }
}

/** A call under way. Awaited, it gives the data; `withResponse()` gives ETag, request id and response as well. */
export class ApiPromise<Data> extends Promise<Data> {
  readonly #ask: () => Promise<Answer<Data>>;
  #answer: Promise<Answer<Data>> | undefined;

  /** `ask` is called once, when somebody wants to know. */
  constructor(ask: () => Promise<Answer<Data>>) {
    // Only the answer ever settles for real: a second promise would be rejected unhandled while the other is awaited.
    super((resolve) => resolve(undefined as never));
    this.#ask = ask;
  }

  /** Derived promises are plain ones: they have no response. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  withResponse(): Promise<Answer<Data>> {
    return (this.#answer ??= this.#ask());
  }

  /** The same call, with another view of its data. */
  map<Other>(view: (data: Data) => Other): ApiPromise<Other> {
    const answer = this.withResponse().then((answer) => ({ ...answer, data: viewed(answer, view) }));
    return new ApiPromise(() => answer);
  }

  // oxlint-disable-next-line unicorn/no-thenable -- A promise is what this is.
  override then<Kept = Data, Caught = never>(
    onFulfilled?: ((data: Data) => Kept | PromiseLike<Kept>) | null,
    onRejected?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    return this.#data().then(onFulfilled, onRejected);
  }

  override catch<Caught = never>(
    onRejected?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Data | Caught> {
    return this.#data().catch(onRejected);
  }

  override finally(onFinally?: (() => void) | null): Promise<Data> {
    return this.#data().finally(onFinally);
  }

  #data(): Promise<Data> {
    return this.withResponse().then(({ data }) => data);
  }
}
