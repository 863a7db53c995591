import { describe, expect, test } from 'vitest';
import { texts } from '../../src/texts/index.ts';
import { GUARANTEES } from './guarantees.ts';
import { answerTo, aside, commandAbout, filesOf } from './said.ts';
import { type Evidence, type Fault, judge, type Shown, type Wants, type Written } from './verdict.ts';

// The judge of a run, with made-up phones: it finds everything it should, and nothing else. A phone's story is told
// line by line: what the person writes, and what the phone shows.

const A = 'whatsapp:+15555550111';
const B = 'whatsapp:+15555550112';
const RING_AT = 20_000;

type Line = { writes?: Partial<Written> & { id: string }; shows?: Partial<Shown> & { body: string } };
const writes = (id: string, more: Partial<Written> = {}): Line => ({ writes: { id, ...more } });
const wants = (id: string, wanted: Wants): Line => writes(id, { wants: wanted });
const shows = (body: string, more: Partial<Shown> = {}): Line => ({ shows: { body, ...more } });
const does = (what: Written['what'], id = `c${what}`): Line => writes(id, { what });
const fragile = (id: string): Line => writes(id, { mayBeGivenUp: true });

/** Two lines are a second apart. */
function evidence(stories: { [phone: string]: readonly Line[] }, more: Partial<Evidence> = {}): Evidence {
  const written: Written[] = [];
  const shown: Shown[] = [];
  for (const [phone, lines] of Object.entries(stories)) {
    for (const [n, line] of lines.entries()) {
      const at = (n + 1) * 1000;
      if (line.writes) written.push({ phone, what: 'words', handed: at, taken: at + 10, ...line.writes });
      if (line.shows) shown.push({ phone, at, buttons: [], files: [], ...line.shows });
    }
  }
  const sights = new Map(written.filter(({ what }) => what === 'words').map(({ id }) => [id, 1]));
  const quiet = {
    guarantees: GUARANTEES.whatsapp,
    away: [],
    diskLost: [],
    ownMachines: false,
    wentOn: new Map(),
    youngestMs: 120_000,
    askedEarly: [],
    counter: [],
    unfinished: [],
  };
  return { written, shown, sights, ...quiet, ...more };
}

const faults = (lines: readonly Line[], more: Partial<Evidence> = {}): Fault[] => found({ [A]: lines }, more);
const found = (stories: { [phone: string]: readonly Line[] }, more: Partial<Evidence> = {}): Fault[] =>
  judge(evidence(stories, more)).findings.map(({ fault }) => fault);
const done = (...ids: string[]): Line => shows(answerTo(ids));
const notTaken = texts.undelivered('answer', 'content') ?? '';
const ASKED = `${texts.questions.mayI('run', 'red')}\n\n\`\`\`${commandAbout('m0001')}\`\`\`\n\n${texts.questions.numbered(['Approve', 'Deny'], true)}`;
const MEANT = `${texts.questions.isItYes('Approve')}\n\n\`\`\`${commandAbout('m0001')}\`\`\``;
/** A topic is made, and a text is written in it. */
const IN_TOPIC: readonly Line[] = [
  writes('t1', { what: 'topic', label: 'garden', thread: '7' }),
  shows(texts.projects.topic('garden'), { thread: '7' }),
  writes('m0001', { thread: '7' }),
];
const failed = shows(texts.givenUp('tries', []));

const MINUTE = 60_000;
/** A file an hour before the copy that comes back and one just before the disk is lost; then the agent looks. */
const lookedAfter = (words: string, found: readonly string[]): readonly Line[] => [
  ...['m0001', 'm0002'].flatMap((id) => [wants(id, { file: true }), shows(answerTo([id]), { files: [id] })]),
  shows(`${texts.archive.newMachine} ${words}`),
  wants('m0003', { files: true }),
  shows(answerTo(['m0003'], new Map([['m0003', filesOf(found)]]))),
];
const lostAfterAnHour: Partial<Evidence> = {
  diskLost: [4500],
  clockMoves: [{ phone: A, at: 2500, byMs: 120 * MINUTE }],
};
/** Its answers come in the other order, four seconds after the first text. */
const PASSED = [writes('m0001'), writes('m0002'), done('m0002'), done('m0001')];
const halves = texts.givenUp('disk-full', ['m0001 please.']).split(/ (?=If I)/);
const anHourOld = texts.archive.folderBack('main', 60);

describe('finds nothing wrong with', () => {
  test.each<[string, readonly Line[], Partial<Evidence>?]>([
    ['two texts in order', [writes('m0001'), writes('m0002'), done('m0001'), done('m0002')]],
    ['two texts in one answer', [writes('m0001'), writes('m0002'), done('m0001', 'm0002')]],
    [
      'a text in a topic, answered there from its project, and one outside, answered outside',
      [
        ...IN_TOPIC,
        shows(answerTo(['m0001'], new Map(), 'garden-1a2b'), { thread: '7' }),
        writes('m0002'),
        shows(answerTo(['m0002'], new Map(), 'main')),
      ],
    ],
    [
      'an answer twice in doubt, passed by the next where the carrier has no list',
      PASSED,
      { guarantees: GUARANTEES.telegram, sends: new Map([['m0001', [1500, 1600]]]) },
    ],
    [
      'a sentence too long for one message of the channel',
      [
        writes('m0001', { mayBeGivenUp: true }),
        ...halves.map((half) => shows(half)),
        does('/retry'),
        shows(texts.retrying(1)),
        done('m0001'),
      ],
    ],
    [
      'a burst that waits',
      [writes('m0001'), shows(texts.waiting(1)), shows(texts.progress(2, 'm0001')), done('m0001')],
    ],
    [
      'a /compact and a summary that wait for a place',
      [
        does('/compact'),
        shows(texts.waiting(1)),
        shows('Done: /compact'),
        does('/end'),
        shows(texts.deep.ended(true)),
        shows(texts.waiting(1)),
      ],
    ],
    [
      'a machine that was away',
      [writes('m0001'), shows(texts.unreachable), done('m0001')],
      { away: [{ from: 500, to: 1500 }] },
    ],
    [
      'a stop and a retry',
      [
        writes('m0001'),
        does('/stop'),
        shows(texts.stopped(['m0001 please.'])),
        does('/retry'),
        shows(texts.retrying(1)),
        done('m0001'),
      ],
    ],
    [
      'an answer that the carrier refuses for its words, and one sentence about it',
      [writes('m0001', { undeliverable: true }), writes('m0002'), shows(notTaken), done('m0002')],
    ],
    [
      'a stop for good',
      [writes('m0001', { staysStopped: true }), does('/stop'), shows(texts.stopped(['m0001 please.']))],
    ],
    [
      'a voice note that was dropped without a name and came back behind a newer text',
      [
        wants('m0001', { isVoice: true }),
        does('/stop'),
        shows(texts.stopped([texts.inbound.something])),
        writes('m0002'),
        done('m0002'),
        does('/retry'),
        shows(texts.retrying(1)),
        done('m0001'),
      ],
    ],
    [
      'a file that did not come before an outage, said after it',
      [writes('m0001'), ...Array.from({ length: 90 }, () => ({})), shows(texts.inbound.fileLater), done('m0001')],
      { away: [{ from: 500, to: 1500 }], outages: [{ from: 2000, to: 80_000 }] },
    ],
    [
      'a retry of all that the last stop dropped, also of what was to stay dropped',
      [
        writes('m0001'),
        does('/stop'),
        shows(texts.stopped(['m0001 please.'])),
        writes('m0002', { staysStopped: true }),
        writes('m0003'),
        does('/stop'),
        shows(texts.stopped(['m0002 please.', 'm0003 please.'])),
        does('/retry'),
        shows(texts.retrying(2)),
        done('m0002', 'm0003'),
        does('/retry'),
        shows(texts.retrying(1)),
        done('m0001'),
      ],
    ],
    ['giving up and a retry', [fragile('m0001'), failed, does('/retry'), shows(texts.retrying(1)), done('m0001')]],
    [
      'giving up, another text, a retry',
      [
        fragile('m0001'),
        failed,
        writes('m0002'),
        done('m0002'),
        does('/retry'),
        shows(texts.retrying(1)),
        done('m0001'),
      ],
    ],
    [
      'what was given up and answered in passing',
      [fragile('m0001'), failed, writes('m0002'), done('m0001', 'm0002'), does('/retry'), shows(texts.nothingToRetry)],
    ],
    [
      'a question',
      [
        wants('m0001', { answer: 'blue', options: ['red', 'blue'] }),
        shows('m0001 asks: which?', { buttons: ['red', 'blue'] }),
        shows(answerTo(['m0001'], new Map([['m0001', 'blue']]))),
      ],
    ],
    [
      'a quote that came by the list, which has none',
      [writes('m0001', { isFound: true, wants: { answer: 'quotes m0000', isByWebhook: true } }), done('m0001')],
    ],
    [
      'a question that nobody answers in time',
      [writes('m0001'), shows(texts.questions.askOver('m0001 asks: which colour?')), done('m0001')],
    ],
    ['a file', [wants('m0001', { file: true }), shows('', { files: ['m0001'] }), done('m0001')]],
    [
      'consent, tapped',
      [
        wants('m0001', { answer: 'allowed', options: ['Approve', 'Deny'] }),
        shows(ASKED, { buttons: ['Approve', 'Deny'] }),
        does('choice'),
        shows(texts.questions.approved),
        shows(answerTo(['m0001'], new Map([['m0001', 'allowed']]))),
      ],
    ],
    [
      'consent, tapped, and found so late that it is asked what was meant',
      [
        wants('m0001', { answer: 'allowed', options: ['Approve', 'Deny'] }),
        shows(ASKED, { buttons: ['Approve', 'Deny'] }),
        writes('c1', { what: 'choice', isLate: true }),
        shows(MEANT, { buttons: ['Approve', 'Deny', texts.questions.newMessage] }),
        does('choice', 'c2'),
        shows(texts.questions.approved),
        shows(answerTo(['m0001'], new Map([['m0001', 'allowed']]))),
      ],
    ],
    [
      'a question on the side',
      [writes('m0001'), does('/btw'), shows(texts.deep.aside('how is 0001?', aside('0001'))), done('m0001')],
    ],
    [
      'a voice note',
      [
        wants('m0001', { answer: 'voice', isVoice: true }),
        shows(texts.inbound.notHeard),
        shows(answerTo(['m0001'], new Map([['m0001', 'voice']]))),
      ],
    ],
    ['a question on the side when the work is over', [does('/btw'), shows(aside('0001'))]],
    [
      'a voice note that only the list had',
      [writes('m0001', { isFound: true, wants: { answer: 'voice', isVoice: true } }), shows(texts.lateAndEmpty)],
    ],
    [
      'texts in two projects, and one that goes back by a quote',
      [
        writes('m0001'),
        shows(answerTo(['m0001'], new Map(), 'main')),
        writes('c1', { what: '/project', label: 'red' }),
        shows(texts.projects.made('red')),
        writes('m0002'),
        shows(answerTo(['m0002'], new Map(), 'red-0a1b')),
        wants('m0003', { answer: 'quotes m0001', isByWebhook: true, project: 'main' }),
        shows(texts.inbound.sentTo('main')),
        shows(answerTo(['m0003'], new Map([['m0003', 'quotes m0001']]), 'main')),
      ],
    ],
    [
      'a text whose project nobody can be sure of',
      [
        writes('c1', { what: '/project', label: 'red', isLate: true }),
        writes('m0001'),
        shows(texts.inbound.leftUndone(1, '/project new red')),
        shows(texts.projects.alreadyActive('blue')),
        shows(answerTo(['m0001'], new Map(), 'blue-0a1b')),
      ],
    ],
    ['a reminder', [wants('m0001', { rings: 2000 }), shows('m0001 rings'), done('m0001')]],
    ['a text that was steered', [writes('m0001'), wants('m0002', { steeredInto: 'm0001' }), done('m0001', 'm0002')]],
    [
      'one that was steered while the machine was killed',
      [writes('m0001'), wants('m0002', { steeredInto: 'm0001' }), done('m0001'), done('m0002')],
      { away: [{ from: 2500, to: 2600 }], wentOn: new Map([['m0001', 9000]]) },
    ],
    [
      'one that was not steered, because that was never asked for in time',
      [
        writes('c1', { what: '/queue', isLate: true }),
        writes('m0001'),
        shows(texts.inbound.leftUndone(1, '/queue steer')),
        wants('m0002', { steeredInto: 'm0001' }),
        done('m0001'),
        done('m0002'),
      ],
      { wentOn: new Map([['m0001', 9000]]) },
    ],
    [
      'one that came when the work was over',
      [writes('m0001'), wants('m0002', { steeredInto: 'm0001' }), done('m0001'), done('m0002')],
      { wentOn: new Map([['m0001', 2500]]) },
    ],
    [
      'one that was overtaken',
      [
        writes('m0001', { taken: 2500, isLate: true, isOvertaken: true }),
        writes('m0002'),
        shows(texts.inbound.reachedLate(3, 'm0001 please.')),
        done('m0002'),
        done('m0001'),
      ],
    ],
    [
      'parts that waited together',
      [writes('m0001'), writes('m0002'), shows(`${answerTo(['m0001'])}\n\n${answerTo(['m0002'])}`)],
    ],
    [
      'commands',
      [
        does('/queue'),
        shows(texts.queueMode('steer')),
        does('/project'),
        shows(texts.projects.made('p1')),
        does('/deep'),
        shows(texts.deep.begun('p1', false)),
        does('/end'),
        shows(texts.deep.ended(true)),
        shows(answerTo([])),
      ],
    ],
    [
      'a full disk',
      [writes('m0001'), failed, does('/retry'), shows(texts.retrying(1)), done('m0001')],
      { away: [{ from: 1500, to: 2500, isFull: true }] },
    ],
    [
      'a full disk that three texts met',
      [
        ...['m0001', 'm0002', 'm0003'].map((id) => fragile(id)),
        shows(texts.givenUp('disk-full', ['m0001 please.', 'm0002 please.', 'm0003 please.'])),
        does('/retry'),
        shows(texts.retrying(3)),
        done('m0001', 'm0002', 'm0003'),
      ],
    ],
    [
      'deep work that a switch of projects ends, and an /end behind it',
      [
        does('/deep'),
        shows(texts.deep.begun('red', false)),
        writes('c1', { what: '/project', label: 'blue' }),
        shows(texts.projects.made('blue')),
        shows(texts.deep.switched('red', true)),
        shows(answerTo([])),
        does('/end'),
        shows(texts.deep.notDeep),
      ],
    ],
    [
      'texts that were changed, also twice, and the words that took their place',
      [
        writes('m0001'),
        wants('m0002', { edits: ['m0001'] }),
        wants('m0003', { edits: ['m0001', 'm0002'] }),
        done('m0003'),
        writes('m0004'),
        wants('m0005', { edits: ['m0004'] }),
        done('m0004'),
        done('m0005'),
      ],
    ],
    [
      'deep work that a text in a topic ended',
      [
        does('/deep'),
        shows(texts.deep.begun('main', false)),
        ...IN_TOPIC,
        shows(texts.deep.switched('main', false)),
        shows(answerTo(['m0001']), { thread: '7' }),
      ],
    ],
    ['a lost disk', [writes('m0001'), shows(texts.sessionLost), done('m0001')], { diskLost: [1500] }],
    ['files as old as told', lookedAfter(anHourOld, ['m0001']), lostAfterAnHour],
    ['files newer than told', lookedAfter(anHourOld, ['m0001', 'm0002']), lostAfterAnHour],
    ['files that are said to be lost', lookedAfter(texts.archive.folderLost('main', 'none'), []), lostAfterAnHour],
  ])('%s', (_name, lines, more) => {
    expect(judge(evidence({ [A]: lines }, more)).findings).toEqual([]);
  });

  test('a tool that ran again, and the agent knew', () => {
    const counter = ['did count-m0001', 'told count-m0001', 'did count-m0001', ''];
    const verdict = judge(evidence({ [A]: [writes('m0001'), done('m0001')] }, { counter }));
    expect(verdict).toEqual({ findings: [], accepted: 1, answered: 1, notices: new Map(), repeatedEffects: 1 });
  });
});

describe('finds', () => {
  test('an answer on somebody else’s phone, before anything else', () => {
    expect(found({ [A]: [writes('m0001'), done('m0002')], [B]: [writes('m0002'), done('m0001')] })).toEqual([
      'on the wrong phone',
      'on the wrong phone',
      'lost',
      'lost',
    ]);
  });
  test('doubt about what somebody else was asked', () => {
    const late = writes('c1', { what: 'choice', isLate: true });
    expect(found({ [A]: [writes('m0001'), done('m0001')], [B]: [late, shows(MEANT)] })).toEqual(['on the wrong phone']);
  });
  test('a file on somebody else’s phone', () => {
    const story = {
      [A]: [writes('m0001'), done('m0001'), shows('', { files: ['m0002'] })],
      [B]: [writes('m0002'), done('m0002')],
    };
    expect(found(story)).toEqual(['on the wrong phone']);
  });

  test.each<[Fault, string, readonly Line[], Partial<Evidence>?]>([
    ['lost', 'an accepted text without an answer', [writes('m0001')]],
    ['never accepted', 'a text that never came in', [writes('m0001', { taken: null })]],
    [
      'doubled',
      'older words after newer ones',
      [
        writes('m0001'),
        wants('m0002', { edits: ['m0001'] }),
        wants('m0003', { edits: ['m0001', 'm0002'] }),
        done('m0003'),
        done('m0002'),
      ],
    ],
    ['doubled', 'an answer twice', [writes('m0001'), done('m0001'), done('m0001')]],
    ['in the wrong topic', 'an answer outside the topic of its text', [...IN_TOPIC, done('m0001')]],
    [
      'in the wrong topic',
      'an answer in a topic to a text outside topics',
      [writes('m0001'), shows(answerTo(['m0001']), { thread: '7' })],
    ],
    [
      'in the wrong topic',
      'a file in another topic',
      [...IN_TOPIC, shows(answerTo(['m0001']), { thread: '7' }), shows('', { files: ['m0001'], thread: '8' })],
    ],
    [
      'in the wrong project',
      'a text in a topic that went to the project outside',
      [...IN_TOPIC, shows(answerTo(['m0001'], new Map(), 'main'), { thread: '7' })],
    ],
    [
      'untrue notice',
      'a new topic that is said to be for a project of another name',
      [...IN_TOPIC.slice(0, 1), shows(texts.projects.topic('harbour'), { thread: '7' })],
    ],
    ['command unanswered', 'a new topic of which nothing was said', IN_TOPIC.slice(0, 1)],
    [
      'disordered',
      'answers in another order than the phone’s',
      [writes('m0001'), writes('m0002'), done('m0002'), done('m0001')],
    ],
    [
      'disordered',
      'an answer passed by the next although only one send of it was in doubt',
      PASSED,
      { guarantees: GUARANTEES.telegram, sends: new Map([['m0001', [1500, 4500]]]) },
    ],
    [
      'disordered',
      'an answer passed by the next while the carrier’s list could tell of it',
      PASSED,
      { sends: new Map([['m0001', [1500, 1600]]]) },
    ],
    [
      'said after /stop',
      'what was said to be dropped',
      [writes('m0001'), does('/stop'), shows(texts.stopped(['m0001 please.'])), done('m0001')],
    ],
    [
      'not brought back',
      'what is kept and not answered',
      [writes('m0001'), does('/stop'), shows(texts.stopped(['m0001 please.']))],
    ],
    [
      'in the wrong project',
      'a text that was answered in the project before',
      [
        writes('c1', { what: '/project', label: 'red' }),
        shows(texts.projects.made('red')),
        writes('m0001'),
        shows(answerTo(['m0001'], new Map(), 'main')),
      ],
    ],
    [
      'in the wrong project',
      'a quote that did not lead back',
      [
        wants('m0001', { answer: 'quotes m0000', isByWebhook: true, project: 'red-0a1b' }),
        shows(answerTo(['m0001'], new Map([['m0001', 'quotes m0000']]), 'main')),
      ],
    ],
    [
      'answer lost',
      'a yes that became a no',
      [
        wants('m0001', { answer: 'allowed', options: ['Approve', 'Deny'] }),
        shows(ASKED, { buttons: ['Approve', 'Deny'] }),
        shows(answerTo(['m0001'], new Map([['m0001', 'denied']]))),
      ],
    ],
    [
      'question lost',
      'consent to something nobody can refuse',
      [
        wants('m0001', { options: ['Approve', 'Deny'] }),
        shows(ASKED.split('\n\n').slice(0, 2).join('\n\n'), { buttons: ['Approve'] }),
        done('m0001'),
      ],
    ],
    ['command unanswered', 'a question on the side without an answer', [does('/btw')]],
    ['untrue notice', 'an answer on the side before it was asked for', [shows(texts.deep.noAside), does('/btw')]],
    ['untrue notice', 'a voice note unheard that there was not', [shows(texts.inbound.notHeard)]],
    [
      'untrue notice',
      'a command left undone behind newer messages, and there are none',
      [
        writes('c1', { what: '/end', isLate: true }),
        does('/deep', 'c2'),
        shows(texts.inbound.leftUndone(1, '/end')),
        shows(texts.deep.begun('p1', false)),
        writes('c3', { what: '/end', isLate: true }),
        shows(texts.inbound.leftUndone(1, '/end')),
      ],
    ],
    [
      'untrue notice',
      'deep work that a switch of projects ended, and there was none',
      [shows(texts.deep.switched('red', true))],
    ],
    [
      'untrue notice',
      'deep work that a topic ended before it began',
      [
        ...IN_TOPIC,
        shows(answerTo(['m0001']), { thread: '7' }),
        does('/deep'),
        shows(texts.deep.begun('main', false)),
        shows(texts.deep.switched('main', true)),
      ],
    ],
    ['untrue notice', 'late and empty, what was not', [writes('m0001'), shows(texts.lateAndEmpty), done('m0001')]],
    ['untrue notice', 'a decision nobody made', [shows(texts.questions.approved)]],
    [
      'untrue notice',
      'doubt about a tap that came in time',
      [wants('m0001', { options: ['Approve'] }), shows(ASKED), does('choice'), shows(MEANT), done('m0001')],
    ],
    [
      'untrue notice',
      'going on without an answer, where nothing is worked on',
      [writes('m0001'), done('m0001'), shows(texts.questions.askOver('m0001 asks: which colour?'))],
    ],
    ['untrue notice', 'a question that is over, where nobody chose', [shows(texts.questions.over)]],
    ['untrue notice', 'an answer to a quote that there was not', [shows(texts.inbound.sentTo('main'))]],
    ['untrue notice', 'so many that wait', [writes('m0001'), shows(texts.queueFull(100)), done('m0001')]],
    ['untrue notice', 'a file that did not come, where everything was there', [shows(texts.inbound.fileLater)]],
    [
      'untrue notice',
      'a file that did not come long after everything was there again',
      [writes('m0001'), ...Array.from({ length: 90 }, () => ({})), shows(texts.inbound.fileLater), done('m0001')],
      { away: [{ from: 500, to: 1500 }] },
    ],
    ['untrue notice', 'what nothing leads to', [shows(texts.agentTrouble)]],
    ['lost', 'a reminder of the agent that never came', [wants('m0001', { rings: 0 }), done('m0001')]],
    ['not brought back', 'what was given up and stays so', [fragile('m0001'), failed]],
    ['untrue notice', 'giving up what is answered a second later', [fragile('m0001'), failed, done('m0001')]],
    ['untrue notice', 'giving up without a reason', [writes('m0001'), failed, done('m0001')]],
    [
      'untrue notice',
      'an answer that could be delivered, said not to be',
      [writes('m0001'), shows(notTaken), done('m0001')],
    ],
    ['lost', 'an answer that cannot be delivered, and not a word', [writes('m0001', { undeliverable: true })]],
    [
      'untrue notice',
      'how long it takes, twice at once',
      [writes('m0001'), shows(texts.progress(1, null)), shows(texts.progress(2, null)), done('m0001')],
    ],
    ['carrier asked too early', 'somebody who does not wait', [], { askedEarly: [A] }],
    ['untrue notice', 'a sentence that nobody knows', [shows('Oops.')]],
    ['untrue notice', 'half a sentence', [shows(halves[1] ?? '')]],
    [
      'untrue notice',
      'nothing to retry, where something is stopped',
      [
        writes('m0001', { staysStopped: true }),
        does('/stop'),
        shows(texts.stopped(['m0001'])),
        does('/retry'),
        shows(texts.nothingToRetry),
      ],
    ],
    [
      'untrue notice',
      'bringing back what there is not',
      [writes('m0001'), done('m0001'), does('/retry'), shows(texts.retrying(1))],
    ],
    [
      'untrue notice',
      'nothing to stop, where a text is open',
      [writes('m0001'), does('/stop'), shows(texts.nothingToStop), done('m0001')],
    ],
    [
      'untrue notice',
      'dropping what was answered',
      [writes('m0001'), done('m0001'), does('/stop'), shows(texts.stopped(['m0001 please.']))],
    ],
    ['untrue notice', 'waiting, where nothing does', [writes('m0001'), done('m0001'), shows(texts.waiting(1))]],
    [
      'untrue notice',
      'waiting, when the /compact is done',
      [does('/compact'), shows('Not enough messages to compact.'), shows(texts.waiting(1))],
    ],
    [
      'untrue notice',
      'a machine out of reach that was there',
      [writes('m0001'), shows(texts.unreachable), done('m0001')],
    ],
    ['untrue notice', 'a lost conversation that was not', [writes('m0001'), shows(texts.sessionLost), done('m0001')]],
    [
      'untrue notice',
      'late, what came in time',
      [writes('m0001'), shows(texts.inbound.reachedLate(3, 'm0001 please.')), done('m0001')],
    ],
    [
      'untrue notice',
      'overtaken without a word',
      [writes('m0001', { taken: 2500, isLate: true, isOvertaken: true }), writes('m0002'), done('m0002', 'm0001')],
    ],
    [
      'untrue notice',
      'a machine being made, where all share one',
      [writes('m0001'), shows(texts.machines.making), done('m0001')],
    ],
    [
      'untrue notice',
      'a reminder too early',
      [wants('m0001', { rings: RING_AT }), shows('m0001 rings'), done('m0001')],
    ],
    [
      'answer lost',
      'an agent that was told something else',
      [wants('m0001', { answer: 'blue' }), shows(answerTo(['m0001'], new Map([['m0001', 'red']])))],
    ],
    [
      'answer lost',
      'a quote nobody told the agent of',
      [wants('m0001', { answer: 'quotes m0000', isByWebhook: true }), done('m0001')],
    ],
    ['question lost', 'a question nobody saw', [wants('m0001', { options: ['red'] }), done('m0001')]],
    [
      'question lost',
      'a question without its choices',
      [wants('m0001', { options: ['red', 'blue'] }), shows('m0001 asks: which?', { buttons: ['red'] }), done('m0001')],
    ],
    [
      'question twice',
      'a question twice',
      [
        wants('m0001', { options: ['red'] }),
        shows('m0001 asks: which?', { buttons: ['red'] }),
        shows('m0001 asks: which?', { buttons: ['red'] }),
        done('m0001'),
      ],
    ],
    ['file lost', 'a file that never came', [wants('m0001', { file: true }), done('m0001')]],
    [
      'file twice',
      'a file twice',
      [wants('m0001', { file: true }), shows('', { files: ['m0001'] }), shows('', { files: ['m0001'] }), done('m0001')],
    ],
    [
      'older than told',
      'a file that was older than the files that came back',
      lookedAfter(anHourOld, ['m0002']),
      lostAfterAnHour,
    ],
    [
      'older than told',
      'a file of two hours that is missing among those of three minutes',
      lookedAfter(texts.archive.folderBack('main', 3), ['m0002']),
      lostAfterAnHour,
    ],
    [
      'older than told',
      'a file of two hours that is missing among those of just before',
      lookedAfter(texts.archive.folderBack('main', 0), ['m0002']),
      lostAfterAnHour,
    ],
    [
      'not steered',
      'what was steered and answered by itself',
      [writes('m0001'), wants('m0002', { steeredInto: 'm0001' }), done('m0001'), done('m0002')],
      { wentOn: new Map([['m0001', 5000]]) },
    ],
    [
      'not steered',
      'what the machine had while the work went on',
      [
        writes('m0001'),
        writes('m0002', { steered: 2400, wants: { steeredInto: 'm0001' } }),
        done('m0001'),
        done('m0002'),
      ],
      { wentOn: new Map([['m0001', 2500]]) },
    ],
    [
      'doubled',
      'a reminder twice',
      [wants('m0001', { rings: 0 }), shows('m0001 rings'), shows('m0001 rings'), done('m0001')],
    ],
    ['command unanswered', 'a command without an answer', [does('/queue')]],
    [
      'command answered twice',
      'a command answered twice',
      [does('/queue'), shows(texts.queueMode('steer')), shows(texts.queueMode('steer'))],
    ],
    ['not seen by the model', 'an answer of nobody', [writes('m0001'), done('m0001')], { sights: new Map() }],
    [
      'seen twice by the model',
      'a text that was asked twice',
      [writes('m0001'), done('m0001')],
      { sights: new Map([['m0001', 2]]) },
    ],
    [
      'side effect doubled without a word',
      'a tool that ran again',
      [writes('m0001'), done('m0001')],
      { counter: ['did count-m0001', 'told count-m0002', 'did count-m0001'] },
    ],
    [
      'taken from the list too early',
      'a text whose webhook may be on its way',
      [writes('m0001', { foundAfterMs: 118_000 }), done('m0001')],
    ],
    [
      'unfinished',
      'rows from which something could be sent',
      [writes('m0001'), done('m0001')],
      { unfinished: ['turn 1'] },
    ],
  ])('%s: %s', (fault, _name, lines, more) => {
    expect(faults(lines, more)).toEqual([fault]);
  });

  test('a /retry that sends the answer to another text again, and leaves what it was for', () => {
    const story = [
      fragile('m0001'),
      failed,
      writes('m0002'),
      done('m0002'),
      does('/retry'),
      shows(texts.retrying(1)),
      done('m0002'),
    ];
    expect(faults(story)).toEqual(['doubled', 'not brought back', 'not brought back']);
  });
  test('ten times that it did not work', () => {
    const story = [
      fragile('m0001'),
      ...Array<Line>(10).fill(failed),
      does('/retry'),
      shows(texts.retrying(1)),
      done('m0001'),
    ];
    expect(faults(story)).toEqual(Array(9).fill('untrue notice'));
  });
});
