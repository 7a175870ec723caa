import type { z } from 'zod';
import type { DirectoryError } from '../canonical/error.ts';
import type { User } from '../canonical/user.ts';
import type { Exchange, Operation, Reader } from './operation.ts';

/** A group of operations in the OpenAPI document: those at its paths and below them. Of several, the longest path counts. */
export interface Tag {
  readonly name: string;
  readonly description: string;
  readonly paths: readonly [`/${string}`, ...`/${string}`[]];
}

export type TagComparison = 'strong' | 'weak';

/** One API dialect: its operations, and the words in which it refuses. */
export interface Dialect<Operations extends Readonly<Record<string, Operation>> = Readonly<Record<string, Operation>>> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Path prefixes; the first is the one that documents and SDK name. */
  readonly mounts: readonly [string, ...string[]];
  /** Of requests and responses. A response has the first, unless `Accept` prefers another (RFC 9110 12.5.1). */
  readonly mediaTypes: readonly [string, ...string[]];
  readonly operations: Operations;
  /** In the order of the document. Every operation has one. */
  readonly tags: readonly Tag[];
  /**
   * Whether query parameters that an operation does not have are ignored, and unknown names in bodies may be: the response
   * field `Stele-Ignored` then lists them. Absent: both are rejected with 400.
   */
  readonly reportsIgnored?: boolean;
  /** How `If-Match` compares entity tags (RFC 9110 8.8.3.2). Absent: strongly, as RFC 9110 13.1.1 asks. */
  readonly tagComparison?: TagComparison;
  /** The shape of every refusal. */
  readonly error: z.ZodType;
  fail(error: DirectoryError): unknown;
  /**
   * The user in the dialect's own names, what can only be written included; identifiers and times are left out. Without
   * it a preview compares answers.
   */
  toComparable?(resource: User, reader: Reader): Readonly<Record<string, unknown>>;
  /** Rewrites the parameters of a query to the form that the operation's schema describes, before they are parsed. */
  receiveQuery?(query: Exchange['query'], exchange: Exchange): Exchange['query'];
  /** Rewrites a body to the form that the operation's schema describes, before it is parsed. */
  receive?(body: unknown, exchange: Exchange): unknown;
}

/** The tag of an operation. */
export function tagOf({ name, tags }: Pick<Dialect, 'name' | 'tags'>, { path }: Pick<Operation, 'path'>): Tag {
  const matches = tags.flatMap((tag) =>
    tag.paths.filter((each) => path === each || path.startsWith(`${each}/`)).map((each) => ({ tag, each })),
  );
  const [longest] = matches.toSorted((left, right) => right.each.length - left.each.length);
  if (!longest) throw new Error(`No tag of ${name} has the path ${path}`);
  return longest.tag;
}

/** Declares a dialect and keeps the exact types of its operations. */
export function dialect<const Operations extends Readonly<Record<string, Operation>>>(
  definition: Dialect<Operations>,
): Dialect<Operations> {
  return definition;
}
