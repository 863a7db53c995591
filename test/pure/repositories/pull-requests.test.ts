import { describe, expect, test } from 'vitest';
import type { HostTold } from '../../../src/conversation/state/host-asks.ts';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { readHostEvent } from '../../../src/git/host-event.ts';
import type { PullRequest } from '../../../src/git/pull-request.ts';
import {
  checkFailed,
  closed,
  HEAD,
  type HostWebhook,
  opened,
  REPOSITORY,
  reviewed,
} from '../../fixtures/host-events.ts';
import { Talk } from '../conversation.ts';

// What a person hears of their repositories, and what they do with pull requests.

const SHOP = { host: 'github.com', path: 'mara/shop', id: '4711', defaultBranch: 'main', isPrivate: true, sizeKb: 1 };
const PULL: PullRequest = {
  number: 12,
  title: 'Mend the cart',
  branch: 'mend-cart',
  base: 'main',
  head: HEAD,
  url: 'https://github.com/mara/shop/pull/12',
  state: 'open',
  isDraft: false,
  files: 3,
  added: 40,
  removed: 12,
};

class Shop extends Talk {
  constructor() {
    super(0);
    this.now = Date.parse('2026-11-23T10:00:00Z');
    this.state = { ...this.state, projects: this.state.projects.map((p) => ({ ...p, repository: SHOP })) };
  }

  says({ name, body }: HostWebhook): void {
    const said = readHostEvent(name, body, 'github.com', this.now);
    if (said === null || said === 'malformed') throw new Error('not an event');
    this.on({ type: 'host-said', said });
  }

  at(): string {
    return new Date(this.now).toISOString();
  }

  /** What the host was asked, as its ref. */
  asked(): string {
    const effect = this.effects.find((each) => each.do === 'ask-host');
    if (effect?.do !== 'ask-host') throw new Error('the host was not asked');
    return effect.ref;
  }

  tells(told: HostTold, ref = this.asked()): void {
    this.on({ type: 'host-told', ref, told });
  }

  /** The agent opens a pull request, and the host is read. */
  opens(): void {
    this.on({ type: 'pull-request-opened', project: 'main', number: 12 });
    this.tells({ is: 'pull', pull: PULL, checks: { list: [], isWhole: true, unread: 0 }, isMergeable: true });
  }

  /** The carrier has delivered every reply. */
  delivered(): void {
    this.state = { ...this.state, replies: this.state.replies.map((r) => ({ ...r, state: 'delivered' })) };
  }

  /** The timer of the news fires, and the host is asked; `told` is its answer. */
  minute(told: HostTold = { is: 'pull', pull: PULL, checks: null, isMergeable: null }): void {
    this.now += 60_000;
    for (const timer of this.state.timers.filter((t) => t.kind === 'git-news' && t.dueAt <= this.now)) {
      this.on({ type: 'timer', timer });
      if (this.effects.some((each) => each.do === 'ask-host')) this.tells(told);
    }
  }

  /** The earliest timer of this kind fires. */
  due(kind: string): void {
    const [timer] = this.state.timers.filter((t) => t.kind === kind).sort((a, b) => a.dueAt - b.dueAt);
    if (timer === undefined) throw new Error(`no timer ${kind}`);
    this.now = Math.max(this.now, timer.dueAt);
    this.on({ type: 'timer', timer });
  }

  get said(): string[] {
    return this.state.replies.map((r) => r.choices?.text ?? r.body);
  }

  get buttons(): string[] {
    return this.state.replies.at(-1)?.choices?.items.map(({ id }) => id.slice(2)) ?? [];
  }

  get tasks(): string[] {
    return this.state.messages.filter((m) => m.providerId.startsWith('own/')).map((m) => m.text);
  }
}

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

describe('another default branch', () => {
  const branch = (talk: Shop): string | null | undefined => talk.state.projects[0]?.repository?.defaultBranch;
  test('is learned from the webhooks of the repository, also when nobody hears of them', () => {
    const talk = new Shop();
    const event = opened(talk.at());
    const named = (default_branch: unknown) => ({
      ...event,
      body: { ...event.body, repository: { ...REPOSITORY, default_branch } },
    });
    talk.says(named('next'));
    expect(branch(talk)).toBe('next');
    talk.says(named(null));
    talk.says(event);
    expect(branch(talk)).toBe('next');
    const old = opened(new Date(talk.now - 11 * 60_000).toISOString());
    talk.says({ ...old, body: { ...old.body, repository: { ...REPOSITORY, default_branch: 'old' } } });
    expect(branch(talk)).toBe('next');
  });

  test('is learned whenever a pull request is read', () => {
    const talk = new Shop();
    talk.text('/pr 12');
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: null, defaultBranch: 'next' });
    expect(branch(talk)).toBe('next');
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

describe('/watch and /unwatch', () => {
  const WATCHES = 'In main I tell you of pull requests that I opened: %s. Of all others: %s.';
  const line = (own: string, others: string) => WATCHES.replace('%s', own).replace('%s', others);
  const ALL = 'new, checks, reviews, merges';
  test.each([
    [['/watch'], line(ALL, 'nothing')],
    [['/watch checks'], line(ALL, 'checks')],
    [['/unwatch reviews'], line('new, checks, merges', 'nothing')],
    [['/watch all', '/unwatch merge'], line('new, checks, reviews', 'new, checks, reviews')],
    [['/unwatch'], line('nothing', 'nothing')],
    [['/unwatch', '/watch usual'], line(ALL, 'nothing')],
  ])('%j', (words, expected) => {
    const talk = new Shop();
    for (const text of words) talk.text(text);
    expect(talk.said.at(-1)?.split('\n', 1)).toEqual([expected]);
  });

  test('after /unwatch the agent’s own pull requests are silent as well', () => {
    const talk = new Shop();
    talk.opens();
    talk.text('/unwatch');
    talk.says(reviewed(talk.at()));
    talk.minute();
    expect(talk.said).toHaveLength(2);
  });

  test('words that mean nothing, and a project without a repository', () => {
    const talk = new Shop();
    talk.text('/watch everything else');
    talk.text('/watch deploys');
    expect(talk.said.at(-1)).toMatch(/^Text \/watch or \/unwatch and what/);
    talk.text('/project new blog');
    talk.text('/watch');
    expect(talk.said.at(-1)).toMatch(/^blog has no repository\./);
  });
});

describe('merging', () => {
  const asks = (talk: Shop, change: Partial<PullRequest> = {}, isMergeable: boolean | null = true): void => {
    talk.text('/pr merge 12');
    talk.tells({
      is: 'pull',
      pull: { ...PULL, ...change },
      checks: { list: [], isWhole: true, unread: 0 },
      isMergeable,
    });
  };

  test('asks first, and a yes merges exactly the commit that was asked about', () => {
    const talk = new Shop();
    asks(talk);
    expect(talk.said.at(-1)).toBe('Merge #12 (Mend the cart) into main? Checks: none. It can’t be undone from here.');
    talk.delivered();
    talk.text('yes');
    expect(talk.asked()).toMatch(new RegExp(` merge main 12 ${HEAD}$`));
    talk.tells({ is: 'merged', pull: { ...PULL, state: 'merged' } });
    expect(talk.said.at(-1)).toBe('Merged #12 into main in main.');
  });

  test('a no merges nothing', () => {
    const talk = new Shop();
    asks(talk);
    talk.delivered();
    talk.text('no');
    expect(talk.effects.filter((each) => each.do === 'ask-host')).toEqual([]);
    expect(talk.said.at(-1)).toBe('I haven’t merged #12.');
  });

  test.each([
    [{ state: 'merged' } as const, true, '#12 is merged already.'],
    [{ isDraft: true }, true, '#12 is a draft'],
    [{}, false, '#12 can’t be merged: it has conflicts with main.'],
  ])('%j, mergeable %s: says why not, and asks nothing', (change, isMergeable, expected) => {
    const talk = new Shop();
    asks(talk, change, isMergeable);
    expect(talk.said.at(-1)).toContain(expected);
    expect(talk.state.conversation.asking).toBeNull();
  });

  test('a guest may not', () => {
    const talk = new Shop();
    talk.on({ type: 'admitted', role: 'guest', name: null, budget: null });
    talk.text('/pr merge 12');
    expect(talk.effects.filter((each) => each.do === 'ask-host')).toEqual([]);
    expect(talk.said.at(-1)).toMatch(/^Only members and admins can merge/);
  });

  test.each([
    ['changed', '', 'its branch has changed since I asked you'],
    ['closed', '', 'it was closed meanwhile'],
    ['blocked', 'Required status check "ci" is expected.', 'saying “Required status check "ci" is expected.”'],
  ] as const)('the host refuses: %s', (why, says, expected) => {
    const talk = new Shop();
    asks(talk);
    talk.delivered();
    talk.text('yes');
    talk.tells({ is: 'unmerged', pull: PULL, why, says });
    expect(talk.said.at(-1)).toContain(expected);
  });
});

describe('/pr, /checks and /diff', () => {
  test('/pr lists the open ones, with a list to choose from', () => {
    const talk = new Shop();
    talk.text('/pr');
    expect(talk.asked()).toMatch(/ list main - -$/);
    const pulls = Array.from({ length: 12 }, (_, n) => ({ ...PULL, number: 30 - n }));
    talk.tells({ is: 'pulls', pulls });
    expect(talk.said.at(-1)).toMatch(/^Open pull requests in main:\n#30 Mend the cart\n[\s\S]*\nand 2 more\n/);
    expect(talk.buttons).toHaveLength(10);
    expect(talk.buttons[0]).toBe('/pr main#30');
  });

  test('/checks names the failed ones first, with their links', () => {
    const talk = new Shop();
    talk.text('/checks');
    talk.tells({
      is: 'checks',
      pull: PULL,
      branch: 'mend-cart',
      checks: {
        isWhole: true,
        unread: 0,
        list: [
          { name: 'build', state: 'passed', url: 'https://ci.example.com/1' },
          { name: 'test', state: 'failed', url: 'https://ci.example.com/2' },
        ],
      },
    });
    expect(talk.said.at(-1)).toBe(
      'Checks of #12 Mend the cart:\n✗ test: failed\n  https://ci.example.com/2\n✓ build: passed',
    );
  });

  test('checks beyond what the host gave are said to be unread', () => {
    const talk = new Shop();
    const checks = { list: [{ name: 'a', state: 'passed' as const, url: null }], isWhole: true, unread: 30 };
    talk.text('/pr merge 12');
    talk.tells({ is: 'pull', pull: PULL, isMergeable: true, checks });
    expect(talk.said.at(-1)).toContain('Checks: 1 passed, 30 more that I haven’t read. ');
    talk.text('/checks');
    talk.tells({ is: 'checks', pull: null, branch: 'main', checks });
    expect(talk.said.at(-1)).toMatch(/\nand 30 more$/);
  });

  test('what the account may not read is said wherever checks are named', () => {
    const talk = new Shop();
    const pull = { is: 'pull', pull: PULL, isMergeable: true } as const;
    const unread = { list: [], isWhole: false, unread: 0 };
    talk.text('/pr 12');
    talk.tells({ ...pull, checks: unread });
    expect(talk.said.at(-1)).toContain('\nChecks: your account may not read them\n');
    talk.text('/pr 12');
    talk.tells({ ...pull, checks: { ...unread, list: [{ name: 'a', state: 'passed', url: null }] } });
    expect(talk.said.at(-1)).toContain('\nChecks your account may read: 1 passed\n');
    talk.text('/pr merge 12');
    talk.tells({ ...pull, checks: unread });
    expect(talk.said.at(-1)).toContain('Checks: your account may not read them. It can’t be undone');
    talk.text('/checks');
    talk.tells({ is: 'checks', pull: null, branch: 'main', checks: unread });
    expect(talk.said.at(-1)).toMatch(/^I can’t read the checks of main with the connected account\. GitHub lets no/);
  });

  test.each(['/pr', '/pr 12', '/pr merge 12', '/checks', '/diff 12', '/watch'])(
    '%s in a project at another host says what works there',
    (text) => {
      const talk = new Shop();
      const repository = { ...SHOP, host: 'gitlab.com' };
      talk.state = { ...talk.state, projects: talk.state.projects.map((p) => ({ ...p, repository })) };
      talk.text(text);
      expect(talk.effects.filter((each) => each.do === 'ask-host')).toEqual([]);
      expect(talk.said.at(-1)).toMatch(
        /^The repository of main is at gitlab\.com, .* GitHub alone\. .*\/diff work shows/,
      );
    },
  );

  test('/diff keeps the changes for their page', () => {
    const talk = new Shop();
    talk.text('/diff 12');
    talk.tells({ is: 'diff', pull: PULL, diff: 'diff --git a/x b/x\n@@ -1 +1 @@\n-a\n+b\n', isCut: false });
    const [diff] = talk.state.diffs;
    expect(diff).toMatchObject({ project: 'main', number: 12, title: '#12 Mend the cart' });
    expect(talk.said.at(-1)).toContain(`3 files, +40 −12\nhttps://relay.example.com/diff/${diff?.id}\n`);
  });

  test.each([
    [{ is: 'trouble', why: 'not-connected', again: null } as const, '/github connects one'],
    [{ is: 'trouble', why: 'missing', again: null } as const, 'The host doesn’t have that'],
    [{ is: 'trouble', why: 'limited', again: Date.parse('2026-11-23T10:07:30Z') } as const, 'in 8 minutes'],
  ])('%j', (told, expected) => {
    const talk = new Shop();
    talk.text('/diff');
    talk.tells(told);
    expect(talk.said.at(-1)).toContain(expected);
  });

  describe('work that is in no pull request', () => {
    const PATCH = 'diff --git a/x b/x\n@@ -1 +1,2 @@\n-a\n+b\n+c\n';
    const asked = (talk: Shop): Message[] => talk.state.messages.filter(({ action }) => action === 'diff');
    const answer = (talk: Shop, messages: readonly Message[], against: string | null): void => {
      talk.machine({
        ...{ type: 'result', text: 'Here are the changes.', is_error: false, cost_usd: 0 },
        ...{ user_message_uuids: messages.map(({ uuid }) => uuid), diff: { patch: PATCH, is_cut: false, against } },
      });
    };

    test.each([
      ['/diff, without an open pull request', '/diff', { is: 'none' } as const],
      [
        '/diff, on a host whose pull requests aren’t known',
        '/diff',
        { is: 'trouble', why: 'unknown-host', again: null } as const,
      ],
      ['/diff work', '/diff work', null],
    ])('%s asks the machine, and the page has its answer', (_name, text, told) => {
      const talk = new Shop();
      talk.text(text);
      if (told !== null) talk.tells(told);
      expect(asked(talk)).toMatchObject([{ project: 'main', text: '.', state: 'active' }]);
      talk.taken();
      answer(talk, asked(talk), 'main');
      const [diff] = talk.state.diffs;
      expect(diff).toMatchObject({
        project: 'main',
        number: null,
        url: null,
        title: 'Changes compared with main',
        patch: PATCH,
      });
      expect(talk.said.at(-1)).toBe(
        `Changes compared with main in main\n1 file, +2 −1\nhttps://relay.example.com/diff/${diff?.id}\nTap a line’s number there to comment on it.`,
      );
    });

    test('a project without a repository has it too', () => {
      const talk = new Shop();
      talk.state = { ...talk.state, projects: talk.state.projects.map((each) => ({ ...each, repository: null })) };
      talk.text('/diff');
      expect(asked(talk)).toHaveLength(1);
    });

    test('the newest pull request is shown with a word about it; a named one without', () => {
      const talk = new Shop();
      talk.text('/diff');
      talk.tells({ is: 'diff', pull: PULL, diff: PATCH, isCut: false });
      expect(talk.said.at(-1)).toMatch(/\/diff work shows what isn’t pushed yet\.$/);
      talk.text('/diff 12');
      talk.tells({ is: 'diff', pull: PULL, diff: PATCH, isCut: false });
      expect(talk.said.at(-1)).not.toContain('/diff work');
    });

    test('changes that nobody asked for make no page', () => {
      const talk = new Shop();
      talk.text('hello');
      talk.taken();
      answer(talk, talk.state.messages, null);
      expect([talk.state.diffs, talk.said.at(-1)]).toEqual([[], 'Here are the changes.']);
    });
  });

  test('a number that is none, an unknown project, an answer that comes twice', () => {
    const talk = new Shop();
    talk.text('/pr twelve');
    talk.text('/checks main#');
    talk.text('/diff blog#3');
    expect(talk.said.map((text) => text.split(' ', 3).join(' '))).toEqual([
      'Text /pr for',
      'Text /checks for',
      'There’s no project',
    ]);
    talk.text('/pr 12');
    const ref = talk.asked();
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: null }, ref);
    talk.tells({ is: 'pull', pull: PULL, checks: null, isMergeable: null }, ref);
    expect(talk.said).toHaveLength(4);
  });
});

describe('a comment on a line', () => {
  test('is the next text to the agent, in the project of the diff, with what the line said', () => {
    const talk = new Shop();
    talk.text('/project new blog');
    talk.text('/comment main#12 "cart.ts" -12 > sum += 1;\nWhy 1?');
    expect(talk.tasks).toEqual([
      '[A comment on the changes of pull request #12: "cart.ts", line 12, a line that is removed:]\n> sum += 1;\n\nWhy 1?',
    ]);
    expect(talk.state.turns).toMatchObject([{ project: 'main' }]);
  });

  test('may be about work that is in no pull request, in a project without a repository', () => {
    const talk = new Shop();
    talk.text('/project new blog');
    talk.text('/comment "cart.ts" 12: why?');
    expect(talk.tasks).toEqual(['[A comment on the changes: "cart.ts", line 12:]\n\nwhy?']);
  });

  test.each([
    ['/comment', /^Tap a line’s number/],
    ['/comment this is fine', /^Tap a line’s number/],
    ['/comment shoop#12 "cart.ts" 12: why?', /^There’s no project/],
  ])('%s: says what to do', (text, expected) => {
    const talk = new Shop();
    talk.text(text);
    expect(talk.said.at(-1)).toMatch(expected);
    expect(talk.tasks).toEqual([]);
  });
});

describe('the directory’s index', () => {
  const told = (talk: Shop) => talk.effects.some((each) => each.do === 'tell-repositories');
  test('is told of another list of repositories alone, until it has the newest', () => {
    const talk = new Shop();
    talk.text('/project new blog');
    expect(told(talk)).toBe(false);
    const blog = talk.state.conversation.project;
    talk.text('/project main');
    talk.text('/project archive blog');
    expect(told(talk)).toBe(false);
    talk.state = {
      ...talk.state,
      projects: [
        ...talk.state.projects.map((p) =>
          p.id === blog ? { ...p, archivedAt: null, repository: { ...SHOP, path: 'mara/blog', id: null } } : p,
        ),
      ],
    };
    talk.text('/project archive blog');
    expect(told(talk)).toBe(true);
    talk.on({
      type: 'repositories-told',
      repositories: ['github.com/mara/blog', 'github.com#4711', 'github.com/mara/shop'],
    });
    expect(talk.state.timers.some((t) => t.kind === 'repositories')).toBe(true);
    talk.on({ type: 'repositories-told', repositories: ['github.com#4711', 'github.com/mara/shop'] });
    expect(talk.state.timers.some((t) => t.kind === 'repositories')).toBe(false);
  });
});
