import { Controller, Inject, Param, Req, Res } from '@nestjs/common';
import { DirectoryError } from '@stele/schemas/canonical';
import { dialects } from '@stele/schemas/dialects';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublicGet } from '../http/public.decorator.ts';
import { fromRoot, type Page, PageOptions, sendPage, varyBy } from './page.ts';
import { scalar } from './scalar.ts';

/** The styles of Scalar's editor and messages, which do not take the nonce. A browser names the hash that it misses. */
const styles = [
  "'sha256-l/2OpPg0d+2VLTLgwjf5mQo2CYwHDEqdj5TjbfEyVJI='",
  "'sha256-gmXByKZQ55+6LD1IX9vtDPBwThIQbraY9EGJSFapMGc='",
  "'sha256-T13Uev3xCax2N28XaoAE8DOzQZKvPp7ZQVAi1iRREjo='",
];

/**
 * The stylesheet of Scalar needs the nonce, its components set attributes. `connect-src` is what keeps the page offline,
 * whatever a later release of Scalar asks for: only this server is called.
 */
const policyOf = (nonce: string): string =>
  [
    "script-src 'self'",
    `style-src-elem 'self' 'nonce-${nonce}' ${styles.join(' ')}`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
  ].join('; ');

/** Scalar, without all that would ask another server. */
const options = {
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  showDeveloperTools: 'never',
  hideClientButton: true,
  defaultOpenAllTags: true,
  persistAuth: false,
  proxyUrl: '',
};

/** Begins the page. The documents lie beside the folder of this script. */
const start = `const sources = ${JSON.stringify(dialects.map(({ name, title }) => ({ title, slug: name, url: `../openapi/${name}.json` })))};
const script = document.currentScript.src;
Scalar.createApiReference('#reference', {
  ...${JSON.stringify(options)},
  sources: sources.map((source) => ({ ...source, url: new URL(source.url, script).href })),
});
`;

const noFile = (): DirectoryError => new DirectoryError('route_not_found', 'There is nothing at this path');

/** The OpenAPI documents as pages for people, with a form for each operation. It needs no other server. */
@Controller()
export class ReferenceController {
  constructor(@Inject(PageOptions) private readonly pages: PageOptions) {}

  @PublicGet('/reference')
  async reference(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    if (!this.pages.reference) throw noFile();
    const { name } = await scalar();
    const scripts = [name, 'start.js'].map((file) => fromRoot(request, `reference/${file}`));
    sendPage(reply, policyOf, (nonce): Page => ({
      title: 'Stele API reference',
      // Scalar takes the nonce of its styles from here.
      head: `<meta property="csp-nonce" content="${nonce}">
<link rel="icon" href="${fromRoot(request, 'favicon.ico')}" type="image/svg+xml">`,
      body: `<div id="reference"></div>\n${scripts.map((script) => `<script src="${script}"></script>`).join('\n')}`,
    }));
  }

  @PublicGet('/reference/:file')
  async file(@Param('file') file: string, @Req() { headers }: FastifyRequest, @Res() reply: FastifyReply) {
    if (!this.pages.reference) throw noFile();
    reply.headers({ 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff' });
    if (file === 'start.js') {
      reply.header('cache-control', 'no-cache').send(start);
      return;
    }
    const script = await scalar();
    if (file !== script.name) throw noFile();
    reply.headers({ 'cache-control': 'public, max-age=31536000, immutable' });
    varyBy(reply, 'accept-encoding');
    if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/i.test(headers['accept-encoding'] ?? '')) {
      reply.header('content-encoding', 'gzip').send(script.compressed);
    } else reply.send(await script.plain());
  }
}
