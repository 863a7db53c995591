import { describe, expect, test } from 'vitest';
import type { PullRequest } from '../../../src/git/pull-request.ts';
import { HEAD, PULL } from '../../fixtures/host-events.ts';
import { Shop } from './shop.ts';

// A person merges a pull request.

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
