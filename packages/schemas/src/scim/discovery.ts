import { z } from 'zod';
import { MAX_LARGE_BODY } from '../contract/operation.ts';
import type { ScimAttribute, ScimResourceType, ScimSchema } from './attribute.ts';
import { groupType } from './group.ts';
import { MAX_BULK_OPERATIONS, MAX_COUNT, USUAL_COUNT } from './limits.ts';
import { urns } from './urn.ts';
import { userType } from './user.ts';

/** Where the RFCs and drafts are that an authentication scheme names. */
const RFC_6750 = 'https://www.rfc-editor.org/rfc/rfc6750';

const meta = <const Name extends string>(resourceType: Name) =>
  z
    .strictObject({
      resourceType: z.literal(resourceType).meta({ description: 'What this is.', example: resourceType }),
      location: z
        .string()
        .exactOptional()
        .meta({ description: 'Its own address.', example: `https://stele.example.com/scim/v2/${resourceType}s` }),
    })
    .meta({ description: 'What the server knows about it.' });

const schemas = <const Urn extends string>(urn: Urn) =>
  z.tuple([z.literal(urn)]).meta({ description: 'Names the schema of this document.', example: [urn] });

const supported = (description: string) =>
  z
    .strictObject({ supported: z.boolean().meta({ description: 'Whether it is.', example: true }) })
    .meta({ description });

const count = (description: string, example: number) => z.int().meta({ description, example });

/** RFC 7643 5 and RFC 9865 4. */
export const ScimServiceProviderConfig = z
  .strictObject({
    schemas: schemas(urns.serviceProviderConfig),
    patch: supported('PATCH.'),
    bulk: z
      .strictObject({
        supported: z.boolean().meta({ description: 'Whether it is.', example: true }),
        maxOperations: count('Operations of one request at most.', MAX_BULK_OPERATIONS),
        maxPayloadSize: count('Bytes of one request at most.', MAX_LARGE_BODY),
      })
      .meta({ description: 'Many operations in one request.' }),
    filter: z
      .strictObject({
        supported: z.boolean().meta({ description: 'Whether it is.', example: true }),
        maxResults: count('The maximum number of resources in a response.', MAX_COUNT),
      })
      .meta({ description: 'Filters in lists.' }),
    changePassword: supported('Passwords that a client may write.'),
    sort: supported('Sorted lists.'),
    etag: supported('Entity tags.'),
    pagination: z
      .strictObject({
        cursor: z.boolean().meta({ description: 'Whether lists can be walked by cursor.', example: true }),
        index: z.boolean().meta({ description: 'Whether lists can be read by index.', example: true }),
        defaultPaginationMethod: z
          .enum(['cursor', 'index'])
          .meta({ description: 'What a request gets that asks for neither.', example: 'index' }),
        defaultPageSize: count('The default number of resources of a page.', USUAL_COUNT),
        maxPageSize: count('Resources of a page at most.', MAX_COUNT),
      })
      .meta({ description: 'How lists are divided (RFC 9865 4).' }),
    authenticationSchemes: z
      .array(
        z.strictObject({
          type: z.literal('oauthbearertoken').meta({ description: 'The kind of scheme.', example: 'oauthbearertoken' }),
          name: z.string().meta({ description: 'Its name.', example: 'Bearer token' }),
          description: z.string().meta({ description: 'What it is.', example: 'An API key or an access token.' }),
          specUri: z.string().meta({ description: 'Where it is specified.', example: RFC_6750 }),
          primary: z.boolean().meta({ description: 'Whether it is the preferred one.', example: true }),
        }),
      )
      .meta({ description: 'How clients authenticate.', example: [] }),
    meta: meta('ServiceProviderConfig'),
  })
  .meta({ id: 'ScimServiceProviderConfig', description: 'What this service provider can do (RFC 7643 5).' });
export type ScimServiceProviderConfig = z.infer<typeof ScimServiceProviderConfig>;

/** What holds of a server with the limits of this package. */
export const serviceProviderConfig: ScimServiceProviderConfig = {
  schemas: [urns.serviceProviderConfig],
  patch: { supported: true },
  bulk: { supported: true, maxOperations: MAX_BULK_OPERATIONS, maxPayloadSize: MAX_LARGE_BODY },
  filter: { supported: true, maxResults: MAX_COUNT },
  changePassword: { supported: true },
  sort: { supported: true },
  etag: { supported: true },
  pagination: {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: USUAL_COUNT,
    maxPageSize: MAX_COUNT,
  },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'Bearer token',
      description: 'An API key, or an OAuth 2.0 access token of an issuer that this directory knows.',
      specUri: RFC_6750,
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig' },
};

/** RFC 7643 6. */
export const ScimResourceTypeDocument = z
  .strictObject({
    schemas: schemas(urns.resourceType),
    id: z.string().meta({ description: 'The name again.', example: 'User' }),
    name: z.string().meta({ description: 'The value of `meta.resourceType`.', example: 'User' }),
    description: z.string().meta({ description: 'What it is, for people.', example: 'A user account.' }),
    endpoint: z.string().meta({ description: 'Where the resources are, below the base URL.', example: '/Users' }),
    schema: z.string().meta({ description: 'The core schema.', example: urns.user }),
    schemaExtensions: z
      .array(
        z.strictObject({
          schema: z.string().meta({ description: 'The schema of the extension.', example: urns.enterprise }),
          required: z.boolean().meta({ description: 'Whether each resource has it.', example: false }),
        }),
      )
      .meta({ description: 'Extensions that a resource may have.', example: [] }),
    meta: meta('ResourceType'),
  })
  .meta({ id: 'ScimResourceType', description: 'A kind of resource (RFC 7643 6).' });
export type ScimResourceTypeDocument = z.infer<typeof ScimResourceTypeDocument>;

/** Every kind of resource that has an endpoint of its own. */
export const resourceTypes: readonly ScimResourceType[] = [userType, groupType];

const describeType = ({ name, endpoint, schema, extensions }: ScimResourceType): ScimResourceTypeDocument => ({
  schemas: [urns.resourceType],
  id: name,
  name,
  description: schema.description,
  endpoint,
  schema: schema.urn,
  schemaExtensions: extensions.map(({ urn }) => ({ schema: urn, required: false })),
  meta: { resourceType: 'ResourceType' },
});

export const resourceTypeDocuments: readonly ScimResourceTypeDocument[] = resourceTypes.map(describeType);

const word = (description: string, example: string) => z.string().meta({ description, example });
const flag = (description: string, example: boolean) => z.boolean().meta({ description, example });
const words = (description: string, example: string[]) =>
  z.array(z.string()).exactOptional().meta({ description, example });

const characteristics = {
  name: word('What it is called.', 'userName'),
  type: word('Its data type.', 'string'),
  multiValued: flag('Whether it holds a list.', false),
  description: word('What it is, for people.', 'Unique among users.'),
  required: flag('Whether a resource must have it.', true),
  caseExact: flag('Whether case matters where it is compared.', false),
  mutability: word('Whether and when it can be written.', 'readWrite'),
  returned: word('When responses contain it.', 'default'),
  uniqueness: word('Among what it is unique.', 'server'),
  canonicalValues: words('Suggested values. Other values are valid too.', ['work', 'home']),
  referenceTypes: words('What a reference may refer to.', ['User']),
};

const ScimSubAttribute = z
  .strictObject(characteristics)
  .meta({ id: 'ScimSubAttribute', description: 'A part of a complex attribute.' });

const ScimSchemaAttribute = z
  .strictObject({
    ...characteristics,
    subAttributes: z.array(ScimSubAttribute).exactOptional().meta({ description: 'The parts of a complex attribute.' }),
  })
  .meta({ id: 'ScimSchemaAttribute', description: 'An attribute and its characteristics (RFC 7643 7).' });
type ScimSchemaAttribute = z.infer<typeof ScimSchemaAttribute>;

/** RFC 7643 7. */
export const ScimSchemaDocument = z
  .strictObject({
    schemas: schemas(urns.schema),
    id: z.string().meta({ description: 'The URN.', example: urns.user }),
    name: z.string().meta({ description: 'Its name, for people.', example: 'User' }),
    description: z.string().meta({ description: 'What it is, for people.', example: 'A user account.' }),
    attributes: z.array(ScimSchemaAttribute).meta({ description: 'The attributes and their characteristics.' }),
    meta: meta('Schema'),
  })
  .meta({ id: 'ScimSchema', description: 'A schema (RFC 7643 7).' });
export type ScimSchemaDocument = z.infer<typeof ScimSchemaDocument>;

/** RFC 7643 3.1: these are common to all resources, and part of no schema. */
const common: ReadonlySet<string> = new Set(['schemas', 'id', 'externalId', 'meta']);

function describeAttribute({ subAttributes, ...attribute }: ScimAttribute): ScimSchemaAttribute {
  const { canonicalValues, referenceTypes, ...rest } = attribute;
  const parts = [...subAttributes.values()];
  return {
    ...rest,
    ...(canonicalValues && { canonicalValues: [...canonicalValues] }),
    ...(referenceTypes && { referenceTypes: [...referenceTypes] }),
    ...(parts.length > 0 && { subAttributes: parts.map(describeAttribute) }),
  };
}

const describeSchema = ({ urn, name, description, attributes }: ScimSchema): ScimSchemaDocument => ({
  schemas: [urns.schema],
  id: urn,
  name,
  description,
  attributes: [...attributes.values()].filter((each) => !common.has(each.name)).map(describeAttribute),
  meta: { resourceType: 'Schema' },
});

export const schemaDocuments: readonly ScimSchemaDocument[] = resourceTypes
  .flatMap(({ schemas }) => [...schemas.values()])
  .map(describeSchema);
