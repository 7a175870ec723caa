import manifest from '../../package.json' with { type: 'json' };
import { SteleError } from './error.ts';

/** The application that uses the SDK, as it is named in the logs of the server. */
export interface AppInfo {
  /** Letters, digits and `-`, `.`, `_`, without spaces. */
  name: string;
  version?: string;
  /** Where to find its makers. */
  url?: string;
}

/** A page or one of its workers: everyone who opens it can read what it holds. */
const isBrowser = (): boolean => 'document' in globalThis || 'importScripts' in globalThis;

/** What a browser holds can be read by its user, and an API key is one for all users. */
export function assertNoBrowser(isAllowed: unknown): void {
  if (isAllowed === true || !isBrowser()) return;
  throw new SteleError(
    'this looks like a browser, where the user can read the token; call your own server, or pass `dangerouslyAllowBrowser: true`',
  );
}

/** RFC 9110 10.1.5: a product. */
const PRODUCT = /^[\w!#$%&'*+.^`|~-]+$/;

function productOf(appInfo: AppInfo | null): string {
  const { name, version, url } = appInfo ?? ({} as AppInfo);
  for (const [field, value] of Object.entries({ name, version: version ?? '0' }) as [string, unknown][]) {
    if (typeof value !== 'string' || !PRODUCT.test(value)) {
      throw new SteleError(`appInfo.${field} must be letters, digits, dots and hyphens`);
    }
  }
  if (url !== undefined && !/^[\x21-\x27\x2a-\x7e]+$/.test(url)) throw new SteleError('appInfo.url must be a URL');
  return name + (version === undefined ? '' : `/${version}`) + (url === undefined ? '' : ` (${url})`);
}

/** `User-Agent`. Browsers send their own, and another one costs a preflight. */
export function userAgent(appInfo: AppInfo | undefined): string | undefined {
  const products = [`stele-sdk/${manifest.version}`, ...(appInfo === undefined ? [] : [productOf(appInfo)])];
  return isBrowser() ? undefined : products.join(' ');
}
