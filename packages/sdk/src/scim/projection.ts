import type { ChangeOptions, RequestOptions, WriteOptions } from '../core/options.ts';

/** Names of attributes, `name.givenName` for a part of one; undefined where none were given. */
export type Names = readonly string[] | undefined;

/** How much of a resource to answer with. `id` and `schemas` always come. */
export interface Projection<Asked extends Names = Names> {
  /** Attributes to return: names, parts, or names after the URN of their schema. */
  attributes?: Asked;
  /** Attributes to leave out. */
  excludedAttributes?: Asked;
}

export type ScimReadOptions<Asked extends Names = Names> = RequestOptions & Projection<Asked>;
export type ScimChangeOptions<Asked extends Names = Names> = ChangeOptions & Projection<Asked>;
export type ScimWriteOptions<Asked extends Names = Names> = WriteOptions & Projection<Asked>;

/** What `attributes` and `excludedAttributes` leave of a resource. */
export type ScimPart<Resource extends { schemas: string[]; id: string }> = Pick<Resource, 'schemas' | 'id'> &
  Partial<Resource>;

/** The whole resource, unless part of it was asked for. */
export type Shown<Resource extends { schemas: string[]; id: string }, Asked extends Names> = Asked extends undefined
  ? Resource
  : ScimPart<Resource>;

/** The same as parameters of a query, where lists have commas. */
export const projection = (given?: Projection) => ({
  ...(given?.attributes && { attributes: given.attributes.join(',') }),
  ...(given?.excludedAttributes && { excludedAttributes: given.excludedAttributes.join(',') }),
});
