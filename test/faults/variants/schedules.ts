import { ADVANCED_LATER } from '../stand-stills.ts';
import type { Variant } from './variant.ts';

// Relays that are wrong about schedules: their zone, their next time, missed runs. Data only.

export const SCHEDULES: readonly Variant[] = [
  {
    name: 'schedule-in-utc',
    wrong: 'a schedule’s hour is taken for one in UTC',
    noticedBy:
      'test/pure/schedules/due.test.ts: each run is due at the hour that was asked for where its person is, once, and each reminder comes or is said to be too late',
    patches: [
      {
        file: 'src/conversation/schedules/due.ts',
        find: '  const nextAt = findNextAfter(kept.rule, kept.zone, after, exceptionsOf(kept));',
        replace: `  const nextAt = findNextAfter(kept.rule, 'Etc/UTC', after, exceptionsOf(kept));`,
      },
    ],
    schedule: { kind: 'text', strike: { how: 'released', afterMs: 0, again: 0 } },
  },
  {
    name: 'due-again-after-a-kill',
    wrong: 'a schedule is advanced in a second transaction, after its run',
    noticedBy:
      'test/pure/schedules/due.test.ts: each run is due at the hour that was asked for where its person is, once, and each reminder comes or is said to be too late',
    patches: [...ADVANCED_LATER],
    schedule: { kind: 'text', strike: { how: 'stands still', point: 'on disk, nothing begun' } },
  },
  {
    name: 'missed-without-a-word',
    wrong: 'a missed reminder is left out without a message',
    noticedBy:
      'test/pure/schedules/due.test.ts: each run is due at the hour that was asked for where its person is, once, and each reminder comes or is said to be too late',
    patches: [
      {
        file: 'src/conversation/schedules/due.ts',
        find: '  if (!isLost) return noEffects(left);\n',
        replace: '  return noEffects(left);\n',
      },
    ],
    schedule: { kind: 'text', strike: { how: 'slept over', ms: 3 * 60 * 60_000 } },
  },
];
