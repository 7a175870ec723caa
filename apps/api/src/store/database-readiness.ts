import { Inject, Injectable } from '@nestjs/common';
import { Readiness } from '../http/readiness.ts';
import { Database } from './database.ts';

/** Ready while the database answers. */
@Injectable()
export class DatabaseReadiness extends Readiness {
  constructor(@Inject(Database) private readonly database: Database) {
    super();
  }

  override async check(): Promise<boolean> {
    try {
      await this.database.query({ text: 'SELECT 1' }, []);
      return true;
    } catch {
      return false;
    }
  }
}
