import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { Readiness } from '../http/readiness.ts';
import { Database } from './database.ts';

/** Milliseconds in which a database that can serve has answered: probes wait for about a second. */
const PATIENCE = 800;

/** Ready while the database answers. */
@Injectable()
export class DatabaseReadiness extends Readiness {
  constructor(@Inject(Database) private readonly database: Database) {
    super();
  }

  override check(): Promise<boolean> {
    const answered = this.database.query({ text: 'SELECT 1' }, []).then(
      () => true,
      () => false,
    );
    return Promise.race([answered, sleep(PATIENCE, false)]);
  }
}
