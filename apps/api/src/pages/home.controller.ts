import { Controller, Inject, Req, Res } from '@nestjs/common';
import { dialects } from '@stele/schemas/dialects';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { responseTypeOf } from '../http/media-type.ts';
import { PublicGet } from '../http/public.decorator.ts';
import { escapeHtml, fromRoot, type Page, PageOptions, sendPage, varyBy } from './page.ts';

const mediaTypes = ['application/json', 'text/html'] as const;

/** Links are relative to the root: they hold below the path of a proxy. */
const listed = dialects.map(({ name, title, description, mounts }) => ({
  name,
  title,
  description,
  mounts: mounts.map((mount) => mount || '/'),
  document: `openapi/${name}.json`,
}));

const REFERENCE = 'reference';

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem; color: #222; background: #fff; }
h2 { margin-bottom: 0; font-size: 1.1rem; }
p { margin: 0.25rem 0 1rem; }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818; } a { color: #8bf; } }
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#555" d="M8 30V9a8 8 0 0 1 16 0v21z"/><path stroke="#fff" stroke-width="2" d="M12 13h8M12 18h8M12 23h5"/></svg>`;

function home(nonce: string, reference: boolean): Page {
  const dialectItems = listed.map(
    ({ title, description, mounts, document }) => `<h2>${escapeHtml(title)}</h2>
<p>${escapeHtml(description)}<br>
Mounted at ${mounts.map((mount) => `<code>${escapeHtml(mount)}</code>`).join(', ')}. <a href="${document}">OpenAPI document</a></p>`,
  );
  return {
    title: 'Stele',
    head: `<link rel="icon" href="favicon.ico" type="image/svg+xml">\n<style nonce="${nonce}">${style}</style>`,
    body: `<h1>Stele</h1>
<p>A user directory that speaks ${dialects.length} API dialects. Every request needs <code>Authorization: Bearer</code> and an API key or an access token.</p>
${reference ? `<p><a href="${REFERENCE}">API reference</a></p>` : ''}
${dialectItems.join('\n')}`,
  };
}

/** What someone finds who knows the address of the server alone. */
@Controller()
export class HomeController {
  constructor(@Inject(PageOptions) private readonly options: PageOptions) {}

  @PublicGet('/')
  home(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): void {
    const { reference } = this.options;
    varyBy(reply, 'accept');
    if (responseTypeOf({ mediaTypes }, headers.accept) === 'text/html') {
      sendPage(
        reply,
        (nonce) => `style-src 'nonce-${nonce}'; img-src 'self'`,
        (nonce) => home(nonce, reference),
      );
    } else reply.send({ name: 'Stele', dialects: listed, ...(reference && { reference: REFERENCE }) });
  }

  @PublicGet('/docs')
  docs(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.redirect(fromRoot(request, this.options.reference ? REFERENCE : ''), 302);
  }

  @PublicGet('/openapi')
  documents(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    reply.redirect(fromRoot(request, ''), 302);
  }

  /** Browsers read an icon by its media type, whatever its name. */
  @PublicGet('/favicon.ico')
  icon(@Res() reply: FastifyReply): void {
    reply.headers({ 'content-type': 'image/svg+xml', 'cache-control': 'public, max-age=86400' }).send(icon);
  }
}
