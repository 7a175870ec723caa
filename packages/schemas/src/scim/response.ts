import { z } from 'zod';
import { type Encoder, encoder, type Exchange, type Reader } from '../contract/operation.ts';
import type { ScimResourceType } from './attribute.ts';
import { groupType } from './group.ts';
import { isObject, type Json } from './json.ts';
import { encodeList, type Listed } from './list.ts';
import { profileOf } from './profile.ts';
import { isProjected, project, projectionOf } from './projection.ts';
import { userType } from './user.ts';

/** The wire form of a resource or document. */
type Shape = z.ZodObject<{ readonly meta: z.ZodObject }>;

/** How the resources of one type are encoded. */
interface Kind<Wire extends Json, Value extends { readonly id: string }> {
  readonly type: ScimResourceType;
  readonly whole: Shape & z.ZodType<Wire>;
  /** What `attributes` and `excludedAttributes` leave of it (RFC 7644 3.9). */
  readonly part: z.ZodType;
  readonly encode: (value: Value, reader: Reader) => Wire;
}

const baseOf = ({ publicUrl, mount }: Exchange): string => publicUrl + mount;

const withLocation = <Wire extends Json>(wire: Wire, location: string): Wire => ({
  ...wire,
  meta: { ...(wire['meta'] as Json), location },
});

/** A response always has a `meta.location`, which the documents call optional. */
const located = (schema: Shape): Shape =>
  schema.extend({ meta: schema.shape.meta.extend({ location: z.url() }) }) as Shape;

/** References to other resources, which are addresses. */
function withReferences(resource: Json, base: string): Json {
  const refer = (value: unknown, endpoint: string) =>
    isObject(value) ? { ...value, $ref: `${base}${endpoint}/${String(value['value'])}` } : value;
  const { groups, members } = resource;
  return {
    ...resource,
    ...(Array.isArray(groups) && { groups: groups.map((each) => refer(each, groupType.endpoint)) }),
    ...(Array.isArray(members) && {
      members: members.map((each: Json) =>
        each['type'] === undefined
          ? each
          : refer(each, each['type'] === 'Group' ? groupType.endpoint : userType.endpoint),
      ),
    }),
  };
}

const locationOf = ({ type }: { readonly type: ScimResourceType }, id: string, exchange: Exchange): string =>
  `${baseOf(exchange)}${type.endpoint}/${id}`;

/** A resource with its address and those of others, and of it what was asked for. */
export function encodeResource<Wire extends Json, Value extends { readonly id: string }>(
  kind: Kind<Wire, Value>,
  value: Value,
  exchange: Exchange,
): Wire {
  const { type, encode } = kind;
  const whole = withLocation(encode(value, exchange), locationOf(kind, value.id, exchange));
  const profile = profileOf(exchange.mount, exchange.profile);
  return project(withReferences(whole, baseOf(exchange)), projectionOf(exchange), type, profile) as Wire;
}

export function resourceEncoder<Wire extends Json, Value extends { readonly id: string }>(
  kind: Kind<Wire, Value>,
): Encoder<Wire, Value> {
  const whole = located(kind.whole);
  return encoder<Wire, Value>(kind.whole, (value, exchange) => encodeResource(kind, value, exchange), {
    schemaOf: (exchange) => (isProjected(projectionOf(exchange)) ? kind.part : whole),
    locate: ({ id }, exchange) => locationOf(kind, id, exchange),
  });
}

/** @param kinds of the resources in the list */
export function listEncoder<Wire extends { readonly Resources: readonly unknown[] }, Value>(
  list: z.ZodObject & z.ZodType<Wire>,
  kinds: readonly { readonly whole: Shape; readonly part: z.ZodType }[],
  encode: (value: Value, exchange: Exchange) => Wire['Resources'][number],
): Encoder<Wire, Listed<Value>> {
  const listOfAny = (schemas: readonly z.ZodType[]) => list.extend({ Resources: z.array(z.union(schemas)) });
  const whole = listOfAny(kinds.map((kind) => located(kind.whole)));
  const part = listOfAny(kinds.map((kind) => kind.part));
  return encoder<Wire, Listed<Value>>(
    list,
    (listed, exchange) => encodeList(listed, (value) => encode(value, exchange)) as unknown as Wire,
    { schemaOf: (exchange) => (isProjected(projectionOf(exchange)) ? part : whole) },
  );
}

/** Of a document that describes the service, at this path. */
export function documentEncoder<Document extends Json>(
  schema: Shape & z.ZodType<Document>,
  pathOf: (document: Document) => string,
): Encoder<Document, Document> {
  const whole = located(schema);
  const locate = (document: Document, exchange: Exchange) => baseOf(exchange) + pathOf(document);
  return encoder<Document, Document>(
    schema,
    (document, exchange) => withLocation(document, locate(document, exchange)),
    { schemaOf: () => whole, locate },
  );
}

/** Of all documents of a kind, which fit one page. */
export function documentsEncoder<Wire extends { readonly Resources: readonly Document[] }, Document extends Json>(
  list: z.ZodType<Wire>,
  document: Encoder<Document, Document>,
): Encoder<Wire, readonly Document[]> {
  return encoder<Wire, readonly Document[]>(
    list,
    (documents, exchange) =>
      encodeList({ resources: documents, total: documents.length, query: {} }, (each) =>
        document.encode(each, exchange),
      ) as unknown as Wire,
  );
}
