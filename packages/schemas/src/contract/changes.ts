import { z } from 'zod';
import { type UserAttribute, userAttributes, type UserAttributeValue } from '../canonical/attribute.ts';
import type { ExternalId } from '../canonical/external-id.ts';
import type { HistoryChanges } from '../canonical/history.ts';

/** The wire shape of what one write made of one field. Each dialect names it. */
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
    .meta({ id, description: 'Of a password neither value is said.' });

export type WireChange = z.infer<ReturnType<typeof changeShape>>;

/** The wire names of a dialect by attribute, none for what it does not carry. */
type Names = Readonly<Record<string, readonly string[]>>;

/** A value as the history keeps it: times are text. */
type Kept<Value> = Value extends Date ? string : Value;

/** What a dialect shows of a value whose form is another one there. There may be no value. */
type Shown = {
  readonly [Attribute in UserAttribute]?: (value: Kept<UserAttributeValue<Attribute>> | undefined) => unknown;
};

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
 * Says the changes of a write in a dialect's words. What it does not carry keeps the name that the directory has for it, such
 * as `phone_numbers`; and so does what it shows a part of, such as one value of a list, when another part changed. The
 * identifier of a provisioning domain is called `external_ids.` and the domain.
 */
export function changesIn(names: Names, shown: Shown): (changes: HistoryChanges) => Record<string, WireChange> {
  function inWords(attribute: string, change: WireChange): [name: string, change: WireChange] {
    const [field] = names[attribute] ?? [];
    if (field === undefined) return [snakeCase(attribute), change];
    const show = shown[attribute as UserAttribute] as ((value: unknown) => unknown) | undefined;
    if (!show) return [field, change];
    const [before, after] = [change.old, change.new].map(show);
    return before === after ? [snakeCase(attribute), change] : [field, changeOf(before, after)];
  }
  return (changes) =>
    Object.fromEntries(
      Object.entries(changes)
        .filter(([attribute]) => known.has(attribute))
        .flatMap(([attribute, change]) =>
          attribute === 'externalIds' ? externalIdChanges(change) : [inWords(attribute, change)],
        ),
    );
}
