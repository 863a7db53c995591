import { expect, test } from 'vitest';
import { NIGHTLY, readWish } from './wish.ts';

// The options of `npm run faults`, and its answers to invalid ones.

const read = (...args: string[]) =>
  readWish(args, { variants: ['no-heartbeat'], channels: ['whatsapp', 'telegram'] }, 77);
const problem = (...args: string[]): string => {
  const wish = read(...args);
  return 'problem' in wish ? wish.problem : `no problem: ${JSON.stringify(wish)}`;
};

test('a run as it is, and one with everything', () => {
  expect(read()).toEqual({
    do: 'run',
    messages: 200,
    seed: 1,
    kills: null,
    reconciles: true,
    ownMachines: false,
    channel: 'whatsapp',
    ownWaits: false,
    report: null,
  });
  expect(
    read(
      '--messages',
      '20',
      '--seed',
      '0',
      '--kills',
      '20',
      '--no-reconcile',
      '--own-machines',
      '--own-waits',
      '--report',
      'a.md',
    ),
  ).toEqual({
    do: 'run',
    messages: 20,
    seed: 0,
    kills: 20,
    reconciles: false,
    ownMachines: true,
    channel: 'whatsapp',
    ownWaits: true,
    report: 'a.md',
  });
});

test('a plan is only shown; a nightly run draws its seed; variants are named', () => {
  expect(read('--plan', '--messages', '5')).toMatchObject({ do: 'show plan', messages: 5 });
  expect(read('--nightly')).toEqual({ do: 'nightly', seed: 77, report: null });
  expect(read('--nightly', '--seed', '5')).toMatchObject({ seed: 5 });
  expect(read('--real')).toEqual({ do: 'real', messages: 50, seed: 1 });
  expect(read('--variants')).toEqual({ do: 'variants', names: ['no-heartbeat'], channel: null });
  expect(NIGHTLY).toEqual([
    { seeds: 3, messages: 2000, ownMachines: false },
    { seeds: 8, messages: 300, ownMachines: false },
    { seeds: 2, messages: 300, ownMachines: true },
  ]);
});

test.each([
  [['--seed', 'tomorrow'], 'A seed is a whole number from 0 to 4294967295, not “tomorrow”.'],
  [['--seed', '-1'], /seed/],
  [['--seed', '1.5'], /A seed is a whole number/],
  [['--messages', '0'], 'A run has from 1 to 9000 texts: --messages is a whole number, not “0”.'],
  [['--messages', 'many'], /--messages is a whole number, not “many”/],
  [['--messages', '9001'], /from 1 to 9000 texts/],
  [['--kills', '0'], '--kills is a whole number of at least 1, not “0”.'],
  [['--kills', '21', '--messages', '20'], /Each kill needs a text to fall on: 21 kills are more than 20 texts\./],
  [['--report', 'page.html'], /name a file that ends in \.md/],
  [['--variant', 'none'], 'There is no variant “none”. There are: no-heartbeat.'],
  [['--channel', 'owl'], 'No run has the channel “owl”. There are: whatsapp, telegram.'],
  [['--what'], "Unknown option '--what'."],
  [['twenty'], /Unexpected argument 'twenty'/],
] as const)('%j is refused in a sentence', (args, said) => {
  if (typeof said === 'string') expect(problem(...args)).toBe(said);
  else expect(problem(...args)).toMatch(said);
});
