import { z } from 'zod';

/** What a write would change: `Prefer: return=preview` on a PATCH answers with it, and writes nothing. */
export const Preview = z
  .strictObject({
    changes: z
      .record(
        z.string(),
        z.strictObject({
          old: z
            .unknown()
            .exactOptional()
            .meta({ description: 'What is there now; absent when nothing is.', example: 'Engineer' }),
          new: z
            .unknown()
            .exactOptional()
            .meta({ description: 'What would be there; absent when nothing would.', example: 'Architect' }),
        }),
      )
      .meta({
        description:
          'By the name of the field in the dialect, with dots before sub-attributes. Neither value of a password is shown.',
        example: { title: { old: 'Engineer', new: 'Architect' } },
      }),
  })
  .meta({ id: 'Preview', description: 'What the write would change. Nothing was written.' });
export type Preview = z.infer<typeof Preview>;
