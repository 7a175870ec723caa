/** Writes the script of the API reference, compressed, beside the built server: production needs no package of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { constants, gzipSync } from 'node:zlib';
import scalar from '@scalar/fastify-api-reference';
import { fastify } from 'fastify';

const folder = new URL('../dist/pages/', import.meta.url);

const server = fastify();
await server.register(scalar, { routePrefix: '/reference', configuration: { sources: [{ url: '/' }] } });
const { statusCode, rawPayload } = await server.inject('/reference/js/scalar.js');
if (statusCode !== 200) throw new Error(`@scalar/fastify-api-reference serves no script: ${statusCode}`);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('scalar.js.gz', folder), gzipSync(rawPayload, { level: constants.Z_BEST_COMPRESSION }));
await server.close();
