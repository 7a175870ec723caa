/** Tells whether requests can be served now. */
export abstract class Readiness {
  abstract check(): Promise<boolean>;
}
