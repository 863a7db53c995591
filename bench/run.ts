import { availableParallelism, loadavg } from 'node:os';
import { measureAgent } from './agent.ts';
import { costTable } from './costs.ts';
import { type Crowd, measureCrowd } from './crowd.ts';
import { measureEndToEnd } from './end-to-end.ts';
import { inKiB, inMiB, inMs, spread, table } from './figures.ts';
import { measureLatency } from './latency.ts';
import { measureReminders } from './reminders.ts';
import { measureSize } from './size.ts';

// `npm run bench`: takes the measurements one after another and prints one table. Judges nothing: a person should look
// into a figure above its target, because it depends on the computer's other work.

const row = (what: string, samples: readonly number[], target = ''): string[] => {
  const { count, p50, p90, max } = spread(samples);
  return [what, inMs(p50), inMs(p90), inMs(max), String(count), target];
};

const p99 = (samples: readonly number[]): number =>
  [...samples].sort((a, b) => a - b)[Math.ceil(samples.length * 0.99) - 1] ?? Number.NaN;

const size = await measureSize();
const busyBefore = loadavg()[0] ?? 0;
const { warm, fresh, empty } = await measureLatency();
const endToEnd = await measureEndToEnd();
const [firstTexts, laterTexts] = await measureCrowd(200, 2);
const reminders = await measureReminders();
const agent = await measureAgent();
const busyAfter = loadavg()[0] ?? 0;

const ofCrowd = (what: string, { started, answered, slowest, cpu }: Crowd): string[][] => [
  [`200 people at once, ${what}: the last turn started`, inMs(started)],
  ['  all answered', inMs(answered)],
  ['  the slowest webhook', inMs(slowest)],
  ['  the relay’s processor time for each turn', inMs(cpu), '', '', '', '10'],
];

const head = ['milliseconds', 'p50', 'p90', 'max', 'n', 'target p50'];
const space: string[] = [];
const rows = [
  row('webhook → the agent server has the turn', warm.handedOver, '30'),
  row('result → Twilio is called', warm.sent, '5'),
  row('result → Twilio is called, the end comes later', warm.sentAlone),
  row('webhook → Twilio has its 200', warm.accepted),
  row('first text: webhook → turn', fresh.handedOver),
  row('first text: result → Twilio', fresh.sent),
  row('for comparison: an empty request', empty),
  row('text → answer, real Claude Code, first text', endToEnd.cold),
  row('text → answer, real Claude Code, later texts', endToEnd.warm),
  space,
  ...(firstTexts ? ofCrowd('first texts', firstTexts) : []),
  ...(laterTexts ? ofCrowd('later texts', laterTexts) : []),
  space,
  row('attempt → result, real Claude Code, cold', agent.cold, '1500'),
  row('attempt → result, warm', agent.warm, '60'),
  row('attempt → result, after the agent server was restarted', agent.restarted),
  row('attempt → result, on a new machine, session and folder given back', agent.moved),
  row('for comparison: claude -p --continue per message', agent.plain),
  space,
  row(`${reminders.asked} reminders due in one second: late by`, reminders.late, 'p99 2000'),
  ['  p99', inMs(p99(reminders.late))],
  space,
  ['memory', 'MiB'],
  ['agent server, idle', inMiB(agent.idle)],
  ['and per warm conversation', inMiB(agent.perConversation)],
  space,
  ['deployed size', 'KiB gzip', 'KiB', '', '', 'target gzip'],
  ['the whole Worker', inKiB(size.gzip), inKiB(size.plain), '', '', '200'],
  ...size.libraries.map(({ name, gzip, plain }) => [`  ${name}`, inKiB(gzip), inKiB(plain)]),
];
const load = `${busyBefore.toFixed(1)} before, ${busyAfter.toFixed(1)} after`;
const machine = `${availableParallelism()} cores, Node ${process.versions.node}; load average ${load}`;
console.log(`${table(head, rows)}\n\n${machine}\n\n${costTable()}`);
