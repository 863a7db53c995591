import type { Setting } from './world.ts';
import type { Action } from './world-actions.ts';
import type { AnswerEnd } from './world-money.ts';

// Conversations that every run plays: the shortest known way to states that random ones rarely reach, and to past
// mistakes.

const MINUTE = 60_000;
const usual: Setting = { channel: 'whatsapp', gatherMs: 0, queueMode: 'collect', nudges: false, turnMs: 30 * MINUTE };
const text = (words: string): Action => ({ do: 'text', text: words });
const wait = (ms: number): Action => ({ do: 'wait', ms });
const move: Action = { do: 'move', batch: 100 };
const carrier = (mode: Extract<Action, { do: 'carrier' }>['mode']): Action => ({ do: 'carrier', mode });
const callback = (which: number): Action => ({ do: 'callback', which, how: 'deliver' });
const call = (how: Extract<Action, { do: 'call' }>['how']): Action => ({ do: 'call', which: 0, how });
const crash: Action = { do: 'crash' };
const cut: Action = { do: 'cuts', of: 1 };
/** The carrier accepts it, and no callback says so for a long time. */
const unheard: Action[] = [
  { do: 'list', lagMs: 5 * MINUTE, fails: false },
  carrier('mute'),
  text('/help'),
  wait(20_000),
];
const ending: Action[] = [text('look at it'), wait(300), { do: 'agent', step: 'ending' }, move];

const plays: Record<string, Action[]> = {
  'told in any order before the answer comes': [text('/help'), move, callback(1), callback(0), callback(0)],
  'told as read first': [text('/help'), move, callback(2)],
  'told as read when nobody knew': [text('/help'), move, crash, text('/help'), callback(2)],
  'told as delivered when nobody knew': [text('/help'), call('lose answer'), callback(1)],
  'told as sent, and the answer never comes': [text('/help'), move, callback(0), crash],
  'failed before the answer comes': [carrier('fails recipient'), text('/help'), move, callback(0)],
  'too fast before the answer comes': [carrier('fails rate'), text('/help'), move, callback(0)],
  'failed when nobody knew': [carrier('fails recipient'), text('/help'), move, crash, text('/help'), callback(0)],
  'too fast when nobody knew': [carrier('fails rate'), text('/help'), move, crash, text('/help'), callback(0)],
  'the window when nobody knew': [carrier('fails window'), text('/help'), move, crash, { do: 'alarm' }, callback(0)],
  'sent again, and the first one is heard of': [...unheard, carrier('refuses rate'), wait(45_000), callback(0)],
  'held, and the first one is heard of': [...unheard, carrier('refuses window'), wait(45_000), callback(1)],
  'given up, and heard of': [
    carrier('mute'),
    { do: 'list', lagMs: 0, fails: true },
    text('/help'),
    wait(25 * 60 * MINUTE),
    callback(0),
  ],
  'held, given up, and heard of': [
    carrier('mute'),
    { do: 'list', lagMs: 0, fails: true },
    text('/help'),
    wait(9 * 24 * 60 * MINUTE),
    callback(0),
  ],
  'never heard of': [carrier('down'), text('look at it'), wait(24 * 60 * MINUTE)],
  'refused, and sent again by an operator': [
    carrier('fails recipient'),
    text('/help'),
    wait(300),
    callback(0),
    { do: 'resend', which: 0 },
  ],
  'progress at a closed window': [carrier('refuses window'), text('look at it'), wait(24 * 60 * MINUTE)],
  'progress in a window that closed': [
    text('look at it'),
    wait(95_000),
    { do: 'windows shut' },
    wait(20 * MINUTE),
    callback(0),
    callback(0),
    callback(0),
    callback(0),
  ],
  'more is held than may be': [{ do: 'burst', of: 103 }, wait(24 * 60 * MINUTE)],
  'opted out while answers wait': [
    carrier('fails opted-out'),
    text('/help'),
    text('look at it'),
    move,
    { do: 'agent', step: 'answer longest' },
    move,
    callback(0),
  ],
  'opted out while replies are held': [
    carrier('fails opted-out'),
    text('/help'),
    move,
    move,
    carrier('refuses window'),
    text('/help'),
    wait(1100),
    callback(0),
  ],
  'opted out when an answer leaves with a notice': [
    carrier('refuses window'),
    { do: 'burst', of: 3 },
    wait(6000),
    { do: 'flow', rounds: 1 },
    carrier('refuses opted-out'),
    text('/help'),
    move,
    carrier('ok'),
  ],
  'between two attempts': [
    text('look at it'),
    wait(300),
    cut,
    wait(300),
    cut,
    text('/help'),
    move,
    move,
    text('/help'),
    call('lose'),
  ],
  '/stop between two attempts': [text('look at it'), wait(300), cut, wait(300), cut, text('/stop')],
  'given up, and answered in passing by the next turn': [
    text('look at it'),
    wait(300),
    text('and this.'),
    { do: 'cuts', of: 5 },
    wait(300),
    { do: 'agent', step: 'answer in passing' },
    move,
  ],
  'given up behind nothing, answered in passing much later': [
    text('look at it'),
    wait(300),
    { do: 'cuts', of: 5 },
    wait(MINUTE),
    text('and this.'),
    wait(300),
    { do: 'agent', step: 'answer in passing' },
    move,
  ],
  'restarted again and again': [
    text('look at it'),
    wait(300),
    ...Array.from({ length: 21 }, (): Action[] => [{ do: 'machine', mode: 'restarts' }, wait(95_000)]).flat(),
  ],
  'every attempt cut': [text('look at it'), wait(300), { do: 'cuts', of: 5 }],
  'the machine forgets twice': [
    text('look at it'),
    wait(300),
    cut,
    wait(300),
    { do: 'machine', mode: 'forgets' },
    move,
    move,
  ],
  'a question, answered while the machine is away': [
    text('look at it'),
    wait(300),
    { do: 'agent', step: 'ask' },
    move,
    move,
    move,
    { do: 'machine', mode: 'down' },
    text('Left'),
  ],
  'a question that the agent no longer asks': [
    text('look at it'),
    wait(300),
    { do: 'agent', step: 'ask' },
    ...[move, move, move],
    { do: 'agent', step: 'ask no more' },
    move,
  ],
  'away at the end': [
    ...ending,
    { do: 'machine', mode: 'down' },
    text('/help'),
    move,
    move,
    text('/help'),
    carrier('mute'),
    wait(1100),
    text('/help'),
  ],
  'stopped at the end': [...ending, text('/stop'), move, move, text('/help'), wait(1100), call('lose')],
  'refused late, after the person wrote': [
    text('/help'),
    { do: 'windows shut' },
    text('/stop and do that'),
    wait(300),
    callback(0),
  ],
};

const HOUR = 60 * MINUTE;
const atLook: Action[] = [text('look at it'), wait(300)];
const plan = (
  kind: 'agent' | 'text',
  minutes: number | null,
  more: { overlap?: 'queue'; isolated?: true } = {},
): Action => ({
  do: 'plan',
  kind,
  minutes,
  overlap: 'skip',
  isolated: false,
  ...more,
});
const agent = (step: Extract<Action, { do: 'agent' }>['step']): Action => ({ do: 'agent', step });
const flow: Action = { do: 'flow', rounds: 4 };
const sleep = (ms: number): Action => ({ do: 'sleep', ms });
/** A schedule's first run is at work. */
const atWork: Action[] = [text('/help'), plan('agent', 20), wait(6 * MINUTE), move, move];
const planned: Record<string, Action[]> = {
  'a run, delivered': [...atWork, flow],
  'a run with nothing to report': [...atWork, agent('nothing to report'), flow],
  'a run that went wrong': [...atWork, agent('answer error'), flow],
  'a run that was given up': [...atWork, agent('failed'), flow, wait(20 * MINUTE), agent('failed'), flow],
  'a run, stopped and brought back': [...atWork, text('/stop'), flow, text('/retry'), flow],
  'a run, stopped and brought back behind a text': [
    ...atWork,
    text('/stop'),
    flow,
    text('go'),
    move,
    text('/retry'),
    flow,
  ],
  'a run that waits behind the last': [
    text('/help'),
    plan('agent', 5, { overlap: 'queue' }),
    wait(20 * MINUTE),
    flow,
    flow,
  ],
  'a run behind texts': [
    text('/help'),
    plan('agent', 20),
    text('look at it'),
    wait(6 * MINUTE),
    text('and this.'),
    flow,
    flow,
  ],
  'killed when it is due': [text('/help'), plan('agent', null), plan('text', 20), sleep(5 * MINUTE), crash, flow],
  'killed in the middle of it': [...atWork, crash, { do: 'alarm' }, move, agent('answer all'), crash, flow],
  'a month of sleep': [
    text('/help'),
    plan('agent', 5),
    plan('text', 20),
    plan('agent', null),
    sleep(30 * 24 * HOUR),
    flow,
  ],
  'opted in again with START, long after the window closed': [
    carrier('fails opted-out'),
    plan('agent', 20, { overlap: 'queue' }),
    text('look at it'),
    wait(24 * HOUR),
    carrier('ok'),
  ],
  'held, and only the newest let go': [
    text('/help'),
    plan('text', 60),
    wait(23 * HOUR),
    wait(6 * HOUR),
    text('/help'),
    flow,
  ],
  'the window, when the carrier had taken it': [
    text('/help'),
    plan('text', 60),
    wait(2 * MINUTE),
    { do: 'windows shut' },
    wait(4 * MINUTE),
    ...Array.from({ length: 6 }, () => callback(0)),
  ],
  'words that cannot be delivered': [
    text('/help'),
    plan('text', 20),
    wait(4 * MINUTE),
    carrier('fails recipient'),
    wait(2 * MINUTE),
    callback(0),
    callback(0),
    wait(3 * HOUR),
    callback(0),
    callback(0),
  ],
  'words that are refused': [
    text('/help'),
    plan('text', 20),
    wait(2 * MINUTE),
    carrier('refuses recipient'),
    wait(HOUR),
  ],
  'deep work meets runs': [text('/deep'), plan('agent', 20), wait(6 * MINUTE), text('go on'), flow, wait(HOUR), flow],
  'a session of its own': [
    text('look at it'),
    flow,
    plan('agent', 20, { isolated: true }),
    wait(6 * MINUTE),
    agent('session'),
    flow,
  ],
  'paused, goes on, and is over': [
    text('/help'),
    plan('agent', 20),
    plan('text', 20),
    { do: 'alter', which: 0, to: 'paused' },
    wait(30 * MINUTE),
    { do: 'alter', which: 0, to: 'active' },
    wait(45 * MINUTE),
    { do: 'alter', which: 1, to: 'paused' },
    sleep(3 * HOUR),
    flow,
  ],
};

const queued: Setting = { ...usual, queueMode: 'queue' };
const refusedAll: Action[] = [
  { do: 'burst', of: 103 },
  { do: 'machine', mode: 'refuses' },
  { do: 'flow', rounds: 1 },
  carrier('refuses opted-out'),
  callback(2),
  { do: 'move', batch: 1 },
];

const ask = (times: number): Action => ({ do: 'ask the model', times });
const model = (end: AnswerEnd, output = 5000): Action => ({ do: 'the model', which: 0, end, output });
const onBudget: Setting = { ...usual, hasBudget: true };
/** A turn's budget has 300,000 micro-dollars, a day's 500,000, and an answer like these takes 125,000. */
const spent: Record<string, Action[]> = {
  'the last of a turn’s budget': [
    ...atLook,
    text('/budget 5 a day'),
    ...[ask(5), model('whole'), model('whole'), ask(5), model('whole'), ask(1), move, flow],
    text('/retry'),
    ...[move, ask(1), model('whole'), flow],
  ],
  'a turn that a budget ended goes on the next day': [
    ...atLook,
    text('/budget 0.20 today'),
    ...[ask(1), model('whole'), ask(1), model('whole'), ask(1), move],
    wait(25 * HOUR),
    ...[move, ask(1), model('whole'), flow],
  ],
  'a budget that is raised': [
    ...atLook,
    text('/budget 0.20 today'),
    ...[ask(2), model('whole'), model('cut'), ask(1), move],
    text('/budget 1 a day'),
    ...[move, ask(3), model('whole'), flow],
  ],
  'answers that are cut, lost, and told late and again': [
    ...atLook,
    ask(4),
    ...[model('cut', 1), model('unseen'), model('never told'), crash, model('told again'), model('told again'), flow],
    ...[model('whole'), model('told again')],
  ],
  'a run without budget': [
    ...atWork,
    text('/budget 0.20 today'),
    ...[ask(2), model('whole'), model('whole'), ask(1), flow],
    wait(HOUR),
    flow,
  ],
};

const forOthers = text('/remind in 20 minutes for +15555550199: tea');
/** The recipient’s home says no, so nothing else follows. */
const asked: Record<string, Action[]> = {
  'a schedule for somebody else': [forOthers, call('advance'), call('advance')],
  'the question about a recipient is lost': [forOthers, call('lose'), crash, wait(10_000), call('lose answer')],
  'no recipient answers': [forOthers, call('lose'), wait(MINUTE), call('lose'), wait(MINUTE), call('lose'), flow],
  'the question about a recipient is answered twice': [forOthers, call('hang'), wait(MINUTE), forOthers, flow],
};

const onTwo: Setting = { ...usual, second: 'telegram' };
const address = (is: Extract<Action, { do: 'address' }>['is']): Action => ({ do: 'address', is });
const there = (words: string): Action => ({ do: 'text', text: words, at: 1 });
const linked: Record<string, Action[]> = {
  'an address is taken away and linked again': [there('/help'), wait(1000), address('unlink'), flow, address('link')],
  'a send of unknown outcome to an address that is taken away': [
    text('/help'),
    wait(3000),
    text('/unlink telegram4815162342'),
    wait(5000),
    { do: 'carrier', mode: 'down', at: 1 },
    there('/status'),
    wait(300),
    text('yes'),
    wait(1000),
    { do: 'carrier', mode: 'ok', at: 1 },
    wait(20_000),
  ],
  'an answer was doubtful twice on one channel, and the person writes on the other': [
    text('/help'),
    wait(3000),
    { do: 'carrier', mode: 'mute', at: 1 },
    there('look at it'),
    flow,
    wait(95_000),
    text('/status'),
  ],
  'a locked address is free again': [there('/help'), wait(1000), address('recycle'), wait(1000), address('unlock')],
};

export const examples: [title: string, setting: Setting, actions: Action[]][] = [
  ...Object.entries({ ...plays, ...planned, ...asked }).map(([title, actions]): [string, Setting, Action[]] => [
    title,
    usual,
    actions,
  ]),
  ...Object.entries(spent).map(([title, actions]): [string, Setting, Action[]] => [title, onBudget, actions]),
  ...Object.entries(linked).map(([title, actions]): [string, Setting, Action[]] => [title, onTwo, actions]),
  ['more replies wait than are loaded', queued, refusedAll],
];
