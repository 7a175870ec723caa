import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from './support/app.ts';

let api: TestApp;
beforeAll(async () => {
  api = await startApp();
});
afterAll(() => api.stop());

describe('smoke', () => {
  it('creates', async () => {
    const created = await api.request('POST', '/v1/users', {
      body: { email: 'a@example.com', username: 'alice', password: 'correct horse' },
    });
    expect(created.status).toBe(201);
  });
});
