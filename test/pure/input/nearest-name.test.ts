import { describe, expect, test } from 'vitest';
import { findMisspelt, findNearest } from '../../../src/input/nearest-name.ts';
import { Reminded } from '../schedules/reminded.ts';

// Misspelt names: the answer suggests the name that may have been meant, and does nothing else.

describe('the findNearest name', () => {
  const names = ['shop', 'backend api', 'Garden', 'Garten', 'a'];
  test.each([
    ['shp', 'shop'],
    ['SHOPP', 'shop'],
    ['hsop', 'shop'],
    ['backend', 'backend api'],
    ['api', 'backend api'],
    ['gardne', 'Garden'],
    ['ga', null],
    ['b', null],
    ['', null],
    ['nothing', null],
    ['x'.repeat(100_000), null],
  ])('%.20s → %s', (typed, name) => expect(findNearest(typed, names)).toBe(name));

  test('a findMisspelt one is never only a part of it', () => expect(findMisspelt('backend', names)).toBeNull());
});

describe('“did you mean”', () => {
  const says = (talk: Reminded, text: string): string => {
    talk.text(text);
    return talk.arrives().join('\n\n');
  };
  const models = { allowed: ['claude-opus-5', 'claude-sonnet-5'], fallback: 'claude-haiku-5' };

  test.each([
    ['/project shp', 'shop'],
    ['/project switch shp', 'shop'],
    ['/project archive shp', 'shop'],
    ['/project rename shp > store', 'shop'],
    ['/project restore ol', 'old'],
    ['/project oldd', 'old'],
    ['/project nwe store', '/project new store'],
    ['/pause standup', 'schedule 2'],
    ['/cancel bred', 'schedule 1'],
    ['/schedules stand', 'schedule 2'],
    ['/model sonet', 'claude-sonnet-5'],
    ['/model claude-sonet-5', 'claude-sonnet-5'],
    ['/timezone Berln', 'Bern or Berlin'],
    ['/timezone Amsterdm', 'Amsterdam'],
    ['/timezone New Yrok', 'New York'],
    ['/timezone Europe/Berln', 'Europe/Berlin'],
    ['/queue stear', '/queue steer'],
  ])('%s', (text, meant) => {
    const talk = new Reminded({ models });
    says(talk, '/project new old');
    says(talk, '/project archive old');
    says(talk, '/project new shop');
    talk.has({ prompt: 'bread' });
    talk.has({ prompt: 'text me the standup' });
    const { conversation, projects, schedules } = talk.state;
    expect(says(talk, text)).toContain(`Did you mean ${meant}`);
    expect(talk.state.projects).toEqual(projects);
    expect(talk.state.schedules).toEqual(schedules);
    expect(talk.state.conversation).toMatchObject({ project: conversation.project, zone: conversation.zone });
  });

  test('a number that there is not: which there are', () => {
    const talk = new Reminded();
    expect(says(talk, '/pause 9')).toBe('There’s no schedule 9. You have none.');
    talk.has({ prompt: 'bread' });
    expect(says(talk, '/pause 9')).toBe('There’s no schedule 9. Did you mean schedule 1, “bread”?');
    talk.has();
    talk.has();
    expect(says(talk, '/pause 9')).toBe('There’s no schedule 9. You have 1, 2 and 3: /schedules shows them.');
  });

  test('nothing is near: nothing is guessed', () => {
    const talk = new Reminded({ models });
    for (const text of ['/project nowhere', '/pause zebra', '/model gpt', '/timezone Atlantis', '/sessions zebra']) {
      expect(says(talk, text)).not.toContain('Did you mean');
    }
  });
});
