/** Sends the messages that writes ask for, after their commit. */
export abstract class MailDispatcher {
  /** Wakes the dispatcher: there are some. */
  abstract wake(): void;
}
