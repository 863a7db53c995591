import { acting, each, inMode, onePlan, type Variant } from './variant.ts';

// Products that mix up people, projects and earlier words. Data only.

export const PEOPLE: readonly Variant[] = [
  {
    name: 'object-by-part-of-the-number',
    wrong: 'people whose addresses begin alike share an object, and only the first of them is heard',
    noticedBy:
      'test/edge/never-mix.test.ts: a callback for the other’s message changes nothing of the one it is not for',
    patches: [
      {
        file: 'src/objects/namespaces.ts',
        find: '.getByName(address, hint',
        replace: '.getByName(address.slice(0, -1), hint',
      },
    ],
    plan: onePlan('none', each(3, 'none')),
  },
  {
    name: 'project-of-now',
    wrong: 'a waiting text is worked on in the project to which the person has switched since',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/turn/queue.ts',
        find: 'projectOf(settled, first.project ?? settled.conversation.project)',
        replace: 'projectOf(settled, settled.conversation.project)',
      },
    ],
    // In the usual mode a text soon after the first joins its work.
    plan: inMode('queue', onePlan('none', acting('move', 1, [{ work: 'tool' }, {}], 'tool'))),
  },
  {
    name: 'lost-without-a-word-of-before',
    wrong: 'an agent whose machine lost its disk hears nothing about the earlier conversation',
    noticedBy: 'test/pure/questions/session-primer.test.ts: bounded: the oldest messages are left out',
    patches: [
      {
        file: 'src/conversation/questions/session-primer.ts',
        find: 'for (const said of recentTextsOf(state).toReversed()) {',
        replace: 'for (const said of recentTextsOf(state).slice(0, 0)) {',
      },
    ],
    plan: onePlan('disk lost', acting('apart', 1, [{}, { work: 'recall' }])),
  },
];
