import { checksOf } from '../check.ts';
import { expectEqual } from '../expect.ts';
import type { Session } from '../session.ts';

const source = 'Keycloak SCIM client extensions';

/** Keycloak's clients send booleans as text, in the value or at the path. */
const switching = (title: string, operationOf: (active: string) => object) => ({
  title,
  source,
  needs: ['patch', 'User.active'] as const,
  async run(session: Session) {
    const { path } = await session.createUser({ active: true });
    for (const active of ['false', 'true']) {
      const user = await session.patchAndRead(path, operationOf(active));
      expectEqual('active', user['active'], active === 'true');
    }
  },
});

export const keycloak = checksOf('keycloak', {
  'boolean-without-path': switching('a boolean as text, without a path', (active) => ({
    op: 'replace',
    value: { active },
  })),
  'boolean-at-path': switching('a boolean as text, at its path', (active) => ({
    op: 'replace',
    path: 'active',
    value: active,
  })),
});
