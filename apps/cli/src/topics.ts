import { exitHelp } from './errors.ts';

/** What `stele help` explains beside the commands. */
export const topics: Readonly<Record<string, string>> = {
  environment: `Environment:
  STELE_URL, STELE_TOKEN    where the directory is, and the API key
  STELE_PROFILE             the profile that is used when --profile names none
  SCIM_TOKEN                the token of \`stele scim check\`
  HTTP_PROXY, HTTPS_PROXY   the proxy that requests go by; the names may be in lower case
  NO_PROXY                  hosts without it, as in localhost,127.0.0.1
  NODE_EXTRA_CA_CERTS       certificates of authorities beside those of Node
  XDG_CONFIG_HOME           where stele/config.json is; default ~/.config
  NO_COLOR, FORCE_COLOR     no colours, or colours also where there is no terminal; NO_COLOR wins
  NO_UPDATE_NOTIFIER, CI    no notice of newer versions
  npm_config_registry       the registry that is asked for them, once a day; default that of npm's configuration
  XDG_CACHE_HOME            where stele/update.json is, the result; default ~/.cache
  TERM                      dumb: no colours, and no bar

Flags win over the environment, and the environment over the profile.
`,
  'exit-codes': `${exitHelp.trimStart()}
`,
  formatting: `Formatting:
  Lists and resources: --output table, json, ndjson or csv; --json is --output json. --fields names what is shown, in this order;
  without --output, in a table. An unknown field is an error before anything is sent. With --as, fields are those of that dialect.
  A table of one resource is aligned lines. csv has a header; a list of texts is joined with commas, what else is nested is JSON.
  audit and history print a block for each write, and with --output a line; audit --follow prints blocks or ndjson.
  --dry-run shows all that would change or be sent; it ignores --fields.
  Where a command writes a file (users export, keys create, keys rotate), --output names the file, in scim check --report.
  A file that exists is replaced with --force alone.
  json and ndjson are as the API has them; tables and csv show users as usr_...
  Standard output has the result, standard error progress and errors.
`,
};
