/** The versions that a write may start from: any that exists, or one of a list. Listing none refuses every version. */
export type Precondition = 'any' | readonly number[];

/** Who asks, through which operation. A user outside the tenant does not exist for it. */
export interface Access {
  readonly tenantId: string;
  readonly credentialId: string;
  readonly dialect: string;
  readonly operation: string;
  readonly requestId: string;
  /** What `If-Match` says. */
  readonly ifMatch?: Precondition;
}
