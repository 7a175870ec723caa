import { isRecord } from './json.ts';

const HIDDEN = '[redacted]';

/** A name of a field, of a header, or of a parameter such as `filter[password]`. */
const isSecret = (name: string): boolean =>
  /(?:password|key|token|secret|authorization|cookie)s?\]?$/i.test(name) && !/^idempotency-key$/i.test(name);

/** The fields of a record, and whether what they hold is secret. */
function fieldsOf(record: Readonly<Record<string, unknown>>): [name: string, held: unknown, secret: boolean][] {
  const { path } = record;
  // SCIM may write `{ path: 'urn:ietf:params:scim:schemas:core:2.0:User:password', value: '...' }`.
  const named = typeof path === 'string' && isSecret(path);
  return Object.entries(record).map(([name, held]) => [name, held, isSecret(name) || (named && name === 'value')]);
}

/** Every text that a secret field holds. */
function secretsIn(value: unknown, secret = false): string[] {
  if (typeof value === 'string') return secret ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((each) => secretsIn(each, secret));
  return isRecord(value) ? fieldsOf(value).flatMap(([, held, own]) => secretsIn(held, secret || own)) : [];
}

/** A secret as it is, or without the scheme of a credential; each by itself, in a path, in a query, and in JSON. */
const spellingsOf = (secret: string): string[] =>
  [secret, secret.replace(/^\w+ (?=\S+$)/, '')].flatMap((text) => [
    text,
    encodeURIComponent(text.toWellFormed()),
    new URLSearchParams([['', text]]).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
  ]);

/** A copy in which secret fields are hidden and the other texts are what `view` makes of them. */
function hide(value: unknown, view: (text: string) => string): unknown {
  if (typeof value === 'string') return view(value);
  if (Array.isArray(value)) return value.map((each) => hide(each, view));
  if (!isRecord(value)) return value;
  return Object.fromEntries(fieldsOf(value).map(([name, held, secret]) => [name, secret ? HIDDEN : hide(held, view)]));
}

/**
 * A copy without secrets: what a field holds whose name ends in `password`, `key`, `token`, `secret`, `authorization` or
 * `cookie`, at any depth and in any case, and the same texts, and the `known` ones, wherever else they are.
 */
export function redact(value: unknown, known: readonly string[]): unknown {
  const texts: string[] = [];
  const hidden = hide(value, (text) => {
    texts.push(text);
    return text;
  });
  const whole = texts.join('\n');
  const repeated = [...new Set([...known, ...secretsIn(value)].flatMap(spellingsOf))]
    // Most secrets of a large batch are nowhere else.
    .filter((spelling) => spelling !== '' && whole.includes(spelling))
    // One may be a part of another.
    .toSorted((left, right) => right.length - left.length);
  return hide(hidden, (text) => repeated.reduce((rest, spelling) => rest.replaceAll(spelling, HIDDEN), text));
}
