import { foldKey, type User, type UserRevision } from '@stele/schemas/canonical';
import type { Access } from './request-context.ts';
import type { Directory } from './directory.ts';

/** A change of one user that gives it another user name. */
export interface Rename {
  readonly directory: Directory;
  readonly id: string;
  readonly userName: string;
  readonly change: (user: User) => UserRevision;
}

/** What of an item decides whether it belongs to a swap. */
interface Renaming {
  readonly key?: string;
  readonly rename?: Rename;
}

interface Candidate {
  readonly index: number;
  /** The key of the user name that it has, and of the one that it gets. */
  readonly current: string;
  readonly wanted: string;
}

/**
 * The items of a batch that pass their user names round in a circle, each list in the order of the circle. Done one after
 * the other they would all fail. A user that several items name is in no circle.
 */
export async function findSwaps(access: Access, items: readonly Renaming[]): Promise<number[][]> {
  if (items.filter(({ rename }) => rename).length < 2) return [];
  return circlesOf(await candidatesOf(access, items));
}

async function candidatesOf(access: Access, items: readonly Renaming[]): Promise<Candidate[]> {
  const ids = items.map(({ key, rename }) => rename?.id ?? key);
  const counts = new Map<string | undefined, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  const found = await Promise.all(
    items.map(async ({ rename }, index): Promise<Candidate | undefined> => {
      if (!rename || counts.get(rename.id)! > 1) return undefined;
      const user = await rename.directory.find(access, rename.id);
      if (!user) return undefined;
      return { index, current: foldKey(user.userName), wanted: foldKey(rename.userName) };
    }),
  );
  return found.filter((candidate) => candidate !== undefined);
}

function circlesOf(candidates: readonly Candidate[]): number[][] {
  /** By the key that each wants. Of several that want the same, the first gets it. */
  const takers = new Map<string, Candidate>();
  for (const candidate of candidates) {
    if (candidate.current !== candidate.wanted && !takers.has(candidate.wanted))
      takers.set(candidate.wanted, candidate);
  }
  const visited = new Set<Candidate>();
  const circles: number[][] = [];
  for (const first of takers.values()) {
    const path: Candidate[] = [];
    let next: Candidate | undefined = first;
    while (next && !visited.has(next)) {
      visited.add(next);
      path.push(next);
      next = takers.get(next.current);
    }
    if (next === first && path.length > 1) circles.push(path.map(({ index }) => index));
  }
  return circles;
}
