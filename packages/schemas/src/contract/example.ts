import { z } from 'zod';

/** Whether a field, or what is inside of optional and the like, cannot be written. */
const isReadOnly = (field: z.ZodType): boolean =>
  field.meta()?.['readOnly'] === true ||
  ('unwrap' in field && !(field instanceof z.ZodArray) && isReadOnly((field as z.ZodOptional<z.ZodType>).unwrap()));

/** An example of a request, put together from the examples of its fields: what cannot be written is left out. */
export const requestExampleOf = (schema: z.ZodType): unknown => exampleOf(schema, isReadOnly);

/** An example of what goes over the wire, put together from the examples of its fields. */
export function exampleOf(schema: z.ZodType, isLeftOut: (field: z.ZodType) => boolean = () => false): unknown {
  const inside = (each: unknown): unknown => exampleOf(each as z.ZodType, isLeftOut);
  const { example } = schema.meta() ?? {};
  if (example !== undefined) return example;
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries<z.ZodType>(schema.shape)
      .filter(([, field]) => !isLeftOut(field))
      .map(([name, field]) => [name, inside(field)] as const);
    return Object.fromEntries(fields.filter(([, value]) => value !== undefined));
  }
  if (schema instanceof z.ZodArray) {
    const item = inside(schema.element);
    return item === undefined ? [] : [item];
  }
  if (schema instanceof z.ZodUnion) return inside(schema.options[0]);
  if (schema instanceof z.ZodPipe) return inside(schema.in);
  return 'unwrap' in schema ? inside((schema as z.ZodOptional<z.ZodType>).unwrap()) : undefined;
}
