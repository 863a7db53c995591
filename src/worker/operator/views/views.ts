import type { Context } from 'hono';
import type { AppEnv } from '../../configuration.ts';
import { showAudit } from './audit.ts';
import { showPeople } from './people.ts';

// The addresses of views, below /operator.

type View = { path: string; show: (c: Context<AppEnv>) => Promise<Response> };

export const FIRST_VIEW = '/operator/audit';
export const VIEWS: readonly View[] = [
  { path: '/people', show: showPeople },
  { path: '/audit', show: showAudit },
];
