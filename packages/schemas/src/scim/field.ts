import { z } from 'zod';
import { MAX_EXTERNAL_ID } from '../canonical/external-id.ts';
import { isEncodable } from '../canonical/instant.ts';
import { MAX_TEXT, MAX_VALUES } from '../canonical/user.ts';
import { scimAttribute, type Characteristics } from './attribute.ts';

type Registered = Partial<Omit<Characteristics, 'multiValued' | 'required'>>;

/**
 * What the canonical user allows of a value, in the words of JSON Schema. It is checked where a write changes the value, and
 * not by the wire schema: what is there already may be sent again.
 */
interface Limits {
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly contains?: { readonly const: string };
}

/** The mutability of an attribute in the words of JSON Schema. */
const access = { readOnly: { readOnly: true }, writeOnly: { writeOnly: true }, readWrite: {}, immutable: {} } as const;

// RFC 7643 2.3.5: a valid xsd:dateTime with both a date and a time; its time zone is optional there.
export const DateTime = z.iso.datetime({ offset: true, local: true });

/** An optional attribute of the given type, described where it is declared. */
export function optional<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example: unknown,
  characteristics: Registered = {},
  limits: Limits = {},
): z.ZodExactOptional<Schema> {
  return z.exactOptional(described(schema, description, example, characteristics, limits));
}

/** What a projection leaves of a complex attribute: some of its sub-attributes, or nothing. */
export const partOf = (schema: z.ZodObject) => schema.exactPartial().meta(schema.meta()!).exactOptional();

/** A required attribute of the given type, described where it is declared. */
export function described<Schema extends z.ZodType>(
  schema: Schema,
  description: string,
  example: unknown,
  characteristics: Registered = {},
  limits: Limits = {},
): Schema {
  const { mutability = 'readWrite' } = characteristics;
  const field = schema.meta({ description, example, ...limits, ...access[mutability] });
  scimAttribute.add(field, characteristics);
  return field;
}

const textLimits: Limits = { maxLength: MAX_TEXT };

/** An optional string. */
export const text = (
  description: string,
  example: string,
  characteristics: Registered = {},
  limits: Limits = characteristics.mutability === 'readOnly' ? {} : textLimits,
) => optional(z.string(), description, example, characteristics, limits);

/** An optional list of values. */
export const list = <Item extends z.ZodType>(item: Item, description: string, example: unknown, more?: Registered) =>
  optional(z.array(item), description, example, more, { maxItems: MAX_VALUES });

/** An optional instant. */
export const instant = (description: string, example: string, characteristics?: Registered) =>
  optional(DateTime, description, example, characteristics);

/** Milliseconds of an xsd:dateTime, or NaN, also when its year in UTC is not 1 to 9999. One without a time zone is taken to be in UTC. */
export function instantOf(value: string): number {
  if (!DateTime.safeParse(value).success) return Number.NaN;
  const time = Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(value) ? value : `${value}Z`);
  return isEncodable(time) ? time : Number.NaN;
}

/** A date and its offset, or the end of a time and its offset. In a query a plus that is not encoded is a space. */
const DATE = /^(\d{4}-\d\d-\d\d)(Z|[+\- ]\d\d(?::?\d\d)?)?$/;
const OFFSET = /(?<=:\d\d(?:\.\d+)?)([+\- ])(\d\d)(?::?(\d\d))?$/;

/** A date as clients write it in filters, in the form of xsd:dateTime. A date alone is its midnight, in UTC unless it has an offset. */
export function dateTimeOf(text: string): string {
  return text
    .replace(DATE, (_, date: string, offset = 'Z') => `${date}T00:00:00${offset}`)
    .replace(
      OFFSET,
      (_, sign: string, hours: string, minutes = '00') => `${sign === ' ' ? '+' : sign}${hours}:${minutes}`,
    );
}

/** What the description of a body says about its `schemas`, which the document requires. */
export const SCHEMAS_TOLERATED =
  'The profiles `strict` and `interop` require the URN of the core schema in `schemas`; the others also take a body without it.';

/** `id`, `externalId` and `meta` (RFC 7643 3.1): common to every resource. */
export const commonAttributes = <const Name extends string>(name: Name) => ({
  id: described(z.string(), 'Given by the server, never reused. A UUID.', '01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'global',
  }),
  // RFC 7643 3.1: "The service provider MUST always interpret the externalId as scoped to the provisioning domain."
  externalId: text(
    'The identifier that the provisioning domain of the client uses. Each domain has its own, and sees no other.',
    '00u1a2b3c4',
    { caseExact: true },
    { minLength: 1, maxLength: MAX_EXTERNAL_ID },
  ),
  meta: described(
    z.strictObject({
      resourceType: described(z.literal(name), 'The name of the resource type.', name, {
        caseExact: true,
        mutability: 'readOnly',
      }),
      created: described(DateTime, 'When the resource was created, UTC.', '2026-03-01T08:30:00.000Z', {
        mutability: 'readOnly',
      }),
      lastModified: described(DateTime, 'When a write last changed it, UTC.', '2026-03-02T09:45:10.123Z', {
        mutability: 'readOnly',
      }),
      location: optional(
        z.string(),
        'Its own address.',
        `https://stele.example.com/scim/v2/${name}s/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55`,
        { type: 'reference', mutability: 'readOnly', referenceTypes: [name] },
      ),
      version: described(z.string(), 'The entity tag, for `If-Match` and `If-None-Match`.', '"3"', {
        caseExact: true,
        mutability: 'readOnly',
      }),
    }),
    'What the server knows about the resource.',
    {
      resourceType: name,
      created: '2026-03-01T08:30:00.000Z',
      lastModified: '2026-03-02T09:45:10.123Z',
      version: '"3"',
    },
    { mutability: 'readOnly' },
  ),
});

/**
 * RFC 7643 2.4: the preferred value; true at most once.
 * @param preferred what it is of, as RFC 7643 8.7.1 has it: "the preferred photo or thumbnail"
 */
export const primary = (preferred?: string) =>
  optional(
    z.boolean(),
    `A Boolean value indicating the 'primary' or preferred attribute value for this attribute${preferred === undefined ? '' : `, e.g., ${preferred}`}. The primary attribute value 'true' MUST appear no more than once.`,
    true,
  );

interface ValueOptions<Value extends z.ZodType> {
  /** What one value is, as RFC 7643 8.7.1 has it. */
  readonly description: string;
  /** Examples of `type` there: ", e.g., 'work' or 'home'". */
  readonly labels?: string;
  /** See `primary`. */
  readonly preferred?: string;
  readonly value: Value;
  readonly example: string;
  /** Canonical values of `type`. */
  readonly types?: readonly [string, ...string[]];
  readonly characteristics?: Registered;
  readonly maxLength?: number;
}

/** The sub-attributes that multi-valued attributes share (RFC 7643 2.4). */
export const plural = <Value extends z.ZodType>({
  description,
  labels = '',
  preferred,
  value,
  example,
  types,
  characteristics,
  maxLength = MAX_TEXT,
}: ValueOptions<Value>) =>
  z.strictObject({
    value: optional(value, description, example, characteristics, { maxLength }),
    display: text('A human-readable name, primarily used for display purposes. READ-ONLY.', example),
    type: text(
      `A label indicating the attribute's function${labels}.`,
      types?.[0] ?? 'default',
      types && { canonicalValues: types },
    ),
    primary: primary(preferred),
  });
