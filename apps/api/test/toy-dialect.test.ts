import type { Dialect } from '@stele/schemas/contract';
import { dialects } from '@stele/schemas/dialects';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from './support/app.ts';
import { toy } from './toy/dialect.ts';

// DESIGN: "A fourth dialect is one folder in packages/schemas/src, one line in dialects.ts, one controller."
let api: TestApp;
let id: string;

beforeAll(async () => {
  // The two lines that a fourth dialect adds, before anything reads the lists.
  (dialects as Dialect[]).push(toy);
  const { controllers } = await import('../src/dialects/index.ts');
  const { ToyController } = await import('./toy/toy.controller.ts');
  (controllers as unknown[]).push(ToyController);
  const { startApp } = await import('./support/app.ts');
  api = await startApp();
  const body = { user: { name: 'Alice', email: 'alice@example.com', type: 'NeprofileUser', login: 'alice' } };
  id = (await api.request('POST', '/user', { body })).body.user.id;
});
afterAll(() => api.stop());

describe('a dialect of some forty lines', () => {
  it('changes the user that the others show', async () => {
    const answer = await api.request('PATCH', `/toy/people/${id}`, { body: { handle: 'ally', mood: 'merry' } });
    expect(answer).toMatchObject({ status: 200, body: { who: id, handle: 'ally', mood: 'merry' } });
    expect(answer.headers.get('etag')).toBe('"2"');
    const { body } = await api.request('GET', `/users/${id}`);
    expect(body.user).toMatchObject({ login: 'ally', title: 'merry', name: 'Alice' });
  });

  it.each([
    ['an unknown field', `/toy/people/ID`, { body: { hat: 'red' } }, 400, 'validation_error'],
    ['an unknown user', '/toy/people/01979f2e-3b7c-7d10-9f6a-6f3f2a9d1c55', { body: {} }, 404, 'not_found'],
    ['an identifier of another shape', '/toy/people/alice', { body: {} }, 404, 'not_found'],
    ['broken JSON', '/toy/people/ID', { body: '{' }, 400, 'malformed_body'],
    ['no credential', '/toy/people/ID', { key: null, body: {} }, 401, 'unauthorized'],
    ['a stale version', '/toy/people/ID', { body: {}, headers: { 'if-match': '"99"' } }, 412, 'precondition_failed'],
    ['an unknown path', '/toy/nothing', { body: {} }, 404, 'route_not_found'],
  ])('is refused %s in its own words', async (_, path, ask, status, alas) => {
    const answer = await api.request('PATCH', path.replace('ID', id), ask);
    expect(answer).toMatchObject({ status, body: { alas } });
  });

  it('is refused another method in its own words', async () => {
    const answer = await api.request('DELETE', `/toy/people/${id}`);
    expect(answer).toMatchObject({ status: 405, body: { alas: 'method_not_allowed' } });
    expect(answer.headers.get('allow')).toBe('PATCH');
  });
});
