/** What an error of SMTP, of the network or of the database may say of itself. */
interface Telltale {
  readonly code?: string;
  /** The code of the system below, such as ECONNREFUSED. */
  readonly originalCode?: string;
  /** The SMTP command that was answered. */
  readonly command?: string;
  readonly responseCode?: number;
  readonly response?: string;
  /** The server will say the same next time. */
  readonly permanent?: boolean;
}

/** RFC 3463: the status code that follows the reply code. */
const STATUS = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/;

/** The commands whose refusal is about this recipient and this message; any other is about us, and can be mended. */
const ABOUT_THE_MESSAGE = new Set(['RCPT TO', 'DATA']);

/** Why a message was not sent, in codes alone: a server's own words may repeat the address, and the token in the message. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { code, originalCode, command, responseCode, response } = error as Telltale;
  const status = STATUS.exec(response ?? '')?.[1];
  const known = [code, originalCode, command, responseCode, status].filter((part) => part !== undefined);
  return known.length > 0 ? known.join(' ') : error.name;
}

/** Whether it would be of no use to try again. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { command, permanent } = error as Telltale;
  return permanent === true && ABOUT_THE_MESSAGE.has(command ?? '');
}
