import { isDeepStrictEqual } from 'node:util';
import type { Difference, Explanation, Refusal, Step } from '../../explanation.ts';
import { scalar } from '../../print.ts';

/** What the server says of the whole. It says neither where it does not know previews. */
export interface Verdict {
  readonly changes?: readonly Difference[];
  readonly refusal?: Refusal;
}

const elements = (value: unknown): readonly unknown[] | undefined =>
  value === undefined ? [] : Array.isArray(value) ? value : undefined;

/** One line for each value; of a list, for each that comes or goes. */
function say({ path, old, new: now }: Difference): string[] {
  if (path === 'password') return ['password changes'];
  const [before, after] = [elements(old), elements(now)];
  if (!before || !after || before.length + after.length === 0) return [`${path}: ${scalar(old)} -> ${scalar(now)}`];
  const without = (list: readonly unknown[], others: readonly unknown[]) =>
    list.filter((each) => !others.some((other) => isDeepStrictEqual(each, other)));
  const lines = [
    ...without(before, after).map((gone) => `${path}: ${scalar(gone)} -> -`),
    ...without(after, before).map((come) => `${path}: - -> ${scalar(come)}`),
  ];
  return lines.length > 0 ? lines : [`${path}: the same in another order`];
}

const sayRefusal = ({ scimType, detail }: Refusal): string => `${scimType ?? 'refused'}: ${detail}`;

function sayStep({ op, path, outcome, changes, refusal }: Step, index: number): string[] {
  const lines = refusal ? [sayRefusal(refusal)] : changes.flatMap(say);
  const nothing = outcome === 'applied' && lines.length === 0 ? ', changes nothing' : '';
  return [
    `${index + 1}. ${op}${path === undefined ? '' : ` ${path}`}: ${outcome}${nothing}`,
    ...lines.map((line) => `   ${line}`),
  ];
}

const sayWhole = (changes: readonly Difference[]): string[] =>
  changes.length === 0
    ? ['The whole would change nothing.']
    : ['The whole would change:', ...changes.flatMap(say).map((line) => `   ${line}`)];

/** The server's word, and whether it is another. */
export function sayVerdict({ changes, refusal }: Verdict, agrees: boolean): string[] {
  if (agrees) return ['The server says the same.'];
  if (refusal) return ['The server disagrees. It would refuse:', `   ${sayRefusal(refusal)}`];
  if (changes) return ['The server disagrees.', ...sayWhole(changes)];
  return ['The server has not answered with a preview: look whether the user has changed.'];
}

/** What becomes of each operation, and what the whole does. */
export function sayExplanation({ steps, changes, refusal, ignored }: Explanation): string[] {
  const reached = steps.some((step) => step.refusal);
  return [
    ...steps.flatMap(sayStep),
    ...(refusal && !reached ? [sayRefusal(refusal)] : []),
    ...(ignored === undefined ? [] : [`Ignored, because the schema lacks it: ${ignored}`]),
    ...(refusal ? ['Nothing would change: a PATCH does all of its operations, or none.'] : sayWhole(changes)),
  ];
}
