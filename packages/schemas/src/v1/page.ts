import { z } from 'zod';
import type { Exchange } from '../contract/operation.ts';

/** Entries of one page: at most, and unless it is said. */
const MOST = 100;
const USUAL = 10;

const number = z.int().min(1).max(1_000_000_000);

export const pageParameters = {
  page: number.exactOptional().meta({ description: 'Which page, from 1. Default 1.', example: 1 }),
  per_page: number
    .max(MOST)
    .exactOptional()
    .meta({ description: `Entries of one page, at most ${MOST}. Default ${USUAL}.`, example: USUAL }),
};

export const V1PageQuery = z.strictObject(pageParameters);
export type V1PageQuery = z.infer<typeof V1PageQuery>;

/** The part of a list that a page is. */
export function partOf({ page = 1, per_page = USUAL }: V1PageQuery): { offset: number; limit: number } {
  return { offset: (page - 1) * per_page, limit: per_page };
}

const link = (description: string, example: string | null) => z.string().nullable().meta({ description, example });

const V1PageMeta = z
  .strictObject({
    total: z.int().min(0).meta({ description: 'Entries on all pages together.', example: 42 }),
    page: number
      .exactOptional()
      .meta({ description: 'Which page this is, from 1. A walk by cursor has none.', example: 1 }),
    per_page: number.meta({ description: 'Entries of one page.', example: USUAL }),
  })
  .meta({ id: 'V1PageMeta', description: 'Where in the list this page is.' });

const V1PageLinks = z
  .strictObject({
    self: z.string().meta({ description: 'This page.', example: 'https://directory.example.com/v1/users?page=1' }),
    next: link('The next page; `null` on the last.', 'https://directory.example.com/v1/users?page=2'),
    prev: link('The page before; `null` on the first, and in a walk by cursor.', null),
  })
  .meta({ id: 'V1PageLinks', description: 'URLs of the pages around this one.' });

/** The wire shape of a page of something. */
export const pageOf = <Item extends z.ZodType>(id: string, item: Item) =>
  z
    .strictObject({
      data: z.array(item).meta({ description: 'The entries of this page.' }),
      meta: V1PageMeta,
      links: V1PageLinks,
    })
    .meta({ id, description: 'One page of a list.' });

/** A part of a list, and which part it was asked for. */
export interface Paged<Entry> {
  readonly entries: readonly Entry[];
  readonly total: number;
  readonly query: V1PageQuery & { readonly cursor?: string };
  /** The cursor of the next page. */
  readonly next?: string;
}

/** A page as v1 shows it. */
export function encodePage<Entry, Wire>(
  { entries, total, query, next }: Paged<Entry>,
  encode: (entry: Entry) => Wire,
  exchange: Exchange,
) {
  const { page = 1, per_page = USUAL, cursor } = query;
  const data = entries.map((entry) => encode(entry));
  const self = urlOf(exchange);
  if (cursor !== undefined) {
    const links = { self, next: next === undefined ? null : urlOf(exchange, { cursor: next }), prev: null };
    return { data, meta: { total, per_page }, links };
  }
  const last = Math.max(1, Math.ceil(total / per_page));
  const links = {
    self,
    next: page < last ? urlOf(exchange, { page: page + 1 }) : null,
    prev: page > 1 ? urlOf(exchange, { page: Math.min(page - 1, last) }) : null,
  };
  return { data, meta: { total, page, per_page }, links };
}

/** The URL of the request, with other parameters where they differ. */
function urlOf({ operation, mount, publicUrl, query }: Exchange, different: object = {}): string {
  const parameters = Object.entries({ ...query, ...different }).map((parameter) =>
    parameter.map((part) => encodeURIComponent(String(part))).join('='),
  );
  return publicUrl + mount + operation.path + (parameters.length > 0 ? `?${parameters.join('&')}` : '');
}
