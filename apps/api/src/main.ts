import { welcome } from './first-run.ts';
import { onParentExit } from './exit-with-parent.ts';
import { nodeProblem } from './node-version.ts';
import { type RunningServer, StartError, startServer } from './server.ts';
import { settingWarnings } from './setting-warnings.ts';
import { readSettings, SettingsError } from './settings.ts';

// Nobody may be reading any more, as after the terminal was closed: that must not stop the shutdown.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const log = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Says why the process ends badly. Some errors say it all in their message; anything else needs to be found. */
const fail = (error: unknown): void => {
  const reason =
    error instanceof SettingsError || error instanceof StartError
      ? error.message
      : String((error as Error).stack ?? error);
  process.stderr.write(`${reason}\n`);
  process.exit(1);
};

const start = async (): Promise<RunningServer> => {
  const settings = readSettings(process.env);
  for (const line of settingWarnings(process.env, settings)) process.stderr.write(`Warning: ${line}\n`);
  return startServer(settings, log);
};

const problem = nodeProblem(process.versions.node);
if (problem !== undefined) fail(new StartError(problem));

const started = start();

let stopping = false;

/** Ends everything, once. A start that is under way is finished first: a database half started could not be stopped. */
const stop = (): void => {
  if (stopping) return;
  stopping = true;
  log('Stopping');
  started
    .then((server) => server.stop())
    .then(() => process.exit(0))
    .catch(fail);
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
onParentExit(stop);

started
  .then(({ url, trial }) => {
    if (!stopping) log(trial ? welcome(url, trial.key, trial.user) : `Stele listens at ${url}`);
  })
  .catch(fail);
