import { apiError } from '@stele/sdk';
import { UsageError } from '../errors.ts';
import type { Need } from './check.ts';
import type { Answer, Client } from './client.ts';
import { at, isObject, type Json, listAt, textAt } from './json.ts';
import { urns } from './urn.ts';

/** An attribute as `/Schemas` describes it (RFC 7643 7). */
export interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly required: boolean;
  readonly mutability: string;
  readonly returned: string;
  readonly canonicalValues: readonly string[];
  readonly referenceTypes: readonly string[];
  readonly subAttributes: readonly Attribute[];
}

export interface Schema {
  readonly urn: string;
  readonly attributes: readonly Attribute[];
}

/** What a server says of itself. */
export interface Server {
  readonly config: unknown;
  /** The core schema and the extensions of each type of resource, by its name. */
  readonly schemas: Readonly<Record<string, readonly Schema[]>>;
  /** Why a need is not met; undefined where it is. */
  readonly lacks: (need: Need) => string | undefined;
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

/** The characteristics that are left out have the defaults of RFC 7643 2.2. */
const attributeOf = (document: unknown): Attribute => ({
  name: textAt(document, 'name'),
  type: textAt(document, 'type') || 'string',
  multiValued: at(document, 'multiValued') === true,
  required: at(document, 'required') === true,
  mutability: textAt(document, 'mutability') || 'readWrite',
  returned: textAt(document, 'returned') || 'default',
  canonicalValues: texts(at(document, 'canonicalValues')),
  referenceTypes: texts(at(document, 'referenceTypes')),
  subAttributes: listAt(document, 'subAttributes').map(attributeOf),
});

function schemasOf(type: unknown, documents: readonly unknown[]): readonly Schema[] {
  const extensions = listAt(type, 'schemaExtensions').map((each) => textAt(each, 'schema'));
  return [textAt(type, 'schema'), ...extensions].flatMap((urn) => {
    const document = documents.find((each) => textAt(each, 'id').toLowerCase() === urn.toLowerCase());
    return document === undefined ? [] : [{ urn, attributes: listAt(document, 'attributes').map(attributeOf) }];
  });
}

/** RFC 7643 3.1: these are common to all resources, and part of no schema. */
const common: ReadonlySet<string> = new Set(['id', 'externalId', 'meta', 'schemas']);

function hasAttribute(schemas: readonly Schema[] | undefined, path: string): boolean {
  const [name = '', sub] = path.split('.');
  if (common.has(name)) return true;
  const attribute = schemas?.[0]?.attributes.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return attribute !== undefined && (sub === undefined || attribute.subAttributes.some((each) => each.name === sub));
}

function needsOf(config: unknown, schemas: Server['schemas']): Server['lacks'] {
  const announced: Readonly<Record<string, () => boolean>> = {
    cursor: () => at(config, 'pagination', 'cursor') === true,
    Groups: () => schemas['Group'] !== undefined,
    enterprise: () => schemas['User']?.some(({ urn }) => urn === urns.enterprise) === true,
  };
  return (need) => {
    const [type, ...path] = need.split('.');
    if (path.length > 0) {
      return hasAttribute(schemas[type!], path.join('.')) ? undefined : `its schemas have no ${need}`;
    }
    const has = announced[need]?.() ?? at(config, need, 'supported') === true;
    return has ? undefined : `it does not announce ${need}`;
  };
}

/** Ends the sweep before it begins, where there is nobody to speak to or the token opens nothing. */
function admit({ status, headers, body, text, call }: Answer, url: string): void {
  if (status === 401 || status === 403 || status >= 500) {
    const message = textAt(body, 'detail') || (status < 500 ? 'the server refuses the token' : undefined);
    throw apiError({ call, status, headers, body: body ?? text, attempts: 1, message });
  }
  if (status !== 200 || !listAt(body, 'schemas').includes(urns.listResponse)) {
    throw new UsageError(`what answers at ${url} is not a SCIM 2.0 service: ${status} to ${call}`);
  }
}

const document = ({ status, body }: Answer): Json => (status === 200 && isObject(body) ? body : {});

/** Reads what a server says of itself. Throws where it cannot be spoken to. */
export async function describeServer(client: Client): Promise<Server> {
  admit(await client.send('GET', '/Users?count=1'), client.url);
  const config = document(await client.send('GET', '/ServiceProviderConfig'));
  const types = listAt(document(await client.send('GET', '/ResourceTypes')), 'Resources');
  const documents = listAt(document(await client.send('GET', '/Schemas')), 'Resources');
  const schemas = Object.fromEntries(types.map((type) => [textAt(type, 'name'), schemasOf(type, documents)]));
  return { config, schemas, lacks: needsOf(config, schemas) };
}
