import { z } from 'zod';

/** An example of what goes over the wire, put together from the examples of its fields. */
export function exampleOf(schema: z.ZodType): unknown {
  const { example } = schema.meta() ?? {};
  if (example !== undefined) return example;
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape).map(([name, field]) => [name, exampleOf(field as z.ZodType)] as const);
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  }
  if (schema instanceof z.ZodArray) {
    const item = exampleOf(schema.element as z.ZodType);
    return item === undefined ? [] : [item];
  }
  if (schema instanceof z.ZodUnion) return exampleOf(schema.options[0] as z.ZodType);
  if (schema instanceof z.ZodPipe) return exampleOf(schema.in as z.ZodType);
  return 'unwrap' in schema ? exampleOf((schema as z.ZodOptional<z.ZodType>).unwrap()) : undefined;
}
