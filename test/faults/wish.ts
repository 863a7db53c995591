import { parseArgs } from 'node:util';

// The options of `npm run faults`, or a sentence about why they are impossible. Pure.

/** A run: its plan, and the name of its channel. */
export type Asked = {
  messages: number;
  seed: number;
  kills: number | null;
  reconciles: boolean;
  ownMachines: boolean;
  channel: string;
};

export type Wish =
  /** `ownWaits`: with all of the product's own waits, as in a nightly run. */
  | ({ do: 'run'; ownWaits: boolean; report: string | null } & Asked)
  | ({ do: 'show plan' } & Asked)
  | { do: 'nightly'; seed: number; report: string | null }
  | { do: 'variants'; names: readonly string[]; channel: string | null }
  /** With the real Claude Code. */
  | { do: 'real'; messages: number; seed: number };

/** The seeds of a nightly run, and the texts of each. */
export const NIGHTLY = [
  { seeds: 3, messages: 2000, ownMachines: false },
  { seeds: 8, messages: 300, ownMachines: false },
  { seeds: 2, messages: 300, ownMachines: true },
] as const;
const MESSAGES_MAX = 9000;
const SEED_MAX = 2 ** 32 - 1;

/** The names that a run can be asked for. */
export type Names = { variants: readonly string[]; channels: readonly string[] };

export const usage = ({ variants, channels }: Names): string =>
  [
    'npm run faults -- [--messages 200] [--seed 1] [--kills 20] [--own-machines] [--own-waits]',
    `               [--channel ${channels.join('|')}]`,
    '               [--report FILE.md] [--no-reconcile] [--plan]',
    'npm run faults -- --real [--messages 50] [--seed 1]',
    'npm run faults -- --nightly [--seed 1] [--report FILE.md]',
    `npm run faults -- --variants, or --variant, once or more, with one of: ${variants.join(', ')}`,
  ].join('\n');

/** `drawn`: the seed of a nightly run that names none. */
export function readWish(
  args: readonly string[],
  { variants, channels }: Names,
  drawn: number,
): Wish | { problem: string } {
  const read = parsed(args);
  if ('problem' in read) return read;
  const { values } = read;
  const named = channels.find((name) => name === values.channel) ?? null;
  const channel = named ?? 'whatsapp';
  if (values.channel !== undefined && named === null)
    return { problem: `No run has the channel “${values.channel}”. There are: ${channels.join(', ')}.` };
  if (values.variants) return { do: 'variants', names: variants, channel: named };
  if (values.variant !== undefined) {
    const unknown = values.variant.find((name) => !variants.includes(name));
    return unknown === undefined
      ? { do: 'variants', names: values.variant, channel: named }
      : { problem: `There is no variant “${unknown}”. There are: ${variants.join(', ')}.` };
  }
  const seed = wholeNumber(values.seed ?? (values.nightly ? String(drawn) : '1'), 0, SEED_MAX);
  if (seed === null) return { problem: `A seed is a whole number from 0 to ${SEED_MAX}, not “${values.seed}”.` };
  const report = values.report ?? null;
  if (report !== null && !report.endsWith('.md'))
    return { problem: `The report is a page: name a file that ends in .md, not “${report}”.` };
  if (values.nightly) return { do: 'nightly', seed, report };
  const messages = wholeNumber(values.messages ?? (values.real ? '50' : '200'), 1, MESSAGES_MAX);
  if (messages === null) {
    return {
      problem: `A run has from 1 to ${MESSAGES_MAX} texts: --messages is a whole number, not “${values.messages}”.`,
    };
  }
  if (values.real) return { do: 'real', messages, seed };
  const kills = values.kills === undefined ? null : wholeNumber(values.kills, 1, MESSAGES_MAX);
  if (values.kills !== undefined && kills === null) {
    return { problem: `--kills is a whole number of at least 1, not “${values.kills}”.` };
  }
  if (kills !== null && kills > messages) {
    return {
      problem: `Each kill needs a text to fall on: ${kills} kills are more than ${messages} texts. Ask for fewer, or for more texts.`,
    };
  }
  const asked = { messages, seed, kills, reconciles: values.reconcile, ownMachines: values['own-machines'], channel };
  return values.plan ? { do: 'show plan', ...asked } : { do: 'run', ...asked, ownWaits: values['own-waits'], report };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowNegative: true,
      options: {
        messages: { type: 'string' },
        seed: { type: 'string' },
        kills: { type: 'string' },
        report: { type: 'string' },
        // The relay finds lost webhooks itself; without this there are none, and the carrier repeats the webhooks that
        // a kill loses.
        reconcile: { type: 'boolean', default: true },
        // A machine for each person, on the fake Fly.
        'own-machines': { type: 'boolean', default: false },
        channel: { type: 'string' },
        'own-waits': { type: 'boolean', default: false },
        plan: { type: 'boolean', default: false },
        real: { type: 'boolean', default: false },
        nightly: { type: 'boolean', default: false },
        variant: { type: 'string', multiple: true },
        variants: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return { problem: `${error instanceof Error ? error.message.split('.')[0] : 'That was not understood'}.` };
  }
}

function wholeNumber(words: string, least: number, most: number): number | null {
  const number = /^\d{1,10}$/.test(words) ? Number(words) : Number.NaN;
  return number >= least && number <= most ? number : null;
}
