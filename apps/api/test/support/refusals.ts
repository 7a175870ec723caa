import { errorStatus, type ErrorCode } from '@stele/schemas/canonical';
import { expect } from 'vitest';
import type { Answer } from './app.ts';
import { type Tongue, urns } from './users.ts';

/** Expects a refusal in the shape of its dialect. */
export function expectRefusal(tongue: Tongue, answer: Answer, code: ErrorCode): void {
  const status = errorStatus[code];
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
  const shape = {
    v1: { error: code, message: expect.any(String) as string },
    scim: { schemas: [urns.error], status: String(status), detail: expect.any(String) as string },
    nerm: { error: expect.any(String) as string },
  }[tongue];
  expect(answer.body).toMatchObject(shape);
}
