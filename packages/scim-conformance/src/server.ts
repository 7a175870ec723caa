import { type Client, NoResponseError, type ScimResponse } from './client.ts';
import { ConformanceError } from './errors.ts';
import { at, isObject, type Json, listAt, textAt } from './json.ts';
import type { Attribute, Schema, Server } from './types.ts';
import { urns } from './urn.ts';

const textsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === 'string') : [];

/** The characteristics that are left out have the defaults of RFC 7643 2.2. */
const toAttribute = (document: unknown): Attribute => ({
  name: textAt(document, 'name'),
  type: textAt(document, 'type') || 'string',
  multiValued: at(document, 'multiValued') === true,
  required: at(document, 'required') === true,
  mutability: textAt(document, 'mutability') || 'readWrite',
  returned: textAt(document, 'returned') || 'default',
  canonicalValues: textsOf(at(document, 'canonicalValues')),
  referenceTypes: textsOf(at(document, 'referenceTypes')),
  subAttributes: listAt(document, 'subAttributes').map(toAttribute),
});

function schemasOf(type: unknown, documents: readonly unknown[]): readonly Schema[] {
  const extensions = listAt(type, 'schemaExtensions').map((each) => textAt(each, 'schema'));
  return [textAt(type, 'schema'), ...extensions].flatMap((urn) => {
    const document = documents.find((each) => textAt(each, 'id').toLowerCase() === urn.toLowerCase());
    return document === undefined ? [] : [{ urn, attributes: listAt(document, 'attributes').map(toAttribute) }];
  });
}

/** RFC 7643 3.1: these are common to all resources, and part of no schema. */
const COMMON: ReadonlySet<string> = new Set(['id', 'externalId', 'meta', 'schemas']);

function hasAttribute(schema: Schema | undefined, [name = '', sub]: readonly string[]): boolean {
  if (COMMON.has(name)) return true;
  const attribute = schema?.attributes.find((each) => each.name.toLowerCase() === name.toLowerCase());
  return attribute !== undefined && (sub === undefined || attribute.subAttributes.some((each) => each.name === sub));
}

function lacksOf(config: unknown, schemas: Server['schemas']): Server['lacks'] {
  const announced: Readonly<Record<string, () => boolean>> = {
    cursor: () => at(config, 'pagination', 'cursor') === true,
    Groups: () => schemas['Group'] !== undefined,
    enterprise: () => schemas['User']?.some(({ urn }) => urn === urns.enterprise) === true,
  };
  const schemaOf = (type: string) =>
    type === 'enterprise' ? schemas['User']?.find(({ urn }) => urn === urns.enterprise) : schemas[type]?.[0];
  return (need) => {
    const [type = '', ...path] = need.split('.');
    if (path.length > 0) {
      return hasAttribute(schemaOf(type), path) ? undefined : `its schemas have no ${need}`;
    }
    const has = announced[need]?.() ?? at(config, need, 'supported') === true;
    return has ? undefined : `it does not announce ${need}`;
  };
}

/** Throws where the first response shows that no check can run. */
function assertScimService({ status, headers, body, call }: ScimResponse, url: string): void {
  const detail = textAt(body, 'detail');
  if (status === 401 || status === 403) {
    const message = detail || `the server rejects the credentials: ${status} to ${call}`;
    throw new ConformanceError('unauthorized', message, { status });
  }
  if (status >= 500) throw new ConformanceError('server_error', detail || `${status} to ${call}`, { status });
  if (status !== 200 || !listAt(body, 'schemas').includes(urns.listResponse)) {
    const location = headers.get('location');
    const target = location === null ? '' : `, with Location ${location}`;
    const message = `${url} is not the base URL of a SCIM 2.0 service: ${status} to ${call}${target}`;
    throw new ConformanceError('not_scim', message, { status });
  }
}

const documentOf = ({ status, body }: ScimResponse): Json => (status === 200 && isObject(body) ? body : {});

async function readDocuments(client: Client, signal: AbortSignal): Promise<Server> {
  const get = (path: string) => client.send('GET', path, { signal });
  assertScimService(await get('/Users?count=1'), client.url);
  const config = documentOf(await get('/ServiceProviderConfig'));
  const types = listAt(documentOf(await get('/ResourceTypes')), 'Resources');
  const documents = listAt(documentOf(await get('/Schemas')), 'Resources');
  const schemas = Object.fromEntries(types.map((type) => [textAt(type, 'name'), schemasOf(type, documents)]));
  return { config, schemas, lacks: lacksOf(config, schemas) };
}

/** Reads the discovery endpoints of a server. Throws a `ConformanceError` where no check can run. */
export async function describeServer(client: Client, signal: AbortSignal): Promise<Server> {
  try {
    return await readDocuments(client, signal);
  } catch (error) {
    if (signal.aborted) throw new ConformanceError('aborted', 'the run was aborted', { cause: signal.reason });
    if (!(error instanceof NoResponseError)) throw error;
    throw new ConformanceError('no_connection', `${client.url} does not respond: ${error.message}`, { cause: error });
  }
}
