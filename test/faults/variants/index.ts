import { COMMANDS } from './commands.ts';
import { MESSAGES } from './messages.ts';
import { REPLIES } from './replies.ts';
import { SCHEDULES } from './schedules.ts';
import { TURNS } from './turns.ts';
import type { Variant } from './variant.ts';

// All products that are wrong on purpose, by area. Data only.

export const VARIANTS: readonly Variant[] = [...MESSAGES, ...TURNS, ...REPLIES, ...COMMANDS, ...SCHEDULES];
