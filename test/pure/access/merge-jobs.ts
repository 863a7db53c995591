import { newAddress } from '../../../src/conversation/state/person.ts';
import { NO_SPENDING } from '../../../src/money/spending.ts';

// A merge of two homes, as its tests begin and end it.

export const OP = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
export const THERE = 'telegram:4815162342';
export const FREEZE = { type: 'merge-freeze', op: OP, role: 'member', projects: [] } as const;
export const OVER = {
  type: 'merge-over',
  op: OP,
  addresses: [newAddress(THERE, 'code', 0)],
  keptTexts: [],
  hostEvents: [],
  windows: [],
  threads: {},
  snoozes: [],
  spent: { ...NO_SPENDING },
  ends: { from: 'telegram:1', to: THERE },
} as const;
