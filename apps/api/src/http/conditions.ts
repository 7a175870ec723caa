import type { IncomingHttpHeaders } from 'node:http';
import { DirectoryError } from '@stele/schemas/canonical';
import { isPreviewable } from '@stele/schemas/contract';
import type { Precondition } from '../directory/request-context.ts';
import { parseIfMatch, parseIfNoneMatch } from './etag.ts';
import { parsePrefer, type ReturnPreference } from './prefer.ts';
import type { ServedOperation } from './served-operation.ts';

/** From which versions a write may start, and how its response is to look. */
export interface Conditions {
  readonly expectedVersions: Precondition | undefined;
  readonly excludedVersions: Precondition | undefined;
  readonly preference: ReturnPreference | undefined;
}

/** Parses `If-Match`, `If-None-Match` and `Prefer` of a write, and rejects what the operation cannot do. */
export function readConditions(
  { dialect, operation, isBatch, isConditional }: ServedOperation,
  headers: IncomingHttpHeaders,
  requiresIfMatch: boolean,
): Conditions {
  const preference = operation.method === 'PATCH' ? parsePrefer(headers['prefer']) : undefined;
  if (isBatch && headers['if-match'] !== undefined) {
    throw new DirectoryError('bad_request', 'A request on many resources has no version: send it without If-Match');
  }
  if (preference === 'preview' && !isPreviewable(operation)) {
    throw new DirectoryError('bad_request', 'This operation has no preview');
  }
  if (!isConditional) return { expectedVersions: undefined, excludedVersions: undefined, preference };
  const expectedVersions = parseIfMatch(headers['if-match'], dialect.tagComparison);
  if (expectedVersions === undefined && requiresIfMatch && preference !== 'preview') {
    throw new DirectoryError('precondition_required', 'This directory asks for If-Match');
  }
  return { expectedVersions, excludedVersions: parseIfNoneMatch(headers['if-none-match']), preference };
}
