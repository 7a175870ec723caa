import { z } from 'zod';
import type { Exchange } from '../contract/operation.ts';

export const metadata = z
  .boolean()
  .exactOptional()
  .meta({ description: 'Whether the response has the length of the list. Default `false`.', example: true });

const number = (description: string, example: number) => z.int().meta({ description, example });

/** Which part of a list an answer holds. */
export const part = {
  limit: number('The maximum number of entries in a response.', 10),
  offset: number('Entries before these.', 50),
  total: number('Entries of the whole list.', 142),
};

const path = (description: string, example: string) => z.string().nullable().meta({ description, example });

export const NermMetadata = z
  .strictObject({
    ...part,
    next: path('The path of the next part; `null` at the end.', '/users?limit=10&offset=60'),
    previous: path('The path of the part before; `null` at the beginning.', '/users?limit=10&offset=40'),
  })
  .meta({ id: 'NermMetadata', description: 'Which part of the list this is.' });
export type NermMetadata = z.infer<typeof NermMetadata>;

/** Where in the list a response is, with the paths of the parts around it. */
export function metadataOf(limit: number, offset: number, total: number, exchange: Exchange): NermMetadata {
  return {
    limit,
    offset,
    total,
    next: offset + limit < total ? pathOf(exchange, limit, offset + limit) : null,
    previous: offset > 0 ? pathOf(exchange, limit, Math.max(0, offset - limit)) : null,
  };
}

/** The path of the request, with another offset. */
function pathOf({ operation, mount, query }: Exchange, limit: number, offset: number): string {
  const parameters = Object.entries({ ...query, limit, offset }).map((parameter) =>
    parameter.map((each) => encodeURIComponent(String(each))).join('='),
  );
  return `${mount}${operation.path}?${parameters.join('&')}`;
}
