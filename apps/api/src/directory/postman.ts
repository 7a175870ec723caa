/** Sends the messages that writes ask for, after their commit. */
export abstract class Postman {
  /** Says that there are some. */
  abstract wake(): void;
}
