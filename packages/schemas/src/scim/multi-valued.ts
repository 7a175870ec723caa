import type { ScimAttribute } from './attribute.ts';
import { ScimError } from './error.ts';
import { asElement, comparable } from './filter.ts';
import { isObject, type Json } from './json.ts';
import { assign } from './value.ts';

type Values = readonly unknown[];

/** RFC 7644 3.5.2: a value that becomes primary takes the place of the one that was. */
export function settlePrimary(values: Values, written: ReadonlySet<unknown>, name: string): Values {
  const primaries = new Set(values.filter((value) => isObject(value) && value['primary'] === true));
  if (primaries.size < 2) return values;
  const chosen = [...primaries].filter((value) => written.has(value));
  // RFC 7643 2.4: "The primary attribute value "true" MUST appear no more than once."
  if (chosen.length > 1) throw new ScimError('invalidValue', `at most one value of ${name} may be primary`, [name]);
  return values.map((value) =>
    primaries.has(value) && value !== chosen[0] ? { ...(value as Json), primary: false } : value,
  );
}

const sameUnder = (attribute: ScimAttribute, left: unknown, right: unknown): boolean =>
  comparable(attribute, left) === comparable(attribute, right);

/**
 * What makes two values of an attribute the same one: `value` and `type`, which RFC 7643 2.4 wants unique together;
 * `value` alone where it is immutable; everything but `primary` where there is no `value`.
 */
function identityOf(attribute: ScimAttribute, element: unknown): string {
  if (!isObject(element)) return JSON.stringify(comparable(attribute, element));
  const value = attribute.subAttributes.get('value');
  const subs = [...attribute.subAttributes.values()].filter((sub) => {
    if (!value || element[value.name] === undefined) return sub.name !== 'primary';
    return sub === value || (sub.name === 'type' && value.mutability !== 'immutable');
  });
  return JSON.stringify(subs.map((sub) => [sub.name, comparable(sub, element[sub.name])]));
}

/** RFC 7644 3.5.2.1: values are added, but one that is there already is not added again. */
export function withAdded(before: Values, added: Values, attribute: ScimAttribute, name: string): Values {
  const after = [...before];
  const places = new Map(before.map((element, index) => [identityOf(attribute, element), index]));
  const written = new Set<unknown>();
  for (const element of added) {
    const identity = identityOf(attribute, element);
    const place = places.get(identity) ?? after.length;
    const next = place === after.length ? element : united(after[place], element, attribute, name);
    places.set(identity, place);
    written.delete(after[place]);
    written.add(next);
    after[place] = next;
  }
  return settlePrimary(after, written, name);
}

/** A value with what another of the same identity says besides. */
function united(before: unknown, added: unknown, attribute: ScimAttribute, name: string): unknown {
  if (!isObject(before) || !isObject(added)) return before;
  let after = before;
  for (const sub of attribute.subAttributes.values()) {
    const value = added[sub.name];
    if (value === undefined || sameUnder(sub, value, before[sub.name])) continue;
    // RFC 7643 2.4: a value that does not say so is not primary.
    if (sub.name === 'primary' && value === false && before[sub.name] === undefined) continue;
    after = assign(after, sub, value, `${name}.${sub.name}`);
  }
  return after;
}

/** The values that none of the listed ones describes. A listed value describes those that have all its sub-attributes. */
export function withoutListed(before: Values, listed: Values, attribute: ScimAttribute): Values {
  const valueAttribute = attribute.subAttributes.get('value') ?? attribute;
  const keyOf = (element: unknown) => comparable(valueAttribute, asElement(element)['value']);
  const byKey = new Map<unknown, unknown[]>();
  for (const each of listed) {
    const alike = byKey.get(keyOf(each));
    if (alike) alike.push(each);
    else byKey.set(keyOf(each), [each]);
  }
  const describesOne = (element: unknown, key: unknown) =>
    byKey.get(key)?.some((each) => describes(each, element, attribute));
  return before.filter((element) => !describesOne(element, keyOf(element)) && !describesOne(element, undefined));
}

function describes(listed: unknown, element: unknown, attribute: ScimAttribute): boolean {
  if (!isObject(listed) || !isObject(element)) return sameUnder(attribute, listed, element);
  return [...attribute.subAttributes.values()].every(
    (sub) => listed[sub.name] === undefined || sameUnder(sub, listed[sub.name], element[sub.name]),
  );
}
