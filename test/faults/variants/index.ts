import { AGENT_SERVER } from './agent-server.ts';
import { ATTEMPTS } from './attempts.ts';
import { COMMANDS } from './commands.ts';
import { FILES } from './files.ts';
import { MESSAGES } from './messages.ts';
import { PEOPLE } from './people.ts';
import { QUESTIONS } from './questions.ts';
import { REPLIES } from './replies.ts';
import { SCHEDULES } from './schedules.ts';
import { TELEGRAM_VARIANTS } from './telegram.ts';
import { TURNS } from './turns.ts';
import type { Variant } from './variant.ts';

// All products that are wrong on purpose, by area. Data only.

export const VARIANTS: readonly Variant[] = [
  ...MESSAGES,
  ...TURNS,
  ...ATTEMPTS,
  ...REPLIES,
  ...COMMANDS,
  ...SCHEDULES,
  ...QUESTIONS,
  ...FILES,
  ...PEOPLE,
  ...AGENT_SERVER,
  ...TELEGRAM_VARIANTS,
];
