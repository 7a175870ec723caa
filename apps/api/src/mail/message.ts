import type { Addressee, OutboxEntry } from './outbox.ts';

/** A message as it goes out, in plain text. */
export interface Message {
  /** What `Message-ID` begins with. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** What confirms an address: a link to open, or a code to give. */
export type Proof = { readonly link: string } | { readonly code: string };

/** Names that cannot pass for anything else: a name may be any text, and what it says would be said in our name. */
const PLAIN_NAME = /^[\p{L}\p{M}\p{N}._@+-]{1,64}$/u;

/** How a user is spoken of. */
const accountOf = ({ userName }: Addressee): string => (PLAIN_NAME.test(userName) ? `the user ${userName}` : 'a user');

/** An address on a line of its own, without what would make a reader see another one. */
const shown = (address: string): string => address.replaceAll(/\p{C}/gu, '\u{FFFD}');

/** To the minute, in UTC. */
const timeOf = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

const paragraphs = (...texts: readonly string[]): string => `${texts.join('\n\n')}\n`;

/** Asks whoever reads what is sent to a new address to confirm it. */
export function verificationMessage(entry: OutboxEntry, addressee: Addressee, proof: Proof): Message {
  const [invitation, secret] =
    'link' in proof
      ? (['To confirm it, open this link:', proof.link] as const)
      : (['To confirm it, give this code where the address was changed:', proof.code] as const);
  return {
    // RFC 5322 3.6.4: a revision gets an identifier of its own. Each try has another token, and a mailbox that knows
    // the identifier already would keep the message whose token is void.
    id: `${entry.id}.${entry.attempts}`,
    to: entry.recipient,
    subject: 'Confirm your new e-mail address',
    text: paragraphs(
      `Somebody asked to make this the e-mail address of ${accountOf(addressee)}.`,
      invitation,
      secret,
      'It can be used once, within 24 hours.',
      'If you do not know what this is about, ignore this message: nothing will change.',
    ),
  };
}

/** Tells the owner of the old address of a change, before it is made or after; nothing when there is none any more. */
export function changeNotice(entry: OutboxEntry, addressee: Addressee): Message | undefined {
  const { email, pendingEmail } = addressee;
  const address = pendingEmail ?? email;
  if (address === undefined || address === entry.recipient) return undefined;
  return {
    id: entry.id,
    to: entry.recipient,
    subject: 'Change of your e-mail address',
    text: paragraphs(
      `On ${timeOf(entry.createdAt)} somebody asked to change the e-mail address of ${accountOf(addressee)}. ${
        pendingEmail === undefined ? 'The new address is:' : 'As soon as it is confirmed, the new address is:'
      }`,
      shown(address),
      'If this was you, there is nothing to do.',
      'If it was not, tell your administrator at once, who can set this address again, and change your password.',
    ),
  };
}
