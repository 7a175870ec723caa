/** Where it is told what could not be sent. */
export interface MailLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** How messages go out. */
export abstract class MailOptions {
  /** `smtp://` or `smtps://`, with user and password where the server asks for them. */
  abstract readonly smtpUrl: string;
  /** What the `From` field says. */
  abstract readonly from: string;
  /** The link that a message shows in place of the bare token, with `{token}` and `{user_id}` where they go. */
  abstract readonly verificationUrl?: string;
  /** Spells the UUID of a user as `{user_id}` of that link. */
  abstract readonly spellUserId: (id: string) => string;
  abstract readonly log: MailLog;
}
