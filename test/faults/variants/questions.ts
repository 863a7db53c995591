import { acting, inTurn, onePlan, type Variant } from './variant.ts';

// Products that are wrong about questions and consent: asked once, each answer for its own question, nothing allowed
// without permission. Data only.

export const QUESTIONS: readonly Variant[] = [
  {
    name: 'answer-given-once',
    wrong: 'the person’s answer is lost when the relay ends between taking it and giving it to the agent',
    noticedBy:
      'test/pure/outbox/answer-replies.test.ts: each question gets the choice made below it first; nothing is allowed that was not allowed there',
    patches: [
      {
        file: 'src/conversation/questions/answer-delivery.ts',
        find: `  const timed = withTimer(state, { kind: 'answer', ref: id, dueAt: ctx.now + ANSWER_AGAIN_MS, attempts: 0 });`,
        replace: '  const timed = state;',
      },
    ],
    plan: onePlan('relay', acting('ask', 2, [{ work: 'ask' }], 'heard')),
  },
  {
    name: 'tap-for-the-next',
    wrong: 'a second tap below an answered question answers the next one',
    noticedBy:
      'test/pure/outbox/answer-replies.test.ts: each question gets the choice made below it first; nothing is allowed that was not allowed there',
    patches: [
      {
        file: 'src/conversation/questions/match-answer.ts',
        find: 'const question = findQuestion(state, tap.question);\n  if (question && isLate',
        replace: `const named = findQuestion(state, tap.question);
  const question = named?.state === 'open' ? named : (state.questions.find((q) => q.state === 'open') ?? named);
  if (question && isLate`,
      },
    ],
    plan: onePlan('none', acting('ask', 1, [{ work: 'ask' }, { work: 'ask' }], 'none', { tapsAgain: true })),
  },
  {
    name: 'consent-not-asked-again',
    wrong: 'a request made before a restart counts as allowed after it',
    noticedBy:
      'test/pure/outbox/answer-replies.test.ts: each question gets the choice made below it first; nothing is allowed that was not allowed there',
    patches: [
      {
        file: 'src/conversation/questions/agent-questions.ts',
        find: `  const { answer } = question;
  if (!answer) return noEffects(withQuestion(state, question));`,
        replace: `  const answer = question.answer ?? (question.kind === 'approve' ? { ...DENY, decision: 'allow', reason: '' } : null);
  if (!answer) return noEffects(withQuestion(state, question));`,
      },
    ],
    plan: onePlan(
      'machine',
      acting('consent', 2, [{ work: 'consent' }], 'asked', { decides: 'Deny', answers: 'much later' }),
    ),
  },
  {
    name: 'grant-of-another-project',
    wrong: 'a permission for one project also holds in another',
    noticedBy:
      'test/pure/outbox/answer-replies.test.ts: each question gets the choice made below it first; nothing is allowed that was not allowed there',
    patches: [
      {
        file: 'src/conversation/questions/agent-questions.ts',
        find: '(g: Grant): boolean => g.project === project && g.rule === rule',
        replace: '(g: Grant): boolean => g.rule === rule',
      },
    ],
    plan: inTurn(
      onePlan('none', acting('consent', 1, [{ work: 'grant' }], 'asked', { decides: 'Always' })),
      onePlan('none', acting('project', 1, [{ id: 'm0002' }])),
      onePlan('none', acting('consent', 1, [{ work: 'grant', id: 'm0003' }], 'asked', { decides: 'Approve' })),
    ),
  },
];
