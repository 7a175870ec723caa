import { encodeUserId } from '@stele/schemas/v1';
import { userId } from './users.ts';

/** One request: of the nth user, with a value that no request had before. */
type Ask = (user: number, value: string) => { readonly method?: string; readonly path: string; readonly body?: object };

const scimPatch: Ask = (user, value) => ({
  path: `/scim/v2/Users/${userId(user)}`,
  body: {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [
      { op: 'replace', path: 'displayName', value },
      { op: 'replace', path: 'title', value: `Title of ${value}` },
    ],
  },
});

const v1Patch: Ask = (user, value) => ({
  path: `/v1/users/${encodeUserId(userId(user))}`,
  body: { first_name: value },
});

const plainPatch: Ask = (user, value) => ({ path: `/users/${userId(user)}`, body: { first_name: value } });

const asks = {
  bare: plainPatch,
  tutorial: plainPatch,
  scimmy: scimPatch,
  v1: v1Patch,
  nerm: (user, value) => ({ path: `/users/${userId(user)}`, body: { user: { title: value } } }),
  scim: scimPatch,
  'v1-read': (user) => ({ method: 'GET', path: `/v1/users/${encodeUserId(userId(user))}` }),
  'scim-eq': (user) => ({
    method: 'GET',
    path: `/scim/v2/Users?filter=${encodeURIComponent(`userName eq "user${user}"`)}`,
  }),
  // RFC 9865: an empty cursor asks for the first page.
  'scim-page': () => ({ method: 'GET', path: '/scim/v2/Users?cursor=&count=20' }),
} satisfies Record<string, Ask>;

export type RequestName = keyof typeof asks;

export interface WireRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request in full. Everything in it is ASCII. */
export function requestOf(name: RequestName, key: string, user: number, value: string): WireRequest {
  const { method = 'PATCH', path, body }: ReturnType<Ask> = asks[name](user, value);
  const headers: Record<string, string> = { authorization: `Bearer ${key}` };
  if (body !== undefined) {
    headers['content-type'] = path.startsWith('/scim/') ? 'application/scim+json' : 'application/json';
  }
  return { method, path, headers, body: body === undefined ? '' : JSON.stringify(body) };
}
