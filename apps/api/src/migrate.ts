import { readSettings } from './settings.ts';
import { migrate } from './store/migrate.ts';

const { DATABASE_URL } = readSettings(process.env);
if (DATABASE_URL === undefined) {
  process.stderr.write('DATABASE_URL is not set\n');
  process.exitCode = 2;
} else {
  const names = await migrate(DATABASE_URL);
  process.stdout.write(names.length > 0 ? `${names.join('\n')}\n` : 'The database is up to date\n');
}
