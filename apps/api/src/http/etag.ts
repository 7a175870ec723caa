import { DirectoryError, versionIn } from '@stele/schemas/canonical';
import type { TagComparison } from '@stele/schemas/contract';
import type { Precondition } from '../directory/request-context.ts';

/**
 * `#entity-tag` of RFC 9110 13.1.1; `etagc` has neither quotes nor control characters. RFC 9110 5.6.1.2: elements of a list
 * may be empty, as they are where a proxy joins two fields.
 */
const ENTITY_TAGS =
  /^[ \t,]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t,]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*[ \t,]*$/;

/**
 * Reads `If-Match`. In the strong comparison (RFC 9110 8.8.3.2) a weak tag matches no version, in the weak one its prefix
 * does not count. A tag that this server never made matches no version. Of a tag with a part for groups the version
 * counts: a write to a user does not change its groups.
 */
export function parseIfMatch(
  header: string | undefined,
  comparison: TagComparison = 'strong',
): Precondition | undefined {
  if (header === undefined) return undefined;
  const value = header.trim();
  if (value === '*') return 'any';
  if (!ENTITY_TAGS.test(value)) throw new DirectoryError('bad_request', 'If-Match must be * or a list of entity tags');
  return [...value.matchAll(/(W\/)?"([^"]*)"/g)].flatMap(
    ([, weak, tag]) => (weak === undefined || comparison === 'weak' ? versionIn(tag!) : undefined) ?? [],
  );
}

/** The versions that `If-None-Match` on a write names. RFC 9110 13.1.2: by the weak comparison. */
export function parseIfNoneMatch(header: string | undefined): Precondition | undefined {
  if (header === undefined) return undefined;
  const value = header.trim();
  if (value === '*') return 'any';
  return [...value.matchAll(/"([^"]*)"/g)].flatMap(([, tag]) => versionIn(tag!) ?? []);
}

/** Whether `If-None-Match` names what is there. RFC 9110 13.1.2: by the weak comparison, and `*` names any. */
export function isNotModified(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const value = header.trim();
  return value === '*' || value.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
