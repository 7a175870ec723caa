import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

export abstract class PageOptions {
  /** Whether the API reference is served. */
  abstract readonly reference: boolean;
}

/** One HTML page, in parts that are HTML. */
export interface Page {
  readonly title: string;
  readonly head: string;
  readonly body: string;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text as HTML, also in a quoted attribute. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => escapes[character]!);

/** What every page forbids: nothing is loaded but what the page's own policy adds. */
const CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/**
 * Sends a page that loads nothing but what its policy allows.
 * @param policy directives of its Content-Security-Policy, by the nonce of this response
 */
export function sendPage(reply: FastifyReply, policy: (nonce: string) => string, page: (nonce: string) => Page): void {
  const nonce = randomBytes(16).toString('base64');
  const { title, head, body } = page(nonce);
  reply.headers({
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `${CLOSED}; ${policy(nonce)}`,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  }).send(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
${head}
</head>
<body>
${body}
</body>
</html>
`);
}

/** Adds a request field on which the response depends (RFC 9110 12.5.5), beside those that are there. */
export function varyBy(reply: FastifyReply, field: string): void {
  reply.header('vary', [reply.getHeader('vary'), field].filter(Boolean).join(', '));
}

/**
 * A path from the root, relative to the URL of a request for a path of one segment: it holds also where a proxy serves
 * the API below a path of its own.
 */
export const fromRoot = ({ url }: FastifyRequest, path: string): string =>
  (/\/(?:\?|$)/.test(url) ? '../' : './') + path;
