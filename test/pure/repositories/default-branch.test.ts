import { describe, expect, test } from 'vitest';
import { opened, PULL, REPOSITORY } from '../../fixtures/host-events.ts';
import { Shop } from './shop.ts';

// Another default branch is learned from the host.

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
