import { describe, expect, test } from 'vitest';
import { checkFailed, closed, opened, PULL, reviewed } from '../../fixtures/host-events.ts';
import { Shop } from './shop.ts';

// What a person hears of pull requests: of the agent's, and of what the host says of them.

describe('a pull request of the agent', () => {
  test('is one message with its facts, its link and buttons', () => {
    const talk = new Shop();
    talk.opens();
    expect(talk.said).toEqual([
      'Pull request #12 in main: Mend the cart\nmend-cart → main · 3 files, +40 −12\nChecks: none\nhttps://github.com/mara/shop/pull/12',
    ]);
    expect(talk.buttons).toEqual(['/diff main#12', '/checks main#12', '/pr merge main#12']);
    talk.says(opened(talk.at()));
    talk.on({ type: 'pull-request-opened', project: 'main', number: 12 });
    talk.tells({ is: 'pull', pull: PULL, checks: { list: [], isWhole: true, unread: 0 }, isMergeable: true });
    expect(talk.said).toHaveLength(1);
  });

  test('is shown later when the host does not answer at once, and given up with a sentence', () => {
    const talk = new Shop();
    talk.on({ type: 'pull-request-opened', project: 'main', number: 12 });
    for (let tries = 1; tries < 3; tries++) {
      talk.tells({ is: 'trouble', why: 'down', again: null });
      expect(talk.said).toEqual([]);
      const [timer] = talk.state.timers.filter((t) => t.kind === 'host');
      if (timer === undefined) throw new Error('no timer');
      talk.now = timer.dueAt;
      talk.on({ type: 'timer', timer });
    }
    talk.tells({ is: 'trouble', why: 'down', again: null });
    expect(talk.said).toEqual(['The git host doesn’t answer. Try again in a few minutes.']);
    expect(talk.state.timers.filter((t) => t.kind === 'host')).toEqual([]);
  });
});

describe('what the host says', () => {
  test('several checks of a minute are one message, each named once', () => {
    const talk = new Shop();
    talk.opens();
    for (const name of ['lint', 'test', 'lint']) talk.says(checkFailed(talk.at(), name));
    expect(talk.said).toHaveLength(1);
    talk.minute();
    expect(talk.said.slice(1)).toEqual([
      'Pull request #12 in main: Mend the cart\n2 checks failed: lint, test.\nhttps://github.com/mara/shop/pull/12',
    ]);
    expect(talk.buttons).toEqual(['/pr fix main#12', '/diff main#12']);
    talk.says(checkFailed(talk.at(), 'test'));
    talk.minute();
    expect(talk.said).toHaveLength(2);
  });

  test('a review and a merge in one minute are one message as well', () => {
    const talk = new Shop();
    talk.opens();
    talk.says(reviewed(talk.at()));
    talk.says(reviewed(talk.at()));
    talk.says(closed(talk.at(), true));
    talk.minute({ is: 'pull', pull: { ...PULL, state: 'merged' }, checks: null, isMergeable: null });
    expect(talk.said.slice(1)).toEqual([
      'Pull request #12 in main: Mend the cart\nrobin reviewed it and wants changes.\nIt was merged.\nhttps://github.com/mara/shop/pull/12',
    ]);
    expect(talk.buttons).toEqual([]);
    talk.says(closed(talk.at(), true));
    talk.minute();
    expect(talk.said).toHaveLength(2);
  });

  test('of a commit that is no longer the newest is nobody’s news', () => {
    const talk = new Shop();
    talk.opens();
    talk.says(checkFailed(talk.at(), 'lint', { head_sha: 'c'.repeat(40), pull_requests: [] }));
    talk.minute();
    expect(talk.said).toHaveLength(1);
  });

  test('of other people’s pull requests nothing is kept or told unless the person watches', () => {
    const talk = new Shop();
    talk.says(opened(talk.at()));
    talk.says(reviewed(talk.at()));
    expect([talk.said, talk.state.pulls]).toEqual([[], []]);
    talk.text('/watch reviews and new');
    talk.says(opened(talk.at()));
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: null });
    talk.says(reviewed(talk.at(), { id: 6 }));
    talk.says(checkFailed(talk.at(), 'lint'));
    talk.minute();
    expect(talk.said.slice(1)).toEqual([
      expect.stringMatching(/^Pull request #12 in main: Mend the cart\nmend-cart → main/),
      expect.stringMatching(/\nrobin reviewed it and wants changes\.\nhttps/),
    ]);
  });

  test.each([
    ['missing', 0],
    ['not-connected', 0],
    ['down', 1],
  ] as const)('is not told to a person whose account can’t read it: %s', (why, left) => {
    const talk = new Shop();
    talk.opens();
    talk.says(reviewed(talk.at()));
    talk.minute({ is: 'trouble', why, again: null });
    while (talk.state.timers.some((t) => t.kind === 'host')) {
      talk.due('host');
      if (talk.effects.length > 0) talk.tells({ is: 'trouble', why, again: null });
    }
    expect(talk.said).toHaveLength(1);
    expect(talk.state.pulls[0]?.news).toHaveLength(left);
    expect(talk.state.timers.filter((t) => t.kind === 'host')).toEqual([]);
  });

  test('is short enough for a message with buttons, however much there is', () => {
    const talk = new Shop();
    talk.opens();
    for (let id = 1; id <= 12; id++) talk.says(reviewed(talk.at(), { id }));
    talk.minute();
    expect(talk.said.at(-1)).toContain('And 7 more.');
    expect(talk.said.at(-1)?.length).toBeLessThan(1024);
    talk.text('/pr');
    const long = { ...PULL, title: 'x'.repeat(120), branch: 'y'.repeat(80) };
    talk.tells({ is: 'pulls', pulls: Array.from({ length: 20 }, (_, n) => ({ ...long, number: 900_000_000 + n })) });
    expect(talk.said.at(-1)?.length).toBeLessThan(1024);
  });

  test('waits for the end of quiet hours', () => {
    const talk = new Shop();
    talk.text('/timezone UTC');
    talk.text('/quiet 22-7');
    talk.opens();
    talk.now = Date.parse('2026-11-23T23:00:00Z');
    talk.says(reviewed(talk.at()));
    const before = talk.said.length;
    talk.minute();
    expect(talk.said).toHaveLength(before);
    talk.due('host');
    expect(new Date(talk.now).toISOString()).toBe('2026-11-24T07:00:00.000Z');
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: null });
    expect(talk.said).toHaveLength(before + 1);
  });

  test('of a pull request that somebody opened waits for the end of quiet hours as well', () => {
    const talk = new Shop();
    for (const words of ['/timezone UTC', '/quiet 22-7', '/watch new']) talk.text(words);
    talk.now = Date.parse('2026-11-23T23:00:00Z');
    talk.says(opened(talk.at()));
    expect(talk.effects).toEqual([]);
    talk.due('host');
    expect(new Date(talk.now).toISOString()).toBe('2026-11-24T07:00:00.000Z');
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: null });
    expect(talk.said.at(-1)).toMatch(/^Pull request #12 in main: Mend the cart\nmend-cart → main/);
  });

  test('of a pull request that a schedule opened at night waits for the morning', () => {
    const talk = new Shop();
    for (const words of ['/timezone UTC', '/quiet 22-7', '/schedule every day at 23:00: mend the cart'])
      talk.text(words);
    talk.now = Date.parse('2026-11-23T23:00:00Z');
    talk.due('schedule');
    talk.on({ type: 'pull-request-opened', project: 'main', number: 12 });
    expect(talk.effects.filter((each) => each.do === 'ask-host')).toEqual([]);
    talk.due('host');
    expect(new Date(talk.now).toISOString()).toBe('2026-11-24T07:00:00.000Z');
    talk.asked();
  });

  test('is told when the host answers again, for a day, and with the next event at once', () => {
    const away = { is: 'trouble', why: 'down', again: null } as const;
    const talk = new Shop();
    talk.opens();
    talk.says(reviewed(talk.at()));
    talk.minute(away);
    const begun = talk.now;
    for (let tries = 1; tries < 10; tries++) {
      talk.due('host');
      talk.tells(away);
    }
    expect(talk.now - begun).toBeGreaterThan(3 * 3_600_000);
    // The host is back, and says so.
    talk.says(reviewed(talk.at(), { id: 6 }));
    talk.minute();
    expect(talk.said.at(-1)).toMatch(
      /\nrobin reviewed it and wants changes\.\nrobin reviewed it and wants changes\.\nhttps/,
    );
    expect(talk.state.timers.filter((t) => t.kind === 'host')).toEqual([]);
    talk.says(reviewed(talk.at(), { id: 7 }));
    talk.minute(away);
    const again = talk.now;
    while (talk.state.timers.some((t) => t.kind === 'host')) {
      talk.due('host');
      if (talk.effects.length > 0) talk.tells(away);
    }
    expect(talk.now - again).toBeLessThan(2 * 86_400_000);
    expect(talk.now - again).toBeGreaterThan(86_400_000);
  });

  test('a merge by the person’s own yes is no news', () => {
    const talk = new Shop();
    talk.opens();
    talk.text('/pr merge 12');
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: true });
    talk.delivered();
    talk.text('yes');
    const ref = talk.asked();
    talk.says(closed(talk.at(), true));
    const merged = { ...PULL, state: 'merged' } as const;
    talk.tells({ is: 'merged', pull: merged }, ref);
    talk.minute({ is: 'pull', pull: merged, checks: null, isMergeable: null });
    expect(talk.said.at(-1)).toBe('Merged #12 into main in main.');
  });

  test('of another repository that has the name by now is nobody’s news', () => {
    const talk = new Shop();
    talk.opens();
    const event = reviewed(talk.at());
    talk.says({ ...event, body: { ...event.body, repository: { id: 99, full_name: 'mara/shop' } } });
    expect(talk.log).toMatchObject([{ event: 'git-event-unbound' }]);
  });

  test('is not told when it is old, of another repository, or of an archived project', () => {
    const talk = new Shop();
    talk.opens();
    talk.says(reviewed(new Date(talk.now - 4 * 86_400_000).toISOString()));
    const other = {
      ...reviewed(talk.at()),
      body: { ...reviewed(talk.at()).body, repository: { id: 1, full_name: 'a/b' } },
    };
    talk.says(other);
    expect(talk.log).toMatchObject([{ event: 'git-event-unbound' }]);
    const [project] = talk.state.projects;
    if (project === undefined) throw new Error('no project');
    talk.says(checkFailed(talk.at(), 'lint'));
    talk.state = { ...talk.state, projects: [{ ...project, archivedAt: talk.now }] };
    talk.says(checkFailed(talk.at(), 'test'));
    talk.minute();
    expect(talk.said).toHaveLength(1);
  });
});

describe('buttons below news', () => {
  test.each([
    ['fix', /^Checks of pull request #12 \(Mend the cart\) failed\./],
    ['read', /^A review came for pull request #12 \(Mend the cart\)\./],
  ])('/pr %s starts the work, in the project of the pull request', (word, task) => {
    const talk = new Shop();
    talk.opens();
    talk.text('/project new blog');
    talk.text(`/pr ${word} main#12`);
    expect(talk.tasks).toEqual([expect.stringMatching(task)]);
    expect(talk.state.messages.find((m) => m.providerId.startsWith('own/'))?.project).toBe('main');
    expect(talk.state.turns).toMatchObject([{ project: 'main', state: 'open' }]);
  });

  test('work that waits for the turn before is confirmed, as a text would be', () => {
    const talk = new Shop();
    talk.opens();
    talk.text('/pr fix main#12');
    talk.text('/pr read main#12');
    talk.due('waiting');
    expect(talk.said.at(-1)).toBe('Got it, I’ll take this next.');
  });
});
