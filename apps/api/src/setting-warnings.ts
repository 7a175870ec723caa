import { closest, distance } from 'fastest-levenshtein';
import { Settings } from './settings.ts';

/** Variables of the SDK, the command `stele` and the first start, which may be set in the same shell. */
const OTHERS: ReadonlySet<string> = new Set(['STELE_URL', 'STELE_TOKEN', 'STELE_PROFILE', 'STELE_LOG', 'STELE_CONFIG']);

/** What Kubernetes sets in every container for a service that is called `stele`. */
const OF_KUBERNETES = /^STELE_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)$/;

/** Letters that a name may differ in from the one that was meant. */
const MAX_DISTANCE = 4;

/** What the settings leave open or do not know, one line each. Values may be secrets, and are not shown. */
export function settingWarnings(
  environment: Readonly<Record<string, string | undefined>>,
  settings: Settings,
): string[] {
  const unknown = Object.keys(environment).filter((name) => isUnknown(name, environment[name]));
  return [
    ...unknown.toSorted().map((name) => `The setting ${name} is unknown and ignored.${suggestionFor(name)}`),
    ...(needsPublicUrl(settings)
      ? [
          'Links in responses begin with the address this server listens at: set STELE_PUBLIC_URL, or STELE_TRUST_PROXY behind a proxy that sends X-Forwarded-Proto and X-Forwarded-Host.',
        ]
      : []),
  ];
}

function isUnknown(name: string, value: string | undefined): boolean {
  if (!/^STELE_/i.test(name) || name in Settings.shape || OTHERS.has(name) || OF_KUBERNETES.test(name)) return false;
  return !(name === 'STELE_PORT' && value?.startsWith('tcp://'));
}

/** The name that was meant: one without the prefix, or one that is spelled much like it. */
function suggestionFor(name: string): string {
  const upper = name.toUpperCase();
  const bare = upper.replace('STELE_', '');
  const meant = bare in Settings.shape ? bare : closest(upper, Object.keys(Settings.shape));
  return meant === bare || distance(upper, meant) <= MAX_DISTANCE ? ` Did you mean ${meant}?` : '';
}

const needsPublicUrl = ({ NODE_ENV, STELE_PUBLIC_URL, STELE_TRUST_PROXY }: Settings): boolean =>
  NODE_ENV === 'production' && STELE_PUBLIC_URL === undefined && STELE_TRUST_PROXY === undefined;
