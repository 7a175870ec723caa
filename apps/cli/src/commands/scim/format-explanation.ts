import { isDeepStrictEqual } from 'node:util';
import type { Difference, Explanation, PatchError, Step } from '../../explanation.ts';
import { scalar } from '../../print.ts';

/** The preview of the server. It has neither field if the server does not know previews. */
export interface ServerResult {
  readonly changes?: readonly Difference[];
  readonly error?: PatchError;
}

const elements = (value: unknown): readonly unknown[] | undefined =>
  value === undefined ? [] : Array.isArray(value) ? value : undefined;

/** One line for each value; for a list, one for each value that is added or removed. */
function formatDifference({ path, old, new: now }: Difference): string[] {
  if (path === 'password') return ['password changes'];
  const [before, after] = [elements(old), elements(now)];
  if (!before || !after || before.length + after.length === 0) return [`${path}: ${scalar(old)} -> ${scalar(now)}`];
  const without = (list: readonly unknown[], others: readonly unknown[]) =>
    list.filter((each) => !others.some((other) => isDeepStrictEqual(each, other)));
  const lines = [
    ...without(before, after).map((removed) => `${path}: ${scalar(removed)} -> -`),
    ...without(after, before).map((added) => `${path}: - -> ${scalar(added)}`),
  ];
  return lines.length > 0 ? lines : [`${path}: the same in another order`];
}

const formatError = ({ scimType, detail }: PatchError): string => `${scimType ?? 'rejected'}: ${detail}`;

function formatStep({ op, path, outcome, changes, error }: Step, index: number): string[] {
  const lines = error ? [formatError(error)] : changes.flatMap(formatDifference);
  const nothing = outcome === 'applied' && lines.length === 0 ? ', changes nothing' : '';
  return [
    `${index + 1}. ${op}${path === undefined ? '' : ` ${path}`}: ${outcome}${nothing}`,
    ...lines.map((line) => `   ${line}`),
  ];
}

const formatTotal = (changes: readonly Difference[]): string[] =>
  changes.length === 0
    ? ['The PATCH would change nothing.']
    : ['The PATCH would change:', ...changes.flatMap(formatDifference).map((line) => `   ${line}`)];

/** The result of the server, if it is not that of the command. */
export function formatServerResult({ changes, error }: ServerResult, agrees: boolean): string[] {
  if (agrees) return ['The preview of the server is the same.'];
  if (error) return ['The preview of the server differs. It rejects the PATCH:', `   ${formatError(error)}`];
  if (changes) return ['The preview of the server differs.', ...formatTotal(changes)];
  return ['The response of the server is no preview: check whether the user has changed.'];
}

/** The outcome of each operation, and of the whole PATCH. */
export function formatExplanation({ steps, changes, error, ignored }: Explanation): string[] {
  const reached = steps.some((step) => step.error);
  return [
    ...steps.flatMap(formatStep),
    ...(error && !reached ? [formatError(error)] : []),
    ...(ignored === undefined ? [] : [`Ignored, because the schema lacks it: ${ignored}`]),
    ...(error ? ['Nothing would change: a PATCH applies all of its operations, or none.'] : formatTotal(changes)),
  ];
}
