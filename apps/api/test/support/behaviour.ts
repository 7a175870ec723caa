import { beforeEach } from 'vitest';

/** What one test shows of a provider or a specification. */
export interface Behaviour {
  readonly provider: string;
  readonly title: string;
  /** Where it is written down. */
  readonly source: string;
}

declare module 'vitest' {
  interface TaskMeta {
    /** `docs/compatibility.md` is made of these. */
    behaviour?: Behaviour;
  }
}

/** Notes of each test of a suite that it shows a behaviour, under its own name. */
export function showsBehaviour(provider: string, source: string): void {
  beforeEach(({ task }) => {
    task.meta.behaviour = { provider, source, title: task.name };
  });
}
