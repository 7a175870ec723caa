import { DirectoryError } from '@stele/schemas/canonical';
import { MAX_BODY, type Operation } from '@stele/schemas/contract';

/** Bytes of a form beside its file: boundaries, headers, short texts. */
const FORM_OVERHEAD = 16_384;

/** Memory for bodies above `MAX_BODY`, in multiples of the largest one: of the process, and of one tenant. */
const MAX_AT_ONCE = 4;
const MAX_OF_TENANT = 2;

/** How large bodies may be, and how much memory the large ones may take at once. */
export class BodyLimits {
  private readonly reserved = new Map<string, number>();
  private total = 0;

  /** @param large bytes of the body of an operation with `largeBody` at most */
  constructor(readonly large: number) {}

  /** Bytes of the body of an operation at most. */
  of({ form, largeBody }: Operation): number {
    if (form) return form.maxSize + FORM_OVERHEAD;
    return largeBody ? this.large : MAX_BODY;
  }

  /** Memory for the body of one request, which is to be released when the request is done. */
  lease(tenantId: string): BodyLease {
    let held = 0;
    const change = (bytes: number) => {
      held += bytes;
      this.total += bytes;
      const ofTenant = (this.reserved.get(tenantId) ?? 0) + bytes;
      if (ofTenant > 0) this.reserved.set(tenantId, ofTenant);
      else this.reserved.delete(tenantId);
    };
    return {
      reserve: (bytes) => {
        const ofTenant = (this.reserved.get(tenantId) ?? 0) + bytes;
        if (this.total + bytes > MAX_AT_ONCE * this.large || ofTenant > MAX_OF_TENANT * this.large) {
          throw new DirectoryError('unavailable', 'Too many large bodies at once', { retryAfter: 1 });
        }
        change(bytes);
      },
      release: () => change(-held),
    };
  }
}

export interface BodyLease {
  /** Rejects a body for which there is no memory now. */
  readonly reserve: (bytes: number) => void;
  readonly release: () => void;
}
