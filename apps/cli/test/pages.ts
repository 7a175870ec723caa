import type { V1User } from '@stele/sdk';
import type { Reply, Seen } from './directory.ts';

export const userOf = (name: string, more: Partial<V1User> = {}): V1User => ({
  id: `usr_${name}`,
  email: `${name}@example.com`,
  username: name,
  first_name: null,
  last_name: null,
  role: 'user',
  created_at: '2026-01-02T03:04:05Z',
  updated_at: '2026-02-03T04:05:06Z',
  ...more,
});

/** Answers with a list as the API does: a page at a time, by number or by cursor. */
export function pages(items: readonly object[]): (seen: Seen) => Reply {
  return ({ path }) => {
    const query = new URL(path, 'http://x').searchParams;
    const size = Number(query.get('per_page') ?? 10);
    const cursor = query.get('cursor');
    const begin = cursor === null ? (Number(query.get('page') ?? 1) - 1) * size : Number(cursor);
    const data = items.slice(begin, begin + size);
    const end = begin + data.length;
    const place = cursor === null ? `page=${end / size + 1}` : `cursor=${end}`;
    const next = end < items.length ? `${path.split('?')[0]}?${place}` : null;
    const meta = { total: items.length, page: begin / size + 1, per_page: size };
    return { status: 200, body: { data, meta, links: { self: path, next, prev: null } } };
  };
}
