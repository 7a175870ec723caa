import { z } from 'zod';
import { listParameters } from './list.ts';
import { urns } from './urn.ts';

const names = (description: string, example: readonly string[]) =>
  z.array(z.string()).exactOptional().meta({ description, example });

/** The body of `POST .search` (RFC 7644 3.4.3): what a query says, where it must not be seen in a URL. */
export const ScimSearchRequest = z
  .strictObject({
    schemas: z
      .tuple([z.literal(urns.searchRequest)])
      .meta({ description: 'Names this message.', example: [urns.searchRequest] }),
    ...listParameters,
    attributes: names('Attributes to return.', ['userName']),
    excludedAttributes: names('Attributes to leave out.', ['photos']),
  })
  .meta({ id: 'ScimSearchRequest', description: 'What to search for.' });
export type ScimSearchRequest = z.infer<typeof ScimSearchRequest>;
