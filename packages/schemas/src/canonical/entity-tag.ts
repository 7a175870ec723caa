import type { Membership } from './user.ts';

/** What a tag is made of: a version, and what is shown of others beside it, which may change while the version does not. */
interface Tagged {
  readonly version: number;
  readonly groups?: readonly Membership[];
}

/** FNV-1a, which tells states apart; nothing has to be hidden. */
function fnv1a(text: string, seed: number): string {
  let hash = seed;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36);
}

const SEEDS = [0x811c9dc5, 0x050c5d1f] as const;

/**
 * The strong validator of what is shown (RFC 9110 8.8.3): the version; of a user who is shown with its groups also what
 * these are, since they come and go with the group.
 */
export function entityTag({ version, groups = [] }: Tagged): string {
  if (groups.length === 0) return `"${version}"`;
  const shown = JSON.stringify(groups);
  return `"${version}-${SEEDS.map((seed) => fnv1a(shown, seed)).join('')}"`;
}

const TAG = /^([1-9]\d{0,9})(?:-[0-9a-z]{2,14})?$/;

/** The version that is in a tag, without its quotes; none in one that was never ours. */
export function versionIn(tag: string): number | undefined {
  const version = TAG.exec(tag)?.[1];
  return version === undefined ? undefined : Number(version);
}
