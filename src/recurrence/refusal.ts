import type { Day } from './parse/dates.ts';

// Why words for a "when", a command or a cron rule are refused: as data. texts/schedule-refusals.ts has the sentences.

/** The fields of a cron rule, in their order. */
export type FieldName = 'minute' | 'hour' | 'day' | 'month' | 'weekday';

export type Refusal =
  | {
      why: 'missingInput' | 'missingPrompt' | 'missingWhen';
      command: 'schedule' | 'remind' | 'standup';
    }
  /** `what`: all the words, if no time stands at their beginning. */
  | { why: 'missingColon'; command: 'schedule' | 'remind' | 'standup'; what: string | null }
  | { why: 'longHead' | 'checkUse' | 'checkOnly' | 'exceptUse' }
  | { why: 'longCheck' | 'manyRecipients'; most: number }
  /** `named`: as the person wrote it; '' when nothing stands there. */
  | { why: 'unknownRegion' | 'unreadRecipient'; named: string }
  | { why: 'unclear' | 'missing' | 'slashedDate' | 'tooFar' | 'otherHalf' | 'smallHours' }
  | { why: 'severalTimes' | 'oneTime' | 'fromWhen' }
  | { why: 'everySecond'; ordinal: string; weekday: number }
  | { why: 'mismatch'; day: Day; is: number; named: number }
  | { why: 'fiveFields' | 'nickname' }
  | { why: 'unreadField'; item: string; field: FieldName }
  | { why: 'backwards'; item: string }
  | { why: 'step'; item: string; most: number }
  | { why: 'badInterval' | 'past' | 'never' | 'neverWithExceptions' }
  | { why: 'tooOftenForAgent'; gap: number; least: number }
  | { why: 'tooOftenForText'; least: number };
