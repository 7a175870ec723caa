import { z } from 'zod';

interface JsonSchema {
  required?: string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
}

/** What is inside of optional, nullable and the like; of a translation, its wire side. */
function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe) return unwrapped(schema.in as z.ZodType);
  return 'unwrap' in schema && !(schema instanceof z.ZodArray)
    ? unwrapped((schema as z.ZodOptional<z.ZodType>).unwrap())
    : schema;
}

/**
 * Takes the fields that may be absent off the `required` lists. zod-to-openapi asks a field whether it accepts
 * `undefined`, which `exactOptional` refuses although the field may be left out.
 */
export function withoutOptional(
  schema: z.ZodType,
  json: JsonSchema,
  components: Readonly<Record<string, JsonSchema>>,
  done = new Set<z.ZodType>(),
): void {
  const inner = unwrapped(schema);
  if (done.has(inner)) return;
  done.add(inner);
  const id = [schema, inner].map((each) => each.meta()?.id).find((each) => each !== undefined);
  const target = id === undefined ? json : (components[id] ?? json);
  if (inner instanceof z.ZodArray) withoutOptional(inner.element as z.ZodType, target.items ?? {}, components, done);
  if (!(inner instanceof z.ZodObject)) return;
  const fields = Object.entries<z.ZodType>(inner.shape);
  const optional = new Set(fields.filter(([, field]) => field instanceof z.ZodExactOptional).map(([name]) => name));
  const required = target.required?.filter((name) => !optional.has(name)) ?? [];
  if (required.length > 0) target.required = required;
  else delete target.required;
  for (const [name, field] of fields) withoutOptional(field, target.properties?.[name] ?? {}, components, done);
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  required?: boolean;
  schema?: JsonSchema;
}

/** The same for the parameters of a query. */
export function withoutOptionalParameters(
  query: z.ZodObject,
  parameters: readonly Parameter[],
  components: Readonly<Record<string, JsonSchema>>,
): void {
  for (const parameter of parameters) {
    const field = parameter.in === 'query' ? (query.shape[parameter.name] as z.ZodType | undefined) : undefined;
    if (!field) continue;
    if (field instanceof z.ZodExactOptional) delete parameter.required;
    withoutOptional(field, parameter.schema ?? {}, components);
  }
}
