import { describe, expect, test } from 'vitest';
import { Shop } from './shop.ts';

// A comment on a line of a diff page.

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
