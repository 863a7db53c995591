import { describe, expect, test } from 'vitest';
import { reviewed } from '../../fixtures/host-events.ts';
import { Shop } from './shop.ts';

// /watch and /unwatch: which pull requests a person hears of.

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
