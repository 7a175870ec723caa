import { foldName, type ScimResourceType } from './attribute.ts';
import { ScimError } from './error.ts';
import type { Profile } from './profile.ts';
import { olderUrns, urns } from './urn.ts';

/** What a body is by its endpoint: a message, a resource of a type, or a message about a type. */
export type BodyKind =
  | { readonly message: string; readonly type?: ScimResourceType }
  | { readonly message?: undefined; readonly type: ScimResourceType };

const extensionUrns: ReadonlySet<string> = new Set([urns.enterprise, urns.lifecycle]);

/** The URNs that name a resource type or a message, in lower case. */
const kindUrns: ReadonlySet<string> = new Set(
  Object.values(urns)
    .filter((urn) => !extensionUrns.has(urn))
    .map(foldName),
);

const messageUrns: ReadonlySet<string> = new Set([urns.searchRequest, urns.bulkRequest].map(foldName));

/** Whether `schemas` holds a URN. URNs compare without case. */
export const namesSchema = (schemas: unknown, urn: string): boolean =>
  Array.isArray(schemas) && schemas.some((each) => typeof each === 'string' && foldName(each) === foldName(urn));

/**
 * Checks the `schemas` of a body. RFC 7643 3 and RFC 7644 3.5.2 require the URN of the resource type or message; the
 * switch `schemasMayBeMissing` requires only that no other one is named instead.
 */
export function assertSchemas(schemas: unknown, { message, type }: BodyKind, profile: Profile): void {
  const required = message ?? type.schema.urn;
  if (namesSchema(schemas, required)) return;
  const own = [required, ...(type ? [type.schema.urn] : [])].map(foldName);
  if (profile.schemasMayBeMissing && namesNoOther(schemas, own, profile)) return;
  throw new ScimError('invalidSyntax', `schemas must hold ${required}`, ['schemas']);
}

/** Whether a URN of `own` is named, or no resource type or message at all. */
function namesNoOther(schemas: unknown, own: readonly string[], profile: Profile): boolean {
  const list: unknown = typeof schemas === 'string' ? [schemas] : (schemas ?? []);
  if (!Array.isArray(list)) return false;
  const kinds = list.flatMap((each) => (typeof each === 'string' ? kindsOf(foldName(each), own, profile) : []));
  return kinds.length === 0 || kinds.some((kind) => own.includes(kind));
}

/** The URNs of the resource types and messages that a URN stands for, in lower case. */
function kindsOf(urn: string, own: readonly string[], profile: Profile): readonly string[] {
  const meanings = profile.olderUrns ? olderUrns.get(urn)?.map(foldName) : undefined;
  // SCIM 1.1 had no URNs of messages: at an endpoint that serves every type, an older URN contradicts nothing.
  if (meanings && own.length === 1 && messageUrns.has(own[0]!)) return [];
  return (meanings ?? [urn]).filter((each) => kindUrns.has(each));
}
