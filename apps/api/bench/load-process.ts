import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { stopProcess } from './server.ts';
import type { Turn, TurnResult } from './turn.ts';

/** The clients, in a process of their own. */
export interface Load {
  take(turn: Turn): Promise<TurnResult>;
  stop(): Promise<void>;
}

export function startLoad(): Load {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), { execArgv: [] });
  return {
    async take(turn) {
      const over = new AbortController();
      const { signal } = over;
      try {
        const ended = once(child, 'exit', { signal }).then(() => Promise.reject(new Error('The load process ended')));
        child.send(turn);
        const [answer] = (await Promise.race([once(child, 'message', { signal }), ended])) as [
          { result: TurnResult } | { error: string },
        ];
        if ('error' in answer) throw new Error(answer.error);
        return answer.result;
      } finally {
        over.abort();
      }
    },
    stop: () => stopProcess(child),
  };
}
