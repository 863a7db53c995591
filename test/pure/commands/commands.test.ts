import { describe, expect, test } from 'vitest';
import {
  HEARTBEAT_MS,
  PROGRESS_FIRST_MS,
  PROGRESS_FIRST_SMS_MS,
  PROGRESS_NEXT_MS,
  PROGRESS_VERBOSE_MS,
  QUEUE_MAX,
  TURN_MARGIN_MS,
  TURN_MS,
} from '../../../src/conversation/policy/turn.ts';
import { withAccess } from '../../../src/conversation/state/access.ts';
import { newAddress } from '../../../src/conversation/state/person.ts';
import type { State } from '../../../src/conversation/state/state.ts';
import { type Reading, readText, type Situation } from '../../../src/input/command.ts';
import { texts } from '../../../src/texts/index.ts';
import { ADDRESS, Talk } from '../conversation.ts';

// The commands of a person, and texts that arrive while a turn runs.

const SITUATION: Situation = { isRunning: true, optOutWords: false, options: [] };
const read = (text: string, situation: Partial<Situation> = {}): Reading =>
  readText(text, { ...SITUATION, ...situation });
const command = (name: string, rest = '') => ({ kind: 'command', command: { name, rest } });
const action = (what: string, text: string) => ({ kind: 'action', asked: { action: what, text } });

describe('a text is', () => {
  test.each([
    ['/stop', command('stop')],
    ['  /STOP  now please ', command('stop')],
    ['/stop!', command('stop')],
    ['/stop it', command('stop')],
    ['/stop please', command('stop')],
    ['/stop the server', command('stop', 'the server')],
    ['/stop\ndo this\ninstead', command('stop', 'do this\ninstead')],
    ['stop', command('stop')],
    ['Cancel!', command('stop')],
    ['stop it', command('stop')],
    ['stop!', command('stop')],
    ['Please stop now.', command('stop')],
    ['halt', command('stop')],
    ['hör auf', command('stop')],
    ['¡para!', command('stop')],
    ['arrête', command('stop')],
    ['pare com isso', command('stop')],
    ['fermati', command('stop')],
    ['wait stop stop', command('stop')],
    ['no no stop that', command('stop')],
    ['no para', { kind: 'text' }],
    ['don’t stop', { kind: 'text' }],
    ['stop?', { kind: 'text' }],
    ['stop the server', { kind: 'text' }],
    ['/stopp', { kind: 'typo', meant: 'stop' }],
    ['/sotp', { kind: 'typo', meant: 'stop' }],
    ['/hlep me', { kind: 'typo', meant: 'help' }],
    ['/moer', { kind: 'typo', meant: 'more' }],
    ['/model opus', command('model', 'opus')],
    ['/clear', command('new')],
    ['/projects', command('project')],
    ['/Clear now', command('new', 'now')],
    ['/clearx', { kind: 'typo', meant: 'clear' }],
    ['/porject new shop', { kind: 'typo', meant: 'project' }],
    ['/contxt', { kind: 'typo', meant: 'context' }],
    ['/deploy', action('command', '/deploy')],
    [' /deploy  to\nstaging ', action('command', '/deploy  to\nstaging')],
    ['/shop:restock all', action('command', '/shop:restock all')],
    ['/review', action('command', '/review')],
    ['/compact', action('command', '/compact')],
    ['/compact keep the names', action('command', '/compact keep the names')],
    ['/context', action('command', '/context')],
    ['/mcp', action('mcp', '.')],
    ['/memory', action('memory', '.')],
    ['/MEMORY  I drink tea', action('memory', 'I drink tea')],
    ['/usr/bin/env is missing', { kind: 'text' }],
    ['please /stop', { kind: 'text' }],
    ['/', { kind: 'text' }],
  ])('%j → %j', (text, reading) => {
    expect(read(text)).toEqual(reading);
  });

  test('a bare word only while something runs, and never on SMS, where it is the carrier’s', () => {
    expect(read('stop', { isRunning: false })).toEqual({ kind: 'text' });
    expect(read('stop', { optOutWords: true })).toEqual({ kind: 'text' });
    expect(read('/stop', { optOutWords: true })).toEqual(command('stop'));
    // A word that the carrier doesn't handle is handled by us.
    for (const said of ['stop please', 'stop it', 'stop!', 'halt', 'stopp bitte']) {
      expect([said, read(said, { optOutWords: true })]).toEqual([said, command('stop')]);
    }
  });

  test('the answer to an open question before it is anything else', () => {
    expect(read(' STOP ', { options: ['Go on', 'Stop'] })).toEqual({ kind: 'option', option: 'Stop' });
    expect(read('/stop', { options: ['Go on', 'Stop'] })).toEqual(command('stop'));
  });
});

const states = (talk: Talk): string[] => talk.state.messages.map(({ text, state }) => `${text}: ${state}`);
const timers = (state: State): string[] => state.timers.map((t) => t.kind);

describe('/stop', () => {
  test('drops what waits, then stops the machine until it has said so; /retry brings all of it back', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.text('two');
    talk.text('/stop');
    expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
    expect(talk.bodies).toEqual([texts.stopped(['one', 'two'])]);
    expect(states(talk)).toEqual(['one: active', 'two: failed', '/stop: consumed']);
    talk.fire('stop');
    expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
    talk.machine({ type: 'ending' });
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    expect(states(talk)).toEqual(['one: failed', 'two: failed', '/stop: consumed']);
    expect(timers(talk.state)).toEqual([]);
    talk.text('/retry');
    expect(states(talk).slice(0, 2)).toEqual(['one: active', 'two: active']);
    // Asked with a new uuid: under the old one the agent would take it for the text at which it was interrupted.
    expect(talk.state.messages.slice(0, 2).map((m) => [m.uuid === one.uuid, m.tried])).toEqual(
      Array(2).fill([false, false]),
    );
    expect(talk.bodies.at(-1)).toBe(texts.retrying(2));
  });

  test('/retry of more than fit at once says that the others are left', () => {
    const talk = new Talk();
    talk.text('first');
    talk.taken();
    for (let n = 1; n < QUEUE_MAX; n++) talk.text(`${n}`);
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(
      `Trying again with your newest ${QUEUE_MAX} messages. Text /retry again for the others.`,
    );
  });

  test('an answer that was there before the machine heard of it is not said after “I dropped”; /retry asks for it anew', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.text('/stop');
    talk.answer('done already', one);
    expect(talk.bodies).toEqual([texts.stopped(['one'])]);
    expect(states(talk)).toEqual(['one: failed', '/stop: consumed']);
    talk.text('/retry');
    const again = talk.state.messages[0];
    expect([again?.state, again?.uuid === one.uuid]).toEqual(['active', false]);
    talk.taken();
    talk.answer('done', again as typeof one);
    expect(talk.bodies.slice(1)).toEqual([texts.retrying(1), 'done']);
  });

  test('delivers what the turn had so far', () => {
    const talk = new Talk();
    talk.text('two');
    talk.taken();
    talk.machine({ type: 'progress', text: 'half of it' });
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    expect(talk.bodies.at(-1)).toBe(`${texts.soFar}\nhalf of it`);
  });

  test('before the machine has accepted the attempt is sent to it anyway, and again afterwards', () => {
    const talk = new Talk();
    talk.text('one');
    talk.text('/stop');
    expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
    talk.taken();
    expect(talk.effects).toEqual([{ do: 'interrupt', attempt: talk.ref }]);
  });

  test('while the burst gathers, or between attempts, needs no machine', () => {
    const gathering = new Talk(1000);
    gathering.text('one');
    gathering.text('/stop');
    expect(states(gathering)).toEqual(['one: failed', '/stop: consumed']);
    expect(timers(gathering.state)).toEqual([]);
    const between = new Talk();
    between.text('one');
    for (const _ of [1, 2]) {
      between.taken();
      between.machine({ type: 'ended', outcome: 'interrupted', reason: 'killed' });
    }
    expect(timers(between.state)).toEqual(['attempt']);
    between.text('stop');
    expect(states(between)).toEqual(['one: failed', 'stop: consumed']);
    expect(timers(between.state)).toEqual([]);
    expect(between.state.turns.every((t) => t.state === 'done')).toBe(true);
  });

  test('with a text does that instead', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.text('/stop look at the tests');
    expect(states(talk)).toEqual(['one: active', 'look at the tests: waiting']);
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    expect(states(talk)).toEqual(['one: failed', 'look at the tests: active']);
  });

  test('of long ago is not brought back by a later /retry', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    talk.now += 60_000;
    talk.text('two');
    talk.taken();
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    talk.text('/retry');
    expect(states(talk).filter((s) => !s.startsWith('/'))).toEqual(['one: failed', 'two: active']);
  });

  test('of long ago does not come back with a later failure, only when it is what went wrong last', () => {
    const talk = new Talk();
    talk.text('delete everything');
    talk.taken();
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    talk.text('write a poem');
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'the key was refused' });
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(texts.retrying(1));
    expect(states(talk).filter((s) => s.endsWith('active'))).toEqual(['write a poem: active']);
  });

  test('that the machine has not confirmed: /retry says so and loses nothing', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.text('/stop');
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(texts.stillStopping);
    talk.machine({ type: 'ended', outcome: 'stopped', reason: 'on request' });
    talk.text('/retry');
    expect(states(talk)[0]).toBe('one: active');
  });

  test('while the machine is away: the next text gets a message about that', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'cut' });
    talk.text('/stop');
    talk.text('two');
    talk.fire('waiting');
    expect(talk.bodies.at(-1)).toBe(texts.unreachable);
  });

  test('with nothing to stop says so', () => {
    const talk = new Talk();
    talk.text('/stop');
    expect(talk.bodies).toEqual([texts.nothingToStop]);
    talk.text('/stop please');
    expect(talk.bodies.at(-1)).toBe(texts.nothingToStop);
    expect(talk.state.turns).toEqual([]);
  });

  test('with nothing to stop says what becomes of the words after it', () => {
    const talk = new Talk();
    talk.text('/stop and list the files');
    expect(talk.bodies).toEqual([texts.nothingToStopBefore('and list the files')]);
    expect(talk.state.messages.map(({ text, state }) => [text, state])).toEqual([['and list the files', 'active']]);
  });
});

describe('a text that comes while a turn runs', () => {
  test('waits, and the person is told once, when the burst is complete', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.text('two');
    talk.text('three');
    expect(talk.bodies).toEqual([]);
    talk.fire('waiting');
    expect(talk.bodies).toEqual([texts.waiting(2)]);
    talk.text('four');
    expect(timers(talk.state)).toEqual([]);
    talk.answer('done', one);
    expect(states(talk)).toEqual(['one: consumed', 'two: active', 'three: active', 'four: active']);
  });

  test('is not mentioned when the turn is over by then', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.text('two');
    talk.answer('done', one);
    expect(timers(talk.state)).toEqual([]);
    expect(talk.bodies).toEqual(['done']);
  });

  test('with /queue queue is a turn of its own, oldest first', () => {
    const talk = new Talk(1000);
    talk.text('/queue queue');
    expect(talk.bodies).toEqual([texts.queueMode('queue')]);
    const one = talk.text('one');
    const two = talk.text('two');
    talk.text('three');
    talk.taken();
    talk.answer('one done', one);
    expect(states(talk).slice(1)).toEqual(['one: consumed', 'two: active', 'three: waiting']);
    talk.taken();
    talk.answer('two done', two);
    expect(states(talk).at(-1)).toBe('three: active');
  });

  test('with /queue steer is given to the turn, again until the machine has answered', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    const one = talk.text('one');
    const two = talk.text('two');
    expect(talk.effects.filter(({ do: what }) => what === 'steer')).toEqual([]);
    talk.taken();
    const given = { do: 'steer', attempt: talk.ref, uuid: two.uuid, text: 'two' };
    expect(talk.effects).toEqual([given]);
    talk.fire('steer');
    expect(talk.effects).toEqual([given]);
    talk.on({ type: 'steered', attempt: talk.ref, uuid: two.uuid });
    expect(timers(talk.state)).toEqual([]);
    talk.answer('both', one, two);
    expect(states(talk)).toEqual(['one: consumed', 'two: consumed']);
  });

  test('with /queue steer goes one after the other, in their order, whatever is lost on the way', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('one');
    talk.taken();
    const [two, three] = [talk.text('two'), talk.text('three')];
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    talk.fire('steer');
    expect(talk.effects).toMatchObject([{ do: 'steer', uuid: two?.uuid }]);
    talk.on({ type: 'steered', attempt: talk.ref, uuid: two?.uuid ?? '' });
    expect(talk.effects).toMatchObject([{ do: 'steer', uuid: three?.uuid }]);
  });

  test('with /queue steer waits behind one that came too late, and behind one that waits already', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('one');
    talk.taken();
    const two = talk.text('two');
    talk.text('three');
    talk.on({ type: 'steer-refused', attempt: talk.ref, uuid: two.uuid });
    expect(states(talk)).toEqual(['one: active', 'two: waiting', 'three: waiting']);
    expect(timers(talk.state).filter((kind) => kind === 'steer')).toEqual([]);
    talk.text('four');
    expect(states(talk).at(-1)).toBe('four: waiting');
  });

  test('with /queue steer is bounded like the queue: no more than an attempt may carry', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('one');
    talk.taken();
    for (let n = 0; n < QUEUE_MAX; n++) talk.text(`more ${n}`);
    expect(talk.state.messages.filter((m) => m.state === 'active')).toHaveLength(QUEUE_MAX);
    expect(talk.state.messages.filter((m) => m.state === 'waiting')).toHaveLength(1);
  });

  test('that came too late to be folded in is for the next turn, told or not', () => {
    for (const told of [true, false]) {
      const talk = new Talk(0, { queueMode: 'steer' });
      const one = talk.text('one');
      talk.taken();
      const two = talk.text('two');
      if (told) talk.on({ type: 'steer-refused', attempt: talk.ref, uuid: two.uuid });
      talk.answer('one done', one);
      expect(states(talk)).toEqual(['one: consumed', 'two: active']);
      expect(talk.attempt.n).toBe(1);
      expect(timers(talk.state)).toEqual([]);
    }
  });

  test('and is one too many is put aside, which is said once per turn for those that follow as well; /retry brings all of them', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    const more = Array.from({ length: QUEUE_MAX + 3 }, (_, n) => talk.text(`more ${n}`));
    expect(talk.bodies).toEqual([texts.queueFull(QUEUE_MAX)]);
    expect(talk.state.messages.filter((m) => m.state === 'waiting')).toHaveLength(QUEUE_MAX);
    talk.answer('done', one);
    talk.taken();
    talk.answer('all done', ...more.slice(0, QUEUE_MAX));
    talk.text('/retry');
    expect(talk.bodies.at(-1)).toBe(texts.retrying(3));
    expect(talk.state.messages.filter((m) => m.state === 'active').map((m) => m.text)).toEqual(
      more.slice(-3).map((m) => m.text),
    );
  });

  test('/me shows the role, all addresses that lead here, the limits, and who can read it', () => {
    const limits = { turn: null, day: 25_000_000, month: null };
    const talk = new Talk(0, { limits });
    const locked = { ...newAddress(ADDRESS, 'text', 0), externalId: 'whatsapp:US.1', lockedBy: 'whatsapp:US.2' };
    talk.text('/me');
    expect(talk.bodies.at(-1)).toContain('*Your address:*\n• WhatsApp: +15555550123\n\n');
    talk.state = {
      ...talk.state,
      conversation: { ...talk.state.conversation, answerTo: '+15555550123' },
      addresses: [locked, newAddress('whatsapp:US.1', 'text', 0), newAddress('+15555550123', 'operator', 1)],
    };
    talk.state = withAccess(talk.state, { name: 'Mia' });
    talk.text('/me', 0, {});
    expect(talk.bodies.at(-1)?.split('\n')).toEqual([
      expect.stringMatching(/^You’re (the owner|an admin|a member) here\. I know you as Mia\.$/),
      '',
      '*Your addresses, all one conversation:*',
      '• WhatsApp: +15555550123 (locked: nothing is sent there)',
      '• WhatsApp: your account, without its number',
      '• SMS: +15555550123',
      '',
      '*Your limits:*',
      '• $0.00 of $25.00 today',
      '',
      expect.stringMatching(/^\*Who can read this:\* the people who use this computer/),
    ]);
  });

  test('/status says what runs and what waits', () => {
    const talk = new Talk();
    talk.text('/status');
    expect(talk.bodies.at(-1)).toBe(
      'I’m not working on anything.\nProject: main (a new conversation)\nCost today: $0.00',
    );
    talk.text('one');
    talk.taken();
    talk.text('two');
    talk.now += 3 * 60_000;
    talk.text('/status');
    expect(talk.bodies.at(-1)).toBe(
      [
        'I’ve been working on your last message for 3 minutes.',
        '1 message waiting.',
        'Project: main (a new conversation)',
        'Machine: running.',
        'Cost today: $0.00',
      ].join('\n'),
    );
  });
});

describe('work that takes long', () => {
  const beats = (talk: Talk, ms: number): void => {
    for (const until = talk.now + ms; talk.now < until; ) {
      talk.now += HEARTBEAT_MS;
      talk.on({ type: 'heartbeat' });
    }
  };

  test('gets it sooner on SMS, which shows no typing', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    const conversation = { ...talk.state.conversation, address: '+15555550123' };
    talk.state = { ...talk.state, conversation };
    beats(talk, PROGRESS_FIRST_SMS_MS - HEARTBEAT_MS);
    expect(talk.bodies).toEqual([]);
    beats(talk, HEARTBEAT_MS);
    expect(talk.bodies).toEqual([texts.progress(1, null)]);
  });

  test('gets one sentence after a while, then rarely, and none once it is answered', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.machine({ type: 'progress', text: 'Running the\ntests now.' });
    beats(talk, PROGRESS_FIRST_MS - HEARTBEAT_MS);
    expect(talk.bodies).toEqual([]);
    beats(talk, HEARTBEAT_MS);
    expect(talk.bodies).toEqual([texts.progress(3, 'Running the tests now.')]);
    beats(talk, PROGRESS_NEXT_MS - HEARTBEAT_MS);
    expect(talk.bodies).toHaveLength(1);
    beats(talk, HEARTBEAT_MS);
    expect(talk.bodies).toHaveLength(2);
    talk.answer('done', one);
    expect(talk.state.replies.map((r) => `${r.kind} ${r.state}`)).toEqual([
      'progress dropped',
      'progress dropped',
      'answer ready',
    ]);
  });

  test('with /verbose shows each text between tool calls, some seconds apart', () => {
    const talk = new Talk();
    talk.text('/verbose on');
    talk.text('one');
    talk.taken();
    talk.machine({ type: 'progress', text: 'first' });
    talk.machine({ type: 'progress', text: 'second' });
    talk.machine({ type: 'progress', text: 'third' });
    expect(talk.bodies.slice(1)).toEqual(['first']);
    beats(talk, PROGRESS_VERBOSE_MS);
    expect(talk.bodies.slice(1)).toEqual(['first', 'third']);
    talk.text('/verbose off');
    talk.machine({ type: 'progress', text: 'fourth' });
    expect(talk.bodies.slice(3)).toEqual([texts.verbose(false)]);
  });

  test('that is given up delivers what it has before it says so', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    talk.machine({ type: 'progress', text: 'half of it' });
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'the key was refused' });
    expect(talk.bodies).toEqual([`${texts.soFar}\nhalf of it`, texts.givenUp('agent', [])]);
  });

  test('beyond its bound is interrupted on the machine, too', () => {
    const talk = new Talk();
    talk.text('one');
    talk.taken();
    const { ref } = talk;
    talk.now += TURN_MS + TURN_MARGIN_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.effects).toContainEqual({ do: 'interrupt', attempt: ref });
    expect(talk.bodies.at(-1)).toBe(texts.givenUp('overdue', []));
  });
});

describe('an answer of many parts', () => {
  const long = Array.from({ length: 11 }, (_, n) => `part ${n}`).join('\n\n');

  test('is its opening and the address of all of it; /more sends the rest, four at a time', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.answer(long, one);
    const page = talk.state.pages[0];
    expect(talk.bodies).toEqual([`part 0\n\n${texts.readOn(`https://relay.example.com/read/${page?.id}`, 10)}`]);
    expect(page).toMatchObject({ markdown: long, nextPart: 1 });
    talk.text('/more');
    expect(talk.bodies.slice(1)).toEqual(['part 1', 'part 2', 'part 3', `part 4\n\n${texts.moreLeft(6)}`]);
    talk.text('/more');
    talk.text('/more');
    expect(talk.bodies.slice(-2)).toEqual(['part 9', 'part 10']);
    talk.text('/more');
    expect(talk.bodies.at(-1)).toBe(texts.nothingMore);
  });

  test('with a summary is that and the address of all of it, which /more sends from its beginning', () => {
    const talk = new Talk();
    const one = talk.text('/context');
    talk.taken();
    const uuids = [one.uuid];
    const summary = '1% full.';
    talk.machine({ type: 'result', text: 'a\n\nb', summary, is_error: false, user_message_uuids: uuids, cost_usd: 0 });
    talk.machine({ type: 'ending' });
    talk.machine({ type: 'ended', outcome: 'done', reason: 'every message answered' });
    const url = `https://relay.example.com/read/${talk.state.pages[0]?.id}`;
    expect(talk.bodies).toEqual([`1% full.\n\n${texts.allOfIt(url)}`]);
    talk.text('/more');
    expect(talk.bodies.slice(1)).toEqual(['a', 'b']);
  });

  test('that fits is sent whole', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    talk.answer('a\n\nb\n\nc\n\nd', one);
    expect(talk.bodies).toEqual(['a', 'b', 'c', 'd']);
    expect(talk.state.pages).toEqual([]);
  });
});

describe('a setting’s command alone', () => {
  const models = { allowed: ['opus-5', 'sonnet-5'], fallback: 'haiku-5' };
  const alone = (command: string, change: Partial<State['conversation']> = {}): string => {
    const talk = new Talk(0, { models, defaultZone: 'Europe/Berlin' });
    const conversation = { ...talk.state.conversation, welcomed: true, ...change };
    talk.state = { ...talk.state, conversation };
    talk.text(command);
    const { nextReplySeq, sender, lastInboundId, access } = talk.state.conversation;
    expect(talk.state.conversation).toEqual({ ...conversation, nextReplySeq, sender, lastInboundId, access });
    expect(talk.bodies).toHaveLength(1);
    return talk.bodies[0] ?? '';
  };

  test.each([
    ['/verbose', {}, /^Verbose is off\b.*\/verbose on\b/],
    ['/verbose', { verbose: true }, /^Verbose is on\b.*\/verbose off\b/],
    ['/queue', {}, /\(\/queue collect\).*\/queue steer and \/queue queue/s],
    ['/queue', { queueMode: 'queue' as const }, /\(\/queue queue\).*\/queue collect and \/queue steer/s],
    ['/quiet', {}, /^You have no quiet hours\b/],
    ['/quiet', { quiet: { from: 1320, to: 420 } }, /^Your quiet hours are 10 pm–7 am \(Berlin\)\./],
    ['/timezone', {}, /^Your time zone is Berlin/],
    ['/model', {}, /^main uses haiku-5 \(the default\)/],
    ['/assistant', { assistant: { name: 'Robin', tone: null } }, /^I’m called Robin\b/],
  ])('%s says what is set and changes nothing', (command, change, words) => {
    expect(alone(command, change)).toMatch(words);
  });

  test('is another sentence than the one that sets it', () => {
    for (const command of ['/verbose off', '/queue collect', '/quiet 22-7']) {
      const talk = new Talk(0, { defaultZone: 'Europe/Berlin' });
      talk.text(command);
      talk.text(command.split(' ')[0] ?? '');
      expect(talk.bodies[1], command).not.toBe(talk.bodies[0]);
    }
  });
});
