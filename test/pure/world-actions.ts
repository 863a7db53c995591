import fc from 'fast-check';
import type { OperatorAct } from '../../src/conversation/state/operating.ts';
import type { Message } from '../../src/conversation/state/rows.ts';
import type { Rule } from '../../src/recurrence/rule.ts';
import { PLACE_NAMES } from './channels.ts';
import { type Setting, World } from './world.ts';
import { CARRIER_MODES, type CarrierMode } from './world-carrier.ts';
import { AGENT_STEPS, type AgentStep } from './world-machine.ts';
import { ANSWER_ENDS, type AnswerEnd } from './world-money.ts';
import { PROVIDER_MODES, type ProviderMode } from './world-provider.ts';

// The actions in the world, how often each is drawn, and a conversation from its first action to its rest.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

export type Action =
  | { do: 'text'; text: string; attachments?: number; at?: number; sender?: number; lose?: boolean }
  | { do: 'tap'; which: number; option: number; at?: number }
  | { do: 'burst'; of: number }
  /** The further address: no longer linked, linked again, locked, free again. */
  | { do: 'address'; is: (typeof TURNS)[number] }
  | { do: 'land'; fromList: boolean }
  | { do: 'webhook again'; which: number }
  | { do: 'agent'; step: AgentStep }
  | { do: 'cuts'; of: number }
  | { do: 'ask the model'; times: number }
  | { do: 'the model'; which: number; end: AnswerEnd; output: number }
  | { do: 'machine'; mode: 'up' | 'down' | 'refuses' | 'restarts' | 'forgets' }
  | { do: 'provider'; mode: ProviderMode }
  | { do: 'take the machine'; how: 'gone' | 'asleep' }
  | { do: 'upgrade'; first: boolean }
  | { do: 'release' }
  | { do: 'cut the stream' }
  | { do: 'call'; which: number; how: 'advance' | 'lose' | 'lose answer' | 'hang' }
  | { do: 'late request' }
  | { do: 'move'; batch: number }
  | { do: 'carrier'; mode: CarrierMode; at?: number }
  | { do: 'list'; lagMs: number; fails: boolean; at?: number }
  | { do: 'windows shut'; at?: number }
  | { do: 'callback'; which: number; how: 'deliver' | 'copy' | 'drop' }
  | { do: 'operator'; isAway: boolean }
  | { do: 'resend'; which: number }
  /** An operator presses a button on their page. */
  | { do: 'press'; act: (typeof BUTTONS)[number] }
  | { do: 'notify'; id: number }
  /** An admin locks the conversation, and unlocks it after a while without texts. */
  | { do: 'lock'; ms: number }
  | { do: 'wait'; ms: number }
  | { do: 'flow'; rounds: number }
  | { do: 'plan'; kind: 'agent' | 'text'; minutes: number | null; overlap: 'skip' | 'queue'; isolated: boolean }
  | { do: 'alter'; which: number; to: 'paused' | 'active' | 'over' }
  | { do: 'sleep'; ms: number }
  | { do: 'timer'; which: number }
  | { do: 'alarm' }
  | { do: 'crash' };

const TURNS = ['unlink', 'link', 'recycle', 'unlock'] as const;

const BUTTONS = [
  'stop',
  'retry',
  'reset-session',
  'pause-schedule',
  'resume-schedule',
  'wake-machine',
  'restart-machine',
] as const satisfies OperatorAct['do'][];

const WORDS = [
  'look at it',
  'and this.',
  // With a key, which is removed.
  `${'x'.repeat(200)} gh${'p'}_${'aB3'.repeat(12)}`,
  '',
  '/stop',
  '/stop and do that',
  'stop',
  'cancel.',
  '/retry',
  '/more',
  '/queue collect',
  '/queue steer',
  '/queue queue',
  '/queue what',
  '/verbose on',
  '/verbose off',
  '/verbose maybe',
  '/status',
  '/help',
  '/hlep',
  '/compact',
  '/deep',
  '/deep build it',
  '/end',
  'done.',
  '/btw what now?',
  '2',
  'yes',
  'always',
  '/approve',
  '/deny 1 not now',
  '/budget 0.20 today',
  '/budget 1 a day',
  '/budget off a turn',
  '/cost',
  '/approvals',
  '/approvals revoke 1',
  'sure, go ahead',
  'yes, but only the half',
  'hmm',
  'what is that?',
  'please do something else with it',
  'START',
  'HELP',
  '/reach telegram',
  '/reach whatsapp',
  '/reach auto',
];

/** Actions with which a person changes projects and sessions, and the machine's own requests. */
const MOVES = [
  '/new',
  '/project',
  '/project new shop',
  '/project main',
  '/project 2',
  '/project archive shop',
  '/project restore shop',
  '/project rename yard',
  '/sessions',
  '/sessions 2',
  '/undo',
  '/model default',
  '/assistant name Robin',
  '/memory I drink tea',
  '/deploy it',
];

type Acts = { [Do in Action['do']]: (world: World, action: Extract<Action, { do: Do }>) => void };
export const ACTS: Acts = {
  text: (world, { text, ...more }) => world.person.text(text, more),
  tap: (world, { which, option, at = 0 }) => world.person.tap(which, option, at),
  address: ({ person }, { is }) => person[is](),
  burst: (world, { of }) => {
    for (let n = 0; n < of; n++) world.person.text(`more ${n}`);
  },
  land: (world, { fromList }) => world.person.land(fromList),
  'webhook again': (world, { which }) => world.person.repeatWebhook(which),
  agent: (world, { step }) => world.machine.step(step),
  // The agent is cut repeatedly; each new attempt waits first.
  cuts: (world, { of }) => {
    for (let n = 0; n < of; n++) {
      world.settle();
      world.machine.step('cut');
      world.settle();
      if (n < of - 1) world.wait(45 * SECOND);
    }
  },
  'ask the model': (world, { times }) => {
    for (let n = 0; n < times; n++) world.askModel();
  },
  'the model': (world, { which, end, output }) => world.answerOfModel(which, end, output),
  machine: (world, { mode }) => {
    if (mode === 'restarts') world.making.restart();
    else if (mode === 'forgets') world.making.lose();
    else world.making.set(mode);
  },
  provider: ({ provider }, { mode }) => void Object.assign(provider, { mode }),
  'take the machine': (world, { how }) => world.making.take(how),
  upgrade: (world, { first }) => world.making.upgrade(first),
  release: (world) => world.making.release(),
  'cut the stream': (world) => world.attach.cut(),
  call: (world, { which, how }) => world.network.disturb(which, how),
  'late request': (world) => world.network.haunt(),
  move: (world, { batch }) => void world.move(batch),
  carrier: ({ carriers }, { mode, at = 0 }) => void Object.assign(carriers.at(at), { mode }),
  list: ({ carriers }, { lagMs, fails, at = 0 }) =>
    void Object.assign(carriers.at(at), { listLagMs: lagMs, listFails: fails }),
  'windows shut': ({ carriers }, { at = 0 }) => carriers.at(at).shutWindows(),
  callback: (world, { which, how }) => world.sending.callback(which, how),
  operator: ({ operator }, { isAway }) => void Object.assign(operator, { isAway }),
  resend: (world, { which }) => world.operator.resend(which),
  press: (world, { act }) => world.operator.press(act),
  notify: (world, { id }) =>
    void world.apply({ type: 'notify', id: `01NOTICE${id}`, kind: 'alert', text: `alert ${id}` }),
  lock: (world, { ms }) => {
    world.apply({ type: 'access', change: { to: 'lock' } });
    world.wait(ms);
    world.apply({ type: 'access', change: { to: 'unlock' } });
  },
  wait: (world, { ms }) => world.wait(ms),
  flow: (world, { rounds }) => {
    for (let n = 0; n < rounds; n++) {
      world.settle();
      world.machine.work();
      world.sending.callback(0, 'deliver');
      world.wait(300);
    }
  },
  plan: (world, { minutes, ...of }) => {
    const at = world.now + 5 * MINUTE;
    const rule: Rule =
      minutes === null ? { kind: 'once', at } : { kind: 'interval', every: minutes, unit: 'minutes', anchor: at };
    world.schedules.plan({ ...of, rule });
  },
  alter: (world, { which, to }) => world.schedules.alter(which, to),
  sleep: (world, { ms }) => world.sleep(ms),
  timer: (world, { which }) => world.fireAny(which),
  alarm: (world) => world.alarm(),
  crash: (world) => world.crash(),
};

function act<Do extends Action['do']>(world: World, action: Extract<Action, { do: Do }>): void {
  (ACTS[action.do as Do] as (world: World, action: Extract<Action, { do: Do }>) => void)(world, action);
}

const which = fc.nat(30);
/** On which of the person's channels. */
const at = fc.constantFrom(0, 0, 1);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('text' as const), text: fc.constant('look at it'), at }),
  },
  {
    weight: 10,
    arbitrary: fc.record(
      {
        do: fc.constant('text' as const),
        text: fc.constantFrom(...WORDS),
        attachments: fc.constantFrom(0, 0, 0, 1),
        at,
        sender: fc.constantFrom(0, 0, 0, 1),
        lose: fc.constantFrom(false, false, true),
      },
      { requiredKeys: ['do', 'text'] },
    ),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('text' as const), text: fc.constantFrom(...MOVES) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('tap' as const), which: fc.nat(3), option: fc.nat(2), at }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('burst' as const), of: fc.constantFrom(3, 12, 103) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('land' as const), fromList: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('webhook again' as const), which }) },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('agent' as const), step: fc.constantFrom(...AGENT_STEPS) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('ask the model' as const), times: fc.constantFrom(1, 2, 5) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('the model' as const),
      which: fc.nat(5),
      end: fc.constantFrom('whole', 'whole', ...ANSWER_ENDS),
      output: fc.constantFrom(1, 5000, 9000),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cuts' as const), of: fc.integer({ min: 1, max: 5 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('machine' as const),
      mode: fc.constantFrom('up', 'up', 'down', 'refuses', 'restarts', 'forgets'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut the stream' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('provider' as const), mode: fc.constantFrom('ok', ...PROVIDER_MODES) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('take the machine' as const), how: fc.constantFrom('gone', 'asleep') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('upgrade' as const), first: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('call' as const),
      which: fc.nat(3),
      how: fc.constantFrom('advance', 'lose', 'lose answer', 'hang'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('late request' as const) }) },
  { weight: 14, arbitrary: fc.record({ do: fc.constant('move' as const), batch: fc.constantFrom(1, 2, 100) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('carrier' as const),
      mode: fc.constantFrom('ok', 'ok', ...CARRIER_MODES),
      at,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('list' as const),
      lagMs: fc.constantFrom(0, 5 * SECOND, 5 * MINUTE),
      fails: fc.boolean(),
      at,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('windows shut' as const), at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('address' as const), is: fc.constantFrom(...TURNS) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('callback' as const),
      which: fc.nat(8),
      how: fc.constantFrom('deliver', 'deliver', 'deliver', 'copy', 'drop'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('operator' as const), isAway: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('resend' as const), which: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('press' as const), act: fc.constantFrom(...BUTTONS) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('notify' as const), id: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lock' as const), ms: fc.constantFrom(300, 6 * SECOND, HOUR) }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(300, 1100, 3 * SECOND, 6 * SECOND, 20 * SECOND, 95 * SECOND, 7 * MINUTE),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      ms: fc.constantFrom(70 * MINUTE, 24 * HOUR, 24 * HOUR, 8 * 24 * HOUR),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('plan' as const),
      kind: fc.constantFrom('agent', 'agent', 'text'),
      minutes: fc.constantFrom(20, 60, 60, null),
      overlap: fc.constantFrom('skip', 'queue'),
      isolated: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('alter' as const),
      which: fc.nat(3),
      to: fc.constantFrom('paused', 'active', 'over'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('sleep' as const),
      ms: fc.constantFrom(5 * MINUTE, 21 * MINUTE, 3 * HOUR, 30 * 24 * HOUR),
    }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('flow' as const), rounds: fc.constantFrom(1, 3, 6) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('timer' as const), which: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('alarm' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);
const setting: fc.Arbitrary<Setting> = fc.record({
  channel: fc.constantFrom('whatsapp', ...PLACE_NAMES),
  second: fc.constantFrom(null, ...PLACE_NAMES),
  gatherMs: fc.constantFrom(0, 1000),
  queueMode: fc.constantFrom('collect', 'steer', 'queue'),
  nudges: fc.boolean(),
  turnMs: fc.constantFrom(30 * MINUTE, MINUTE),
  makesMachines: fc.constantFrom(false, false, true),
  hasBudget: fc.constantFrom(false, true),
});

export const conversation = fc.tuple(setting, fc.array(action, { minLength: 1, maxLength: 80, size: 'max' }));

/** Plays a conversation to its end; throws when a rule is broken. */
export function play(chosen: Setting, actions: readonly Action[]): void {
  const world = new World(chosen);
  for (const each of actions) act(world, each);
  const rest = (): void => {
    world.heal();
    world.rules.atRest();
  };
  rest();
  // Everything that waited for the person leaves when the person writes.
  world.person.text('START');
  world.person.text('/status');
  rest();
  if (world.rows.all.replies.some((r) => r.state === 'held'))
    world.rules.broken('a reply is held after the person wrote');
  // Failed and stopped texts come back on /retry, and are then answered.
  const failed = (): Message[] => world.rows.all.messages.filter((m) => m.state === 'failed');
  const retries = new Set(failed().map((m) => m.stoppedAt)).size + Math.ceil(failed().length / 100);
  for (let n = 0; failed().length > 0; n++) {
    if (n > retries) world.rules.broken(`${failed().length} messages did not come back by /retry`);
    world.person.text('/retry');
    rest();
  }
}

export function show(chosen: Setting, actions: readonly Action[]): string {
  return [JSON.stringify(chosen), ...actions.map((each) => `  ${JSON.stringify(each)}`)].join('\n');
}
