import { describe, expect, test } from 'vitest';
import type { Message } from '../../../src/conversation/state/rows.ts';
import { PULL, SHOP } from '../../fixtures/host-events.ts';
import { Shop } from './shop.ts';

// /pr, /checks and /diff: what a person asks of pull requests.

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
