import { z } from 'zod';
import { userAttributes } from '../canonical/attribute.ts';
import type { ExternalId } from '../canonical/external-id.ts';
import type { HistoryChanges } from '../canonical/history.ts';

/** The schema of one changed field in a history. Each dialect names it. */
export const changeShape = (id: string) =>
  z
    .strictObject({
      old: z
        .unknown()
        .exactOptional()
        .meta({ description: 'What was there; absent when nothing was.', example: 'Jane' }),
      new: z
        .unknown()
        .exactOptional()
        .meta({ description: 'What is there; absent when nothing is.', example: 'Janet' }),
    })
    .meta({ id, description: 'Neither value of a password is shown.' });

export type WireChange = z.infer<ReturnType<typeof changeShape>>;

/** A value as the history stores it: times are text. */
export type FormattedValue<Value> = Value extends Date ? string : Value;

/** The field in which a dialect shows an attribute, and how it formats values that have another form there. */
export interface HistoryField {
  readonly name: string;
  readonly format?: (value: unknown) => unknown;
}

const snakeCase = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The identifiers by the name that history gives those of a domain. */
const externalIdsByName = (ids: unknown): ReadonlyMap<string, string> =>
  new Map(((ids ?? []) as readonly ExternalId[]).map(({ domain, value }) => [`external_ids.${domain}`, value]));

/** Each provisioning domain has a value of its own, and so a change of its own. */
function externalIdChanges(change: WireChange): [name: string, change: WireChange][] {
  const [before, after] = [externalIdsByName(change.old), externalIdsByName(change.new)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => [name, changeOf(before.get(name), after.get(name))]);
}

const changeOf = (before: unknown, after: unknown): WireChange => ({
  ...(before !== undefined && { old: before }),
  ...(after !== undefined && { new: after }),
});

/** Until provisioning domains came, a user had one `externalId`. */
const known: ReadonlySet<string> = new Set([...userAttributes, 'password', 'externalId']);

/**
 * Encodes the changes of a write under the names of a dialect. An attribute without a field has the name that the directory
 * gives it, such as `phone_numbers`. So has one of which the field shows a part, such as one value of a list, when another
 * part changed. The identifier of a provisioning domain is called `external_ids.` and the domain.
 */
export function historyEncoder(
  fields: ReadonlyMap<string, HistoryField>,
): (changes: HistoryChanges) => Record<string, WireChange> {
  function encode(attribute: string, change: WireChange): [name: string, change: WireChange] {
    const field = fields.get(attribute);
    if (!field) return [snakeCase(attribute), change];
    const { name, format } = field;
    if (!format) return [name, change];
    const [before, after] = [change.old, change.new].map(format);
    return before === after ? [snakeCase(attribute), change] : [name, changeOf(before, after)];
  }
  return (changes) =>
    Object.fromEntries(
      Object.entries(changes)
        .filter(([attribute]) => known.has(attribute))
        .flatMap(([attribute, change]) =>
          attribute === 'externalIds' ? externalIdChanges(change) : [encode(attribute, change)],
        ),
    );
}
