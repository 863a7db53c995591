import { describe, expect, test } from 'vitest';
import { SHOP } from '../../fixtures/host-events.ts';
import { Shop } from './shop.ts';

// The directory is told which repositories a conversation has.

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
