import { expect } from 'vitest';
import type { Answer, Ask, Request, TestApp } from './app.ts';
import { faces, type Fields, urns as known } from './users.ts';

export const urns = {
  ...known,
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  listResponse: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  searchRequest: 'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  bulkRequest: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
  bulkResponse: 'urn:ietf:params:scim:api:messages:2.0:BulkResponse',
} as const;

export const STANDARD = '/scim/v2';
export const DRONAHQ = ['/api/scim/v2', '/sso/scim/v2'] as const;
export const MOUNTS = [STANDARD, ...DRONAHQ] as const;

type Parameters = Readonly<Record<string, string | number>>;

/** What the tests ask of a SCIM service provider, in the order of RFC 7644. Each path is below the mount. */
export interface Scim {
  readonly send: Request;
  /** Creates a user and answers with its id. */
  user(name: string, fields?: Fields): Promise<string>;
  /** Creates a group of these members and answers with its id. */
  group(name: string, members?: readonly string[], fields?: Fields): Promise<string>;
  get(path: string, ask?: Ask): Promise<Answer>;
  put(path: string, body: unknown, ask?: Ask): Promise<Answer>;
  patch(path: string, operations: readonly object[], ask?: Ask): Promise<Answer>;
  remove(path: string, ask?: Ask): Promise<Answer>;
  list(path: string, parameters?: Parameters): Promise<Answer>;
  /** Asks for a list in the body of a search, below a type or at the root. */
  search(path: string, parameters: object): Promise<Answer>;
  bulk(operations: readonly unknown[], fields?: object, ask?: Ask): Promise<Answer>;
  /** The ids of the members of a group, sorted. */
  members(id: string): Promise<string[]>;
  /** The groups that a user shows: how it belongs to each, by the id of the group. */
  memberships(id: string): Promise<Record<string, string>>;
}

const created = ({ status, body, text }: Answer): string => {
  expect([200, 201], text).toContain(status);
  return String(body.id);
};

const listed = (members: readonly string[]): object[] => members.map((value) => ({ value }));

/** Speaks SCIM with one replica, below one mount, with one credential. */
export function scimAt(
  api: Pick<TestApp, 'request'>,
  { mount = STANDARD, key }: { mount?: string; key?: string } = {},
): Scim {
  const send: Request = (method, path, ask) =>
    api.request(method, mount + path, { ...(key !== undefined && { key }), ...ask });
  const get: Scim['get'] = (path, ask) => send('GET', path, ask);
  return {
    send,
    get,
    async user(name, fields) {
      return created(await send('POST', '/Users', { body: faces.scim.draft(name, fields) }));
    },
    async group(name, members = [], fields = {}) {
      const body = { schemas: [urns.group], displayName: name, members: listed(members), ...fields };
      return created(await send('POST', '/Groups', { body }));
    },
    put: (path, body, ask) => send('PUT', path, { body, ...ask }),
    patch: (path, Operations, ask) => send('PATCH', path, { body: { schemas: [urns.patchOp], Operations }, ...ask }),
    remove: (path, ask) => send('DELETE', path, ask),
    list(path, parameters = {}) {
      const query = new URLSearchParams(
        Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
      );
      return get(`${path}?${query.toString()}`);
    },
    search: (path, parameters) =>
      send('POST', `${path}/.search`, { body: { schemas: [urns.searchRequest], ...parameters } }),
    bulk: (Operations, fields, ask) =>
      send('POST', '/Bulk', { body: { schemas: [urns.bulkRequest], ...fields, Operations }, ...ask }),
    async members(id) {
      const { body, text } = await get(`/Groups/${id}`);
      expect(body.id, text).toBe(id);
      return ((body.members ?? []) as { value: string }[]).map(({ value }) => value).toSorted();
    },
    async memberships(id) {
      const { body, text } = await get(`/Users/${id}`);
      expect(body.id, text).toBe(id);
      const groups = (body.groups ?? []) as { value: string; type: string }[];
      return Object.fromEntries(groups.map(({ value, type }) => [value, type]));
    },
  };
}

/** Expects a refusal in SCIM's form (RFC 7644 3.12). */
export function expectScimError(answer: Answer, status: number, scimType?: string): void {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/scim+json');
  expect(answer.body).toMatchObject({
    schemas: [urns.error],
    status: String(status),
    detail: expect.stringMatching(/./) as string,
    ...(scimType !== undefined && { scimType }),
  });
}

/** Everything that is kept of groups: what a refusal and a change of nothing leave as it is. */
export async function keptOfGroups(
  api: Pick<TestApp, 'query'>,
): Promise<{ groups: unknown[]; externalIds: unknown[]; members: unknown[]; history: unknown[] }> {
  const [groups, externalIds, members, history] = await Promise.all([
    api.query('SELECT * FROM groups ORDER BY tenant_id, id'),
    api.query('SELECT * FROM group_external_ids ORDER BY tenant_id, group_id, domain'),
    api.query('SELECT * FROM group_members ORDER BY tenant_id, group_id, member_id'),
    api.query('SELECT * FROM group_history ORDER BY tenant_id, group_id, version'),
  ]);
  return { groups, externalIds, members, history };
}
