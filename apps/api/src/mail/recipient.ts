/**
 * What a `RCPT TO` can say without quotes (RFC 5321 4.1.2, RFC 6531 3.3): no specials, nothing invisible, a domain and
 * no literal of an IP address. Anything else would be mended on its way into another address than the one that is shown.
 */
const MAILBOX = /^[^\p{C}\p{Z}()<>[\]:;@\\,"]+@[\p{L}\p{M}\p{N}_-]+(?:\.[\p{L}\p{M}\p{N}_-]+)*$/u;

/** Whether messages to this address arrive there, or nowhere. */
export function isMailbox(address: string): boolean {
  return MAILBOX.test(address);
}
