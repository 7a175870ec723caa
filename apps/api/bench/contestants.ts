import type { RequestName } from './requests.ts';
import type { ServerName } from './server.ts';

/** What one server does with one kind of PATCH. */
export interface Contestant {
  readonly title: string;
  readonly server: ServerName;
  readonly request: RequestName;
  /** Whether each PATCH leaves a history row. */
  readonly history: boolean;
}

const ours = (title: string, request: RequestName, grouped: boolean): Contestant => ({
  title: `Stele ${title}${grouped ? '' : ', unbatched'}`,
  server: grouped ? 'stele' : 'stele-single',
  request,
  history: true,
});

export const contestants = {
  bare: { title: 'bare Fastify + pg', server: 'bare', request: 'bare', history: true },
  v1: ours('v1', 'v1', true),
  nerm: ours('NERM', 'nerm', true),
  scim: ours('SCIM', 'scim', true),
  'v1-single': ours('v1', 'v1', false),
  'nerm-single': ours('NERM', 'nerm', false),
  'scim-single': ours('SCIM', 'scim', false),
  tutorial: { title: 'NestJS + TypeORM tutorial', server: 'tutorial', request: 'tutorial', history: false },
  scimmy: { title: 'scimmy-routers', server: 'scimmy', request: 'scimmy', history: true },
} as const satisfies Record<string, Contestant>;

export type ContestantName = keyof typeof contestants;
export type Rival = Exclude<ContestantName, 'bare'>;

/** A way of putting load on the contestants. */
export interface Phase {
  readonly title: string;
  readonly connections: number;
  /** Requests per second; as many as there can be where it is not said. */
  readonly rate?: number;
  readonly rivals: readonly Rival[];
  /** Whether the bare server's statement is also run without a server. */
  readonly statementAlone?: boolean;
}

export const phases = {
  busy: {
    title: '32 connections',
    connections: 32,
    rivals: ['v1', 'v1-single', 'nerm', 'nerm-single', 'scim', 'scim-single', 'tutorial', 'scimmy'],
  },
  crowded: {
    title: '128 connections',
    connections: 128,
    rivals: ['v1', 'nerm', 'scim'],
    statementAlone: true,
  },
  calm: { title: '200 requests per second', connections: 32, rate: 200, rivals: ['v1', 'scim'] },
} as const satisfies Record<string, Phase>;

export type PhaseName = keyof typeof phases;
export const phaseNames = Object.keys(phases) as PhaseName[];
