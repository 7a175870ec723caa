import { SteleError } from '../core/error.ts';

/** Where in a list a page is: by number, or by cursor. */
interface Place {
  page?: number;
  cursor?: string;
}

/** What a page of v1 holds. */
export const dataOf = <Item>({ data }: { readonly data: readonly Item[] }): readonly Item[] => data;

interface Writes {
  readonly data: readonly { readonly seq: number }[];
}

/** The query of the entries of a history after these. An empty page is the last. */
export function nextWrite<Query extends { after?: number }>({ data }: Writes, query: Query): Query | undefined {
  const last = data.at(-1);
  return last && { ...query, after: last.seq };
}

interface Linked {
  readonly links: { readonly next: string | null };
}

/**
 * The query of the page after this one. Of the URL in `links.next` only the place in the list is taken: where requests go, and
 * with them the token, is not for an answer to say.
 */
export function nextPage<Query extends Place>({ links }: Linked, query: Query): Query | undefined {
  if (links.next === null) return undefined;
  const by = query.cursor === undefined ? 'page' : 'cursor';
  const place = new URLSearchParams(links.next.split(/[?#]/)[1]).get(by);
  // Otherwise the walk would go round in circles.
  if (place === null || place === String(query[by])) throw new SteleError(`links.next names no other ${by}`);
  return { ...query, [by]: by === 'page' ? Number(place) : place };
}
