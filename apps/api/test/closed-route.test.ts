import { Controller, Get } from '@nestjs/common';
import { expect, it } from 'vitest';

@Controller('v1/forgotten')
class ForgottenController {
  @Get()
  read(): object {
    return { secret: true };
  }
}

it('a route that says neither operation nor public keeps the API from starting', async () => {
  const { controllers } = await import('../src/dialects/index.ts');
  (controllers as unknown[]).push(ForgottenController);
  const { startApp } = await import('./support/app.ts');
  await expect(startApp()).rejects.toThrow('The route ForgottenController.read has no scope');
});
