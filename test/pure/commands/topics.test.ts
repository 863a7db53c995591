import { describe, expect, test } from 'vitest';
import { PROJECTS_MAX } from '../../../src/conversation/policy/projects.ts';
import type { Message, Reply } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { type Talk, talkOn } from '../conversation.ts';

// Topics of a chat as projects: a text in a topic goes to its project, and the answer leaves there.

const [ADA, BOT] = ['telegram:4815162342', 'telegram:1001'];
const said = texts.projects;

const open = (): Talk => talkOn(ADA, BOT);
const enter = (talk: Talk, id: string | null, name: string | null = null, isNew = false) =>
  talk.on({ type: 'thread', from: ADA, to: BOT, id, name, isNew });
function says(talk: Talk, id: string | null, text: string, name: string | null = null): Message {
  enter(talk, id, name);
  return talk.text(text);
}
const labelOf = (talk: Talk, seq: number): string | undefined => {
  const project = talk.state.messages.find((m) => m.seq === seq)?.project;
  return talk.state.projects.find(({ id }) => id === project)?.label;
};
const newest = (talk: Talk): Reply => talk.state.replies.at(-1) as Reply;
const active = (talk: Talk): string | undefined =>
  talk.state.projects.find(({ id }) => id === talk.state.conversation.project)?.label;

describe('a new topic', () => {
  test('gets a project of its name and hears so, once', () => {
    const talk = open();
    enter(talk, '17', 'Web shop', true);
    enter(talk, '17', 'Web shop', true);
    expect(talk.state.projects.map(({ label }) => label)).toEqual(['main', 'Web shop']);
    expect(talk.bodies).toEqual([said.topic('Web shop')]);
    expect(newest(talk)).toMatchObject({ thread: '17', to: ADA, from: BOT });
  });

  test('takes the project of that name, also an archived one', () => {
    const talk = open();
    talk.text('/project new Web');
    talk.text('/project main');
    talk.text('/project archive Web');
    enter(talk, '17', 'web', true);
    expect(talk.state.projects.map(({ label, archivedAt }) => [label, archivedAt])).toEqual([
      ['main', null],
      ['Web', null],
    ]);
    expect(active(talk)).toBe('Web');
  });

  test('gets a numbered project where another topic or the chat itself has the name', () => {
    const talk = open();
    enter(talk, '17', 'Web', true);
    enter(talk, '18', 'web', true);
    enter(talk, null);
    enter(talk, '19', 'main', true);
    expect(talk.state.projects.map(({ label }) => label)).toEqual(['main', 'Web', 'web 2', 'main 2']);
  });

  test.each([
    ['no name', null, 'Topic'],
    ['a name of nothing', ' \u200b ', 'Topic'],
    ['a long name', 'x'.repeat(128), 'x'.repeat(36)],
    ['a word of /project', 'List', 'Topic'],
    ['characters that no project has', 'a > b', 'a b'],
  ])('with %s gets a project anyway', (_, name, label) => {
    const talk = open();
    enter(talk, '17', name);
    expect(active(talk)).toBe(label);
  });

  test('gets none in a locked conversation, where nothing is read but /unlock', () => {
    const talk = open();
    talk.text('/pin', 0, { secret: '4821' });
    talk.text('/lock');
    const before = talk.bodies;
    says(talk, '17', 'go', 'Web');
    expect(talk.state.projects.map(({ label }) => label)).toEqual(['main']);
    expect(talk.bodies).toEqual(before);
    talk.text('/unlock', 0, { secret: '4821' });
    says(talk, '17', 'go', 'Web');
    expect(active(talk)).toBe('Web');
  });

  test('gets none when there are too many: its texts go on as outside topics', () => {
    const talk = open();
    for (let n = 1; n < PROJECTS_MAX; n++) talk.text(`/project new P${n}`);
    talk.text('/project main');
    enter(talk, '17', 'Web', true);
    expect(newest(talk)).toMatchObject({ body: said.topicFull(PROJECTS_MAX, 'main'), thread: null });
    expect(labelOf(talk, says(talk, '17', 'go').seq)).toBe('main');
  });
});

describe('a text', () => {
  test('goes to the project of its topic, and its answer to that topic', () => {
    const talk = open();
    const text = says(talk, '17', 'list the files', 'Web');
    expect(labelOf(talk, text.seq)).toBe('Web');
    talk.taken();
    talk.answer('Two.', text);
    expect(newest(talk)).toMatchObject({ body: 'Two.', thread: '17' });
  });

  test('outside topics goes to the project that was active there, and its answer leaves outside topics', () => {
    const talk = open();
    says(talk, '17', '/status', 'Web');
    const text = says(talk, null, 'list the files');
    expect(labelOf(talk, text.seq)).toBe('main');
    talk.taken();
    talk.answer('Two.', text);
    expect(newest(talk)).toMatchObject({ body: 'Two.', thread: null });
  });

  test('in a topic is answered there although the person has gone on outside', () => {
    const talk = open();
    const text = says(talk, '17', 'list the files', 'Web');
    talk.taken();
    says(talk, null, '/status');
    expect(newest(talk).thread).toBeNull();
    talk.answer('Two.', text);
    expect(newest(talk)).toMatchObject({ body: 'Two.', thread: '17' });
  });

  test('in two topics makes two turns, one after the other, each answered in its own', () => {
    const talk = open();
    const web = says(talk, '17', 'list the files', 'Web');
    talk.taken();
    const app = says(talk, '18', 'run the tests', 'App');
    expect(talk.state.turns.filter((turn) => turn.state === 'open')).toHaveLength(1);
    talk.answer('Two.', web);
    expect(newest(talk)).toMatchObject({ body: 'Two.', thread: '17' });
    talk.taken();
    talk.answer('Green.', app);
    expect(newest(talk)).toMatchObject({ body: 'Green.', thread: '18' });
  });

  test('whose answer was held because the person shut us out is answered in its own topic', () => {
    const talk = open();
    const [web, app, outside] = [says(talk, '17', 'a', 'Web'), says(talk, '18', 'b', 'App'), says(talk, null, 'c')];
    const shut = (isShut: boolean): void => {
      talk.now += 60_000;
      talk.on({ type: 'shut', address: ADA, sender: BOT, isShut, at: talk.now });
    };
    shut(true);
    for (const [text, words] of [
      [web, 'One.'],
      [app, 'Two.'],
      [outside, 'Three.'],
    ] as const) {
      talk.taken();
      talk.answer(words, text);
    }
    for (let n = 0; n < 9; n++) talk.on({ type: 'send-begin' });
    shut(false);
    const leaving = talk.state.replies.filter(({ state }) => state === 'ready');
    expect(leaving.map(({ body, thread }) => [body, thread])).toEqual([
      [said.topic('Web'), '17'],
      [said.topic('App'), '18'],
      ['One.', '17'],
      ['Two.', '18'],
      ['Three.', null],
    ]);
  });

  test('a topic that says nothing starts no turn and gets no answer of its own', () => {
    const talk = open();
    enter(talk, '17', 'Web', true);
    talk.text('', 0, { isTopic: true });
    expect(talk.bodies).toEqual([said.topic('Web')]);
    expect(talk.state.messages.at(-1)?.state).toBe('consumed');
  });

  test('on a channel without topics goes to the active project, and its answer to no topic', () => {
    const talk = open();
    says(talk, '17', '/status', 'Web');
    talk.on({ type: 'bind', address: '+15555550123', how: 'operator' });
    const text: Message = { ...talk.text('/status'), seq: 90, providerId: 'SM90', uuid: 'u-90', text: '/projects' };
    talk.on({ type: 'message', message: { ...text, from: '+15555550123', to: '+15555550100', text: '/project main' } });
    expect(newest(talk)).toMatchObject({ to: '+15555550123', thread: null });
    enter(talk, '17');
    expect(active(talk)).toBe('Web');
  });
});

test('/project in a topic makes the topic for that project, and outside topics nothing changes', () => {
  const talk = open();
  talk.text('/project new App');
  talk.text('/project main');
  says(talk, '17', '/project App', 'Web');
  expect(newest(talk).thread).toBe('17');
  says(talk, null, '/status');
  expect(active(talk)).toBe('main');
  enter(talk, '17');
  expect(active(talk)).toBe('App');
});

describe('a topic that is renamed', () => {
  const rename = (talk: Talk, id: string, name: string) =>
    talk.on({ type: 'thread', from: ADA, to: BOT, id, name, isNew: false, isRenamed: true });
  const labels = (talk: Talk): string[] => talk.state.projects.map(({ label }) => label);

  test('renames its project and says so in it, and the person stays where they are', () => {
    const talk = open();
    enter(talk, '17', 'Web', true);
    enter(talk, null);
    rename(talk, '17', 'Shop');
    rename(talk, '17', 'Shop');
    expect(labels(talk)).toEqual(['main', 'Shop']);
    expect(talk.bodies.slice(1)).toEqual([said.renamed('Web', 'Shop')]);
    expect(newest(talk).thread).toBe('17');
    expect(active(talk)).toBe('main');
    expect(talk.state.conversation.threads.here).toBeNull();
    expect(labelOf(talk, says(talk, '17', 'go').seq)).toBe('Shop');
  });

  test.each([
    ['another project has', 'main', said.taken('main')],
    ['an archived project has', 'old', said.takenArchived('Old')],
    ['no project can have', 'List', said.fault('word', 40)],
  ])('to a name that %s leaves its project the name, and says so', (_, name, why) => {
    const talk = open();
    talk.text('/project new Old');
    talk.text('/project archive Old');
    enter(talk, '17', 'Web', true);
    rename(talk, '17', name);
    expect(labels(talk)).toContain('Web');
    expect(newest(talk)).toMatchObject({ thread: '17', body: said.topicKeeps('Web', why) });
  });

  test('before it had a project gets one of its new name', () => {
    const talk = open();
    rename(talk, '17', 'Shop');
    expect(labels(talk)).toEqual(['main', 'Shop']);
  });
});

test('/project rename says that the topic keeps its name', () => {
  const talk = open();
  says(talk, '17', '/project rename Shop', 'Web');
  expect(newest(talk).body).toBe(`${said.renamed('Web', 'Shop')}${said.topicNamedApart}`);
  says(talk, null, '/project rename Home');
  expect(newest(talk).body).toBe(said.renamed('main', 'Home'));
});

test('a project that is archived in its topic leaves the topic free', () => {
  const talk = open();
  says(talk, '17', '/project archive Web', 'Web');
  expect(active(talk)).toBe('main');
  expect(Object.keys(talk.state.conversation.threads.of)).not.toContain('main');
});

test('a topic of somebody whose address is no longer the person’s changes nothing', () => {
  const talk = open();
  const before = talk.state;
  talk.on({ type: 'thread', from: 'telegram:999', to: BOT, id: '17', name: 'Web', isNew: true });
  expect(talk.state.projects).toEqual(before.projects);
});
