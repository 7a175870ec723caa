import { z } from 'zod';
import type { Exchange } from '../contract/dialect.ts';

export const metadata = z
  .boolean()
  .exactOptional()
  .meta({ description: 'Whether the answer says how long the list is. Default `false`.', example: true });

const number = (description: string, example: number) => z.int().meta({ description, example });

/** Which part of a list an answer holds. */
export const part = {
  limit: number('Entries of one answer at most.', 10),
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

/** Until `withPaths` has made them whole, paths are the one parameter that differs. */
export function metadataOf(limit: number, offset: number, total: number): NermMetadata {
  return {
    limit,
    offset,
    total,
    next: offset + limit < total ? `${offset + limit}` : null,
    previous: offset > 0 ? `${Math.max(0, offset - limit)}` : null,
  };
}

const isMetadata = (value: unknown): value is NermMetadata =>
  typeof value === 'object' && value !== null && 'next' in value;

/** Makes paths of the request's own: the same with another offset. Anything else stays as it is. */
export function withPaths(body: unknown, { operation, mount, query }: Exchange): unknown {
  const { _metadata: metadata, ...rest } = Object(body) as { _metadata?: unknown };
  if (!isMetadata(metadata)) return body;
  const { limit, next, previous } = metadata;
  const pathOf = (offset: string | null): string | null => {
    if (offset === null) return null;
    const parameters = Object.entries({ ...query, limit, offset }).map((parameter) =>
      parameter.map((each) => encodeURIComponent(String(each))).join('='),
    );
    return `${mount}${operation.path}?${parameters.join('&')}`;
  };
  return { ...rest, _metadata: { ...metadata, next: pathOf(next), previous: pathOf(previous) } };
}
