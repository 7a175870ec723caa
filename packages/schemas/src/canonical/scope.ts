/** What a credential may do. */
export const scopes = ['read', 'write', 'admin', 'operator'] as const;
export type Scope = (typeof scopes)[number];

/** What each scope lets do. `operator` is for those who run the directory: it makes tenants, and sees no user. */
const covers: Readonly<Record<Scope, readonly Scope[]>> = {
  read: ['read'],
  write: ['read', 'write'],
  admin: ['read', 'write', 'admin'],
  operator: ['operator'],
};

/** Scopes in the order of `scopes`, each once. */
export function toScopeSet(granted: readonly Scope[]): Scope[] {
  return scopes.filter((scope) => granted.includes(scope));
}

/** Whether one of the granted scopes is, or includes, the needed one. */
export function includesScope(granted: readonly Scope[], needed: Scope): boolean {
  return granted.some((scope) => covers[scope].includes(needed));
}
