import { Inject, Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Readiness } from '../http/readiness.ts';
import { poolOf } from './data-source.ts';

/** Ready while the database answers. */
@Injectable()
export class DatabaseReadiness extends Readiness {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {
    super();
  }

  override async check(): Promise<boolean> {
    try {
      await poolOf(this.dataSource).query('SELECT 1');
      return true;
    } catch {
      return false;
    }
  }
}
