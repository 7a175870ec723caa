import { Controller, Get } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestApp } from './support/app.ts';

@Controller('v1/forgotten')
class ForgottenController {
  @Get()
  read(): object {
    return { secret: true };
  }
}

let api: TestApp;
beforeAll(async () => {
  const { controllers } = await import('../src/dialects/index.ts');
  (controllers as unknown[]).push(ForgottenController);
  const { startApp } = await import('./support/app.ts');
  api = await startApp();
});
afterAll(() => api.stop());

it('a route that says neither operation nor public is closed to every credential', async () => {
  const answer = await api.request('GET', '/v1/forgotten');
  expect(answer).toMatchObject({ status: 403, body: { error: 'forbidden' } });
});
