import { assertNumber } from './check.ts';
import { guarded } from './error.ts';
import { ApiPromise, type Answer } from './promise.ts';

/** What a page holds in `data`. */
type InData<Shown> = Shown extends { readonly data: readonly (infer Item)[] } ? Item : never;

/** How a list is read, page by page. */
interface Lister<Query, Shown, Item> {
  readonly read: (query: Query) => ApiPromise<Shown>;
  /** Of the page that was asked for. */
  readonly query: Query;
  /** Of the first page of a walk, where that is another one. */
  readonly from?: Query;
  /** Of the page after the one that this query gave, or undefined after the last. */
  readonly next: (page: Shown, query: Query) => Query | undefined;
  /** What a page holds. */
  readonly items: (page: Shown) => readonly Item[];
}

async function* walk<Query, Shown, Item>({ read, query, from = query, next }: Lister<Query, Shown, Item>) {
  for (let at: Query | undefined = from; at !== undefined;) {
    const query: Query = at;
    const page: Shown = await guarded(() => read(query));
    yield page;
    at = guarded(() => next(page, query));
  }
}

/**
 * A list. Awaited, it gives one page. Iterated, it gives every item of that page and of those after it; the next page is asked
 * for when all items of the one at hand have been taken. Nothing is asked for before.
 *
 * @example
 * for await (const user of stele.v1.users.list({ filter: { role: 'admin' } })) console.log(user.username);
 */
export class List<Shown, Item = InData<Shown>> extends ApiPromise<Shown> implements AsyncIterable<Item> {
  readonly #walk: () => AsyncGenerator<Shown, void>;
  readonly #items: (page: Shown) => readonly Item[];

  private constructor(
    ask: () => Promise<Answer<Shown>>,
    walk: () => AsyncGenerator<Shown, void>,
    items: (page: Shown) => readonly Item[],
  ) {
    super(ask);
    this.#walk = walk;
    this.#items = items;
  }

  static of<Query, Shown, Item>(lister: Lister<Query, Shown, Item>): List<Shown, Item> {
    return new List(
      async () => guarded(() => lister.read(lister.query)).withResponse(),
      () => walk(lister),
      lister.items,
    );
  }

  /** The pages, one after the other. */
  pages(): AsyncGenerator<Shown, void> {
    return this.#walk();
  }

  /**
   * The items, or the first `limit` of them. Pages are read one after the other, and none after the last item.
   *
   * @example
   * const admins = await stele.v1.users.list({ filter: { role: 'admin' } }).toArray({ limit: 500 });
   */
  async toArray(options?: { limit?: number }): Promise<Item[]> {
    const { limit = Infinity } = options ?? {};
    const isWhole = limit === Infinity || Number.isSafeInteger(limit);
    assertNumber('limit', limit, 'a whole number, 0 or more', isWhole && limit >= 0);
    const items: Item[] = [];
    if (limit === 0) return items;
    for await (const item of this) {
      items.push(item);
      if (items.length === limit) break;
    }
    return items;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void> {
    for await (const page of this.pages()) yield* guarded(() => [...this.#items(page)]);
  }
}
