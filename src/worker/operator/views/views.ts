import type { Context } from 'hono';
import type { AppEnv } from '../../configuration.ts';
import { showAudit } from './audit.ts';
import { showLatency } from './latency.ts';
import { showMachines } from './machines.ts';
import { showMoney } from './money.ts';
import { showNow } from './now.ts';
import { showPeople } from './people.ts';
import { showSchedules } from './schedules.ts';

// The addresses of views, below /operator.

type View = { path: string; show: (c: Context<AppEnv>) => Promise<Response> };

export const FIRST_VIEW = '/operator/now';
export const VIEWS: readonly View[] = [
  { path: '/now', show: showNow },
  { path: '/people', show: showPeople },
  { path: '/money', show: showMoney },
  { path: '/latency', show: showLatency },
  { path: '/machines', show: showMachines },
  { path: '/schedules', show: showSchedules },
  { path: '/audit', show: showAudit },
];
