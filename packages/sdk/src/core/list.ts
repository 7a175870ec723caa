import { ApiPromise, type Answer } from './promise.ts';

/** One page of something. */
interface Page {
  readonly data: readonly unknown[];
}

type Item<Shown extends Page> = Shown['data'][number];

/** How a list is read, page by page. */
interface Lister<Query, Shown extends Page> {
  readonly read: (query: Query) => ApiPromise<Shown>;
  /** Of the page that was asked for. */
  readonly query: Query;
  /** Of the first page of a walk, where that is another one. */
  readonly from?: Query;
  /** Of the page after the one that this query gave, or undefined after the last. */
  readonly next: (page: Shown, query: Query) => Query | undefined;
}

async function* walk<Query, Shown extends Page>({ read, query, from = query, next }: Lister<Query, Shown>) {
  for (let at: Query | undefined = from; at !== undefined;) {
    const page: Shown = await read(at);
    yield page;
    at = next(page, at);
  }
}

async function* items(pages: AsyncIterable<Page>) {
  for await (const page of pages) yield* page.data;
}

/**
 * A list. Awaited, it gives one page. Iterated, it gives every item of that page and of those after it; the next page is asked
 * for when all items of the one at hand have been taken. Nothing is asked for before.
 *
 * @example
 * for await (const user of stele.v1.users.list({ filter: { role: 'admin' } })) console.log(user.username);
 */
export class List<Shown extends Page> extends ApiPromise<Shown> implements AsyncIterable<Item<Shown>> {
  readonly #walk: () => AsyncGenerator<Shown, void>;

  private constructor(ask: () => Promise<Answer<Shown>>, walk: () => AsyncGenerator<Shown, void>) {
    super(ask);
    this.#walk = walk;
  }

  static of<Query, Shown extends Page>(lister: Lister<Query, Shown>): List<Shown> {
    return new List(
      () => lister.read(lister.query).withResponse(),
      () => walk(lister),
    );
  }

  /** The pages, one after the other. */
  pages(): AsyncGenerator<Shown, void> {
    return this.#walk();
  }

  [Symbol.asyncIterator](): AsyncGenerator<Item<Shown>, void> {
    return items(this.pages()) as AsyncGenerator<Item<Shown>, void>;
  }
}
