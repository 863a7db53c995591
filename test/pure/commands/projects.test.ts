import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pickByNameOrNumber } from '../../../src/conversation/commands/pick.ts';
import { MERGED_CHARS } from '../../../src/conversation/policy/outbox.ts';
import { PROJECTS_MAX } from '../../../src/conversation/policy/projects.ts';
import { keyOfLabel, LABEL_MAX, newProjectId, readLabel } from '../../../src/conversation/state/project-labels.ts';
import type { Message, Project } from '../../../src/conversation/state/rows.ts';
import { withProject } from '../../../src/conversation/state/state.ts';
import { ProjectId } from '../../../src/protocol/attempts.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// Projects and their sessions: names, what a person can do with them, and that running and waiting work stays in its
// project.

const said = texts.projects;
const SESSIONS = [1, 2, 3].map((n) => `7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5b1${n}`) as [string, string, string];

const active = (talk: Talk): Project => talk.state.projects.find((p) => p.id === talk.state.conversation.project)!;
const labels = (talk: Talk): string[] => talk.state.projects.map((p) => p.label);
const last = (talk: Talk): string => talk.bodies.at(-1) ?? '';

/** One text, answered in the session. */
function exchange(talk: Talk, words: string, session?: string): Message {
  const message = talk.text(words);
  talk.taken();
  if (session !== undefined) talk.machine({ type: 'session', session_id: session });
  talk.answer(`answer to ${words}`, message);
  return message;
}

/** As the list shows projects without a repository. */
const without = (names: readonly string[]) => names.map((label) => ({ label, repository: null }));

describe('the words the help names', () => {
  test('`list` shows the projects, and `switch NAME` makes one active', () => {
    const talk = new Talk();
    talk.text('/project new Garden');
    const [garden] = labels(talk).slice(1);
    talk.text('/project LIST');
    expect(last(talk)).toBe(said.list(without(labels(talk)), garden!, [], false));
    talk.text('/project switch 1');
    expect(active(talk).label).toBe(labels(talk)[0]);
    talk.text('/project Switch garden');
    expect(active(talk).label).toBe('Garden');
    talk.text('/project switch nowhere');
    expect(last(talk)).toBe(said.unknown('nowhere'));
    talk.text('/project switch');
    expect(last(talk)).toBe(said.use);
  });
});

describe('a name of a project', () => {
  test.each([
    ['shop', 'shop'],
    ['  My   Shop\n', 'My Shop'],
    ['Cafe\u0301', 'Café'],
    ['👩‍👩‍👧', '👩‍👩‍👧'],
    ['x'.repeat(LABEL_MAX), 'x'.repeat(LABEL_MAX)],
    ['../../etc', '../../etc'],
  ])('%j is kept as %j', (text, label) => expect(readLabel(text)).toEqual({ label }));

  test.each([
    ['', 'empty'],
    [' \u00a0\n ', 'empty'],
    ['x'.repeat(LABEL_MAX + 1), 'long'],
    ['a\u0000b', 'characters'],
    ['a\u001bb', 'characters'],
    ['a\u202eb', 'characters'],
    ['\u200b', 'characters'],
    ['\u0301', 'characters'],
    ['\ud800', 'characters'],
    ['a > b', 'characters'],
    ['New', 'word'],
    ['restore', 'word'],
    ['List', 'word'],
    ['switch', 'word'],
  ])('%j is refused: %s', (text, fault) => expect(readLabel(text)).toEqual({ fault }));

  test('from any text, a name is short, plain and one line, and reading it again changes nothing', {
    timeout: 30_000,
  }, () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.string({
        unit: fc.constantFrom('a', ' ', '\n', '\u0000', '\u202e', '\ud83d', '/', '.', '>', 'é', 'e\u0301', 'İ'),
      }),
    );
    fc.assert(
      fc.property(hostile, hostile, (text, other) => {
        const read = readLabel(text);
        if ('fault' in read) return;
        const { label } = read;
        const isPlain = !/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069>]/u.test(label);
        const isShort = [...label].length <= LABEL_MAX && label === label.trim() && label.isWellFormed();
        const again = readLabel(label);
        const isSettled =
          'label' in again && again.label === label && keyOfLabel(keyOfLabel(text)) === keyOfLabel(text);
        const ids = new Set<string>();
        for (let n = 0; n < 3; n++) {
          let draws = 0;
          const id = newProjectId(
            `${label}${other}`,
            () => (draws++ === 0 ? 'aaaa' : `000${n}`),
            (each) => ids.has(each),
          );
          ids.add(id);
        }
        const areIds = ids.size === 3 && [...ids].every((id) => ProjectId.safeParse(id).success);
        expect({ isPlain, isShort, isSettled, areIds }).toEqual({
          isPlain: true,
          isShort: true,
          isSettled: true,
          areIds: true,
        });
      }),
      { numRuns: 300 },
    );
  });

  test('has a folder by a readable id that the protocol takes', () => {
    expect(
      newProjectId(
        'Café Größe 2!',
        () => 'abcd',
        () => false,
      ),
    ).toBe('cafe-gro-e-2-abcd');
    expect(
      newProjectId(
        '株式会社',
        () => 'abcd',
        () => false,
      ),
    ).toBe('project-abcd');
    expect(
      newProjectId(
        '../../etc',
        () => 'abcd',
        () => false,
      ),
    ).toBe('etc-abcd');
    // However many projects have the name, more digits make the next one different.
    const ids = new Set<string>();
    for (let n = 0; n < 5; n++) {
      ids.add(
        newProjectId(
          'a',
          () => '0f1e2d3c4b5a6978',
          (id) => ids.has(id),
        ),
      );
    }
    expect([...ids]).toEqual(['a-6978', 'a-a6978', 'a-5a6978', 'a-b5a6978', 'a-4b5a6978']);
  });

  test('is chosen by itself, case apart, before it is a number', () => {
    const items = ['main', 'Café', '1'];
    const chosen = (wanted: string): string | null => pickByNameOrNumber(items, wanted, (item) => item);
    expect(['MAIN', ' cafe\u0301 ', '1', '2', '3', '0', '4', '-1', '1e0', 'x'].map(chosen)).toEqual([
      'main',
      'Café',
      '1',
      'Café',
      '1',
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});

describe('/project', () => {
  test('the list has the repository of a project', () => {
    const talk = new Talk();
    talk.text('/project new shop');
    const repository = {
      host: 'github.com',
      path: 'mara/shop',
      id: '7',
      defaultBranch: 'main',
      isPrivate: true,
      sizeKb: 9,
    };
    talk.state = withProject(talk.state, { ...active(talk), repository });
    talk.text('/project');
    expect(last(talk)).toContain('2. shop (active) · github.com/mara/shop\n');
  });

  test('makes, lists, switches by name or number, renames, archives and restores', () => {
    const talk = new Talk();
    const say = (text: string): string => {
      talk.text(text);
      return last(talk);
    };
    expect(say('/project new  Shop ')).toBe(said.made('Shop'));
    const { id } = active(talk);
    expect(id).toMatch(/^shop-[0-9a-f]{4}$/);
    expect(say('/project')).toBe(said.list(without(['main', 'Shop']), 'Shop', [], false));
    expect(say('/project new sHOP')).toBe(said.taken('Shop'));
    expect(say('/project 1')).toBe(said.switched('main'));
    expect(say('/project MAIN')).toBe(said.alreadyActive('main'));
    expect(say('/project shop')).toBe(said.switched('Shop'));
    expect(say('/project rename Corner shop')).toBe(said.renamed('Shop', 'Corner shop'));
    expect(say('/project rename corner SHOP')).toBe(said.renamed('Corner shop', 'corner SHOP'));
    expect(say('/project rename main > corner shop')).toBe(said.taken('corner SHOP'));
    expect(say('/project rename main > Home')).toBe(said.renamed('main', 'Home'));
    expect(say('/project rename nothing > Home')).toBe(said.unknown('nothing'));
    expect(active(talk).id).toBe(id);
    expect(say('/project archive home')).toBe(said.first('Home'));
    expect(say('/project archive corner shop')).toBe(said.archivedActive('corner SHOP', 'Home'));
    expect(active(talk)).toMatchObject({ id: 'main', label: 'Home' });
    expect(say('/project corner shop')).toBe(said.isArchived('corner SHOP'));
    expect(say('/project new corner shop')).toBe(said.takenArchived('corner SHOP'));
    expect(say('/project')).toBe(said.list(without(['Home']), 'Home', ['corner SHOP'], false));
    expect(say('/project restore nothing')).toBe(said.unknown('nothing'));
    expect(say('/project restore home')).toBe(said.notArchived('Home'));
    expect(say('/project restore corner shop')).toBe(said.restored('corner SHOP'));
    expect(active(talk)).toMatchObject({ id, label: 'corner SHOP', archivedAt: null });
    expect(say('/project what?')).toBe(said.unknown('what?'));
    expect(say('/project new')).toBe(said.use);
    expect(say('/project new archive')).toBe(said.fault('word', LABEL_MAX));
    expect(talk.state.turns).toEqual([]);
  });

  test('has a most, archived ones apart', () => {
    const talk = new Talk();
    for (let n = 1; n < PROJECTS_MAX; n++) talk.text(`/project new p${n}`);
    talk.text('/project new one more');
    expect(last(talk)).toBe(said.full(PROJECTS_MAX));
    talk.text('/project');
    expect(last(talk).length).toBeLessThanOrEqual(MERGED_CHARS);
    talk.text('/project archive p1');
    talk.text('/project new one more');
    expect(last(talk)).toBe(said.made('one more'));
    talk.text('/project restore p1');
    expect(last(talk)).toBe(said.full(PROJECTS_MAX));
    expect(new Set(talk.state.projects.map((p) => p.id)).size).toBe(PROJECTS_MAX + 1);
  });

  test('a long list is parted at its lines', () => {
    const talk = new Talk();
    for (let n = 1; n < PROJECTS_MAX; n++) talk.text(`/project new ${String(n).padStart(LABEL_MAX, 'long ')}`);
    const before = talk.bodies.length;
    talk.text('/project');
    const parts = talk.bodies.slice(before);
    expect(parts.length).toBe(2);
    for (const part of parts) expect(part.length).toBeLessThanOrEqual(MERGED_CHARS);
    expect(parts.join('\n').match(/^\d+\. /gm)).toHaveLength(PROJECTS_MAX);
  });

  test('while a turn runs: what was sent before stays where it was sent, what comes next is for the new one', () => {
    const talk = new Talk();
    const one = talk.text('one');
    talk.taken();
    const two = talk.text('two');
    talk.text('/project new shop');
    expect(last(talk)).toBe(`${said.made('shop')}${said.goesOn('main')}`);
    const { id } = active(talk);
    const three = talk.text('three');
    talk.text('/project main');
    const four = talk.text('four');
    const projects = talk.state.messages.filter((m) => m.state !== 'consumed').map((m) => [m.text, m.project]);
    expect(projects).toEqual([
      ['one', 'main'],
      ['two', 'main'],
      ['three', id],
      ['four', 'main'],
    ]);
    for (const [project, message] of [
      ['main', one],
      ['main', two],
      [id, three],
      ['main', four],
    ] as const) {
      expect(talk.state.turns.at(-1)).toMatchObject({ state: 'open', project });
      expect(talk.state.messages.filter((m) => m.state === 'active').map((m) => m.seq)).toEqual([message.seq]);
      talk.taken();
      talk.answer('done', message);
    }
    expect(talk.state.turns.every((t) => t.state === 'done')).toBe(true);
  });

  test('a text for another project is not steered into the running turn', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('one');
    talk.taken();
    talk.text('/project new shop');
    talk.text('two');
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    talk.text('/project main');
    talk.text('three');
    expect(talk.state.messages.filter((m) => m.state === 'waiting').map((m) => m.text)).toEqual(['two', 'three']);
  });

  test('a project with work in it is not archived, and texts that /retry brings back from an archived one go to the active one', () => {
    const talk = new Talk();
    talk.text('/project new shop');
    talk.text('one');
    talk.taken();
    talk.text('/project main');
    talk.text('/project archive shop');
    expect(last(talk)).toBe(said.busy('shop'));
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'the key was refused' });
    talk.text('/project archive shop');
    expect(last(talk)).toBe(said.archived('shop'));
    talk.text('/retry');
    expect(talk.state.turns.at(-1)).toMatchObject({ state: 'open', project: 'main' });
    expect(talk.state.messages.find((m) => m.state === 'active')).toMatchObject({ text: 'one', project: 'main' });
  });

  test('a project in deep work is not archived', () => {
    const talk = new Talk();
    talk.text('/project new shop');
    const { id } = active(talk);
    const deep = { project: id, since: talk.now, textAt: null };
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, deep } };
    talk.text('/project archive shop');
    expect(last(talk)).toBe(said.deep('shop'));
    expect(labels(talk)).toEqual(['main', 'shop']);
  });
});

describe('/new', () => {
  test('begins afresh without the agent, and the next turn has no session', () => {
    const talk = new Talk();
    exchange(talk, 'one', SESSIONS[0]);
    expect(active(talk)).toMatchObject({ sessionId: SESSIONS[0], messagesSince: 1, generation: 0 });
    talk.text('/clear');
    expect(last(talk)).toBe(said.fresh('main', false, 0));
    expect(active(talk)).toMatchObject({ sessionId: null, messagesSince: 0, generation: 1 });
    expect(talk.state.turns).toHaveLength(1);
    talk.text('two');
    expect(talk.state.turns.at(-1)).toMatchObject({ sessionId: null, generation: 1 });
  });

  test('while a turn runs: it finishes in its own session, its news do not count, what waits is taken in the new one', () => {
    const talk = new Talk();
    exchange(talk, 'zero', SESSIONS[0]);
    const one = talk.text('one');
    talk.taken();
    const two = talk.text('two');
    talk.text('/new');
    expect(last(talk)).toBe(said.fresh('main', true, 1));
    talk.machine({ type: 'session', session_id: SESSIONS[1] });
    expect(active(talk).sessionId).toBeNull();
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    // The next attempt of that turn continues in its project.
    expect(talk.state.turns.at(-1)).toMatchObject({ sessionId: SESSIONS[1], attempts: 2 });
    talk.taken();
    talk.machine({ type: 'usage', context_percent: 95, memory_free: null, disk_free: null });
    talk.answer('one', one);
    expect(active(talk)).toMatchObject({ sessionId: null, contextPercent: null, messagesSince: 0, hinted: false });
    expect(talk.state.turns.at(-1)).toMatchObject({ state: 'open', sessionId: null });
    talk.taken();
    talk.machine({ type: 'session', session_id: SESSIONS[2] });
    talk.answer('two', two);
    expect(active(talk)).toMatchObject({ sessionId: SESSIONS[2], messagesSince: 1 });
    expect(talk.state.messages.map((m) => m.session)).toEqual([SESSIONS[0], SESSIONS[1], SESSIONS[2], null]);
  });

  test('a text after it is the first one, and one for the new session is not steered into the old turn', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('one');
    talk.taken();
    talk.text('/new look at the tests');
    expect(talk.effects.filter((e) => e.do === 'steer')).toEqual([]);
    expect(talk.state.messages.map((m) => `${m.text}: ${m.state}`)).toEqual([
      'one: active',
      'look at the tests: waiting',
    ]);
  });
});

describe('/sessions', () => {
  const three = (): Talk => {
    const talk = new Talk();
    for (const [n, session] of SESSIONS.entries()) {
      exchange(talk, `text ${n}`, session);
      talk.now += 3_600_000;
      if (n < 2) talk.text('/new');
    }
    return talk;
  };

  test('lists ten, says how to see older ones, and goes back to any of them by its number', () => {
    const talk = three();
    const older = Array.from({ length: 20 }, (_, n) => ({
      id: `7d9c1f0e-5a59-4d0e-9a0c-0c9b3c3e5c${n + 10}`,
      project: active(talk).id,
      title: `old ${n}`,
      startedAt: 0,
      usedAt: 100 - n,
    }));
    talk.state = { ...talk.state, sessions: [...talk.state.sessions, ...older] };
    talk.text('/sessions');
    expect(last(talk)).toContain('/sessions from 11 lists older ones.');
    talk.text('/sessions from 21');
    expect(last(talk)).toMatch(
      /^Earlier conversations in main:\n21\. old 17.*\n22\. old 18.*\n23\. old 19[^\n]*\n\n\/sessions and a number [^\n]*$/,
    );
    talk.text('/sessions 23');
    expect(active(talk).sessionId).toBe(older[19]?.id);
    talk.text('/sessions from 30');
    expect(last(talk)).toBe(said.unknownSession(23));
  });

  test('lists the newest, says which is the present one, and goes back', () => {
    const talk = three();
    talk.text('/sessions');
    expect(last(talk)).toBe(
      [
        'Latest conversations in main:',
        '1. text 2 (this one, 1 hour ago)',
        '2. text 1 (2 hours ago)',
        '3. text 0 (3 hours ago)',
        '',
        '/sessions and a number goes back to one. /new starts another.',
      ].join('\n'),
    );
    talk.text('/sessions 3');
    expect(last(talk)).toBe(said.wentBack('text 0', false, 0));
    expect(active(talk)).toMatchObject({ sessionId: SESSIONS[0], generation: 3 });
    talk.text('/sessions 1');
    expect(last(talk)).toBe(said.presentSession);
    for (const nothing of ['4', '0', 'x']) {
      talk.text(`/sessions ${nothing}`);
      expect(last(talk)).toBe(said.unknownSession(3));
    }
    talk.text('/sessions text 1');
    expect(last(talk)).toBe(said.sessionMeant(3, 'text 1'));
    exchange(talk, 'again', SESSIONS[0]);
    expect(talk.state.sessions.find((s) => s.id === SESSIONS[0])?.title).toBe('text 0');
  });

  test('while a turn runs leaves it its own', () => {
    const talk = three();
    const one = talk.text('one');
    talk.taken();
    talk.text('two');
    talk.text('/sessions 2');
    expect(last(talk)).toBe(said.wentBack('text 1', true, 1));
    talk.answer('one', one);
    expect(talk.state.messages.find((m) => m.seq === one.seq)?.session).toBe(SESSIONS[2]);
    expect(talk.state.turns.at(-1)).toMatchObject({ state: 'open', sessionId: SESSIONS[1] });
  });

  test('knows those of the active project only, and says when there are none', () => {
    const talk = three();
    talk.text('/project new shop');
    talk.text('/sessions');
    expect(last(talk)).toBe(said.noSessions('shop'));
  });

  test('a title is the beginning of the first text, on one line and never half a character', () => {
    const talk = new Talk();
    exchange(talk, `look\nat ${'👍'.repeat(80)}`, SESSIONS[0]);
    const { title } = talk.state.sessions[0]!;
    expect(title).toBe(`look at ${'👍'.repeat(52)}…`);
    expect(title.isWellFormed()).toBe(true);
  });
});

describe('/undo', () => {
  const undone = (talk: Talk): string | undefined => talk.state.messages.find((m) => m.state === 'active')?.text;

  test('asks the machine to go back before the last answered message, and then one further', () => {
    const talk = new Talk();
    const [one, two] = [exchange(talk, 'one', SESSIONS[0]), exchange(talk, 'two')];
    const undo = talk.text('/undo');
    const asked = talk.state.messages.find((m) => m.state === 'active');
    expect(asked).toMatchObject({ seq: undo.seq, uuid: undo.uuid, action: 'undo', text: two.uuid });
    expect(talk.bodies).toHaveLength(2);
    talk.taken();
    talk.answer('Two files are as they were.', undo);
    const again = talk.text('/undo');
    expect(undone(talk)).toBe(one.uuid);
    talk.taken();
    talk.answer('One file is as it was.', again);
    talk.text('/undo');
    expect(last(talk)).toBe(said.nothingToUndo);
    expect(undone(talk)).toBeUndefined();
  });

  test('undoes the texts of one prompt together, but not texts that were steered in later', () => {
    const talk = new Talk(1000);
    talk.text('one');
    talk.text('and this');
    talk.fire('gather');
    talk.taken();
    talk.machine({ type: 'session', session_id: SESSIONS[0] });
    talk.answer('both', ...talk.state.messages);
    const undo = talk.text('/undo');
    expect(undone(talk)).toBe(talk.state.messages[1]?.uuid);
    talk.taken();
    talk.answer('gone', undo);
    talk.text('/undo');
    expect(last(talk)).toBe(said.nothingToUndo);
    const steered = new Talk(0, { queueMode: 'steer' });
    const one = steered.text('one');
    steered.taken();
    steered.machine({ type: 'session', session_id: SESSIONS[0] });
    const two = steered.text('two');
    steered.on({ type: 'steered', attempt: steered.ref, uuid: two.uuid });
    steered.answer('both', one, two);
    steered.text('/undo');
    expect(undone(steered)).toBe(two.uuid);
    steered.taken();
    steered.answer('gone', steered.state.messages.at(-1)!);
    steered.text('/undo');
    expect(undone(steered)).toBe(one.uuid);
  });

  test('is refused in words while something runs or waits, and in a session with nothing to undo', () => {
    const talk = new Talk(1000);
    talk.text('/undo');
    expect(last(talk)).toBe(said.nothingToUndo);
    talk.text('one');
    talk.text('/undo');
    expect(last(talk)).toBe(said.undoBusy);
    talk.fire('gather');
    talk.text('/undo');
    expect(last(talk)).toBe(said.undoBusy);
    talk.taken();
    talk.machine({ type: 'session', session_id: SESSIONS[0] });
    talk.answer('one', talk.state.messages[1]!);
    talk.text('/new');
    talk.text('/undo');
    expect(last(talk)).toBe(said.nothingToUndo);
    talk.text('/sessions 1');
    talk.text('/undo');
    expect(undone(talk)).toBe(talk.state.messages[1]?.uuid);
  });

  test('does not count what only looked or made a summary', () => {
    const talk = new Talk();
    const one = exchange(talk, 'one', SESSIONS[0]);
    for (const look of ['/compact', '/context', '/mcp', '/memory']) exchange(talk, look);
    talk.text('/undo');
    expect(undone(talk)).toBe(one.uuid);
  });
});
