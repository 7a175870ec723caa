import type { ScimGroupDraft, ScimPatchOperation, ScimPatchRequest, ScimUserDraft } from '../generated/scim.ts';
import { patchMessage } from './message.ts';
import type { PathOf, ValueAt } from './path.ts';

/** What can be written of a user. */
export type ScimUserAttributes = Omit<ScimUserDraft, 'schemas'>;
/** What can be written of a group. */
export type ScimGroupAttributes = Omit<ScimGroupDraft, 'schemas'>;

/** Of a list all values, or one of them. */
type OneOrAll<Value> = Value | (Value extends readonly (infer Each)[] ? Each : never);

/** Values of attributes, `null` where one is to be cleared. */
type Clearable<Attributes> = { [Name in keyof Attributes]?: Attributes[Name] | null };

/** One operation on something that has these attributes. */
type OperationOn<Attributes> = ScimPatchOperation & { path?: PathOf<Attributes> };

/** Operations of a PATCH, in order. Each method gives a longer list, and leaves this one as it is. */
export class ScimPatch<Attributes extends object = ScimUserAttributes> implements Iterable<OperationOn<Attributes>> {
  readonly #operations: readonly OperationOn<Attributes>[];

  constructor(operations: readonly OperationOn<Attributes>[] = []) {
    this.#operations = operations;
  }

  /**
   * Add a value where there is none, or values to a list: at a path, or several attributes at once.
   *
   * @example
   * operations().add('emails', { value: 'jane@example.com', type: 'work' }).add({ title: 'Engineer' });
   */
  add<Path extends PathOf<Attributes>>(path: Path, value: OneOrAll<ValueAt<Attributes, Path>>): ScimPatch<Attributes>;
  add(attributes: Partial<Attributes>): ScimPatch<Attributes>;
  add(target: unknown, value?: unknown): ScimPatch<Attributes> {
    return this.#with('add', target, value);
  }

  /**
   * Put a value in the place of what is there: at a path, or several attributes at once. `null` clears.
   *
   * @example
   * operations().replace('emails[type eq "work"].value', 'jane@example.org').replace({ title: 'Engineer', nickName: null });
   */
  replace<Path extends PathOf<Attributes>>(
    path: Path,
    value: OneOrAll<ValueAt<Attributes, Path>> | null,
  ): ScimPatch<Attributes>;
  replace(attributes: Clearable<Attributes>): ScimPatch<Attributes>;
  replace(target: unknown, value?: unknown): ScimPatch<Attributes> {
    return this.#with('replace', target, value);
  }

  /**
   * Remove what is at a path, or of the list there the given values.
   *
   * @example
   * operations().remove('nickName').remove('phoneNumbers[type eq "fax"]');
   */
  remove<Path extends PathOf<Attributes>>(
    path: Path,
    values?: Extract<ValueAt<Attributes, Path>, readonly unknown[]>,
  ): ScimPatch<Attributes> {
    return this.#with('remove', path, values);
  }

  [Symbol.iterator](): Iterator<OperationOn<Attributes>> {
    return this.#operations.values();
  }

  /** The body of a PATCH: what stands for this in a bulk operation. */
  toJSON(): ScimPatchRequest {
    return patchMessage(this);
  }

  /** @param target a path, or a value that holds attributes */
  #with(op: ScimPatchOperation['op'], target: unknown, value: unknown): ScimPatch<Attributes> {
    const said =
      typeof target === 'string' ? { path: target, ...(value !== undefined && { value }) } : { value: target };
    return new ScimPatch([...this.#operations, { op, ...said } as OperationOn<Attributes>]);
  }
}

/**
 * Begin operations of a PATCH, on a user unless said otherwise. Paths and values are those of its attributes.
 *
 * @example
 * await stele.scim.users.patch(id, operations().replace('title', 'Engineer').remove('nickName'));
 * await stele.scim.groups.patch(id, operations<ScimGroupAttributes>().replace('displayName', 'Field Team'));
 */
export const operations = <Attributes extends object = ScimUserAttributes>(): ScimPatch<Attributes> => new ScimPatch();
