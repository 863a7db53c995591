import { describe, expect, test } from 'vitest';
import { ANSWERED_JUST_NOW_MS, GRANTS_MAX } from '../../../src/conversation/policy/questions.ts';
import { programsOf } from '../../../src/conversation/questions/approvals.ts';
import { newProject } from '../../../src/conversation/state/state.ts';
import type { Request } from '../../../src/protocol/index.ts';
import { PROGRAMS_DENIED_MS, PROGRAMS_KEPT } from '../../../src/protocol/limits.ts';
import { texts } from '../../../src/texts/index.ts';
import { afterReading, Talk } from '../conversation.ts';
import { allow, CONSENT, QuestionTalk } from './question-talk.ts';

// Answers that outlive their turn: what a person allowed for good, and what they said about the programs that a project
// starts automatically. They are listed and can be removed, and the machine is told of them with each attempt.

type Approve = Extract<Request, { kind: 'approve' }>;
const words = texts.questions;
const digest = (n: number): string => n.toString(16).padStart(64, '0');

class Asked extends Talk {
  /** A running turn that asks about programs. */
  static about(...contents: number[]): Asked {
    const talk = new Asked();
    talk.text('please');
    talk.taken();
    for (const content of contents) talk.asks(content);
    return talk;
  }

  asks(content: number, more: Partial<Approve> = {}): void {
    const rule = `Programs(sha256:${digest(content)}, PostToolUse hook, lookup server)`;
    const about = { kind: 'approve', tool: 'Programs', summary: 'x', does: 'start', shown: `hook ${content}` } as const;
    this.machine({
      type: 'request',
      request_id: `r${this.state.questions.length}`,
      request: { ...about, rule, ...more },
    });
    const left = this.state.replies.map((r) => (r.state === 'ready' ? { ...r, state: 'sent' as const } : r));
    this.state = { ...this.state, replies: left };
  }

  took(): void {
    for (const { id, request } of this.state.questions) this.on({ type: 'answer-taken', question: id, request });
  }

  get last(): string {
    return this.bodies.at(-1) ?? '';
  }

  get told(): object {
    return programsOf(afterReading(this.state, { rows: 'grants' }), 'main', this.now);
  }

  get decisions(): string[] {
    return this.effects.flatMap((e) => (e.do === 'answer' && e.answer.kind === 'decision' ? [e.answer.decision] : []));
  }
}

describe('a yes', () => {
  test.each(['yes', '/approve'])('%s: is listed in words, told to the machine, and can be removed', (said) => {
    const talk = Asked.about(1);
    talk.text(said);
    expect(talk.decisions).toEqual(['allow']);
    expect(talk.bodies.slice(-1)).toEqual([words.programs.allow('main')]);
    expect(talk.told).toEqual({ allowed: [digest(1)], denied: [] });
    talk.text('/approvals');
    expect(talk.last).toBe(
      'Always allowed:\n1. starting automatically: PostToolUse hook, lookup server (in main)\nText /approvals revoke 1 to remove one. Then I’ll ask again.',
    );
    talk.text('/approvals revoke 1');
    expect(talk.last).toBe(words.programsRevoked({ project: 'main', isAllowed: true }));
    expect(talk.told).toEqual({ allowed: [], denied: [] });
  });

  test('for several contents of the same programs is one line, and goes as one', () => {
    const talk = Asked.about(1);
    talk.text('yes');
    talk.now += ANSWERED_JUST_NOW_MS + 1;
    talk.asks(2);
    talk.now += ANSWERED_JUST_NOW_MS + 1;
    talk.text('yes');
    expect(talk.told).toEqual({ allowed: [digest(2), digest(1)], denied: [] });
    talk.text('/approvals');
    expect(talk.last.match(/^\d\./gm)).toEqual(['1.']);
    talk.text('/approvals revoke 1');
    expect(talk.told).toEqual({ allowed: [], denied: [] });
  });

  test('is for its project alone, and never answers by itself', () => {
    const talk = Asked.about(1);
    talk.text('yes');
    expect(programsOf(afterReading(talk.state, { rows: 'grants' }), 'shop-3f2a', talk.now)).toEqual({
      allowed: [],
      denied: [],
    });
    talk.took();
    talk.asks(1);
    expect(talk.state.questions.at(-1)?.state).toBe('open');
  });

  test('the oldest of a project go, so that no list grows without end', () => {
    const rows = Array.from({ length: PROGRAMS_KEPT }, (_, n) => ({
      project: 'main',
      rule: `Programs(sha256:${digest(n)})`,
      decision: 'allow' as const,
      createdAt: n,
    }));
    const talk = Asked.about();
    talk.state = {
      ...talk.state,
      grants: [...rows, { ...rows[0], project: 'shop', rule: 'Bash(ls)', createdAt: 0 } as never],
    };
    talk.asks(100);
    talk.text('yes');
    expect(talk.state.grants).toHaveLength(PROGRAMS_KEPT + 1);
    expect(JSON.stringify(talk.told)).not.toContain(digest(0));
  });
});

describe('a no', () => {
  test.each([
    ['no', words.programs.deny('main')],
    ['/deny', words.programs.deny('main')],
    ['no, that script is not mine', words.programs.deny('main')],
  ])('%s: says how to be asked sooner, and stands for a day', (said, told) => {
    const talk = Asked.about(1);
    talk.text(said);
    expect([talk.decisions, talk.last]).toEqual([['deny'], told]);
    expect(talk.told).toEqual({ allowed: [], denied: [digest(1)] });
    talk.now += PROGRAMS_DENIED_MS;
    expect(talk.told).toEqual({ allowed: [], denied: [] });
    talk.text('/approvals');
    expect(talk.last).toBe(words.grants([]));
  });

  test('is listed after what is allowed, and can be removed: the person is asked again', () => {
    const talk = Asked.about(1);
    talk.text('no');
    const project = { ...newProject('shop-3f2a', 'Shop', 0) };
    const rule = 'Bash(npm test *)';
    const grants = [
      ...talk.state.grants,
      { project: project.id, rule, decision: 'allow' as const, createdAt: talk.now },
    ];
    talk.state = { ...talk.state, projects: [...talk.state.projects, project], grants };
    talk.text('/approvals');
    expect(talk.last).toBe(
      [
        'Always allowed:',
        '1. npm test … (in Shop)',
        'Not allowed (I’ll ask again after a day):',
        '2. starting automatically: PostToolUse hook, lookup server (in main)',
        'Text /approvals revoke 1 to remove one. Then I’ll ask again.',
      ].join('\n'),
    );
    talk.text('/approvals revoke 2');
    expect(talk.last).toBe(words.programsRevoked({ project: 'main', isAllowed: false }));
    expect(talk.told).toEqual({ allowed: [], denied: [] });
    expect(talk.state.grants.map((g) => g.rule)).toEqual([rule]);
  });

  test('by silence, whoever notices it first, stands like one; a condition and /stop do not', () => {
    const silent = Asked.about(1);
    silent.fire('question');
    expect([silent.last, silent.told]).toEqual([words.programs.silence('main'), { allowed: [], denied: [digest(1)] }]);
    const over = Asked.about(1);
    over.machine({ type: 'request_over', request_id: 'r0' });
    expect(over.told).toEqual({ allowed: [], denied: [digest(1)] });
    const condition = Asked.about(1);
    condition.text('yes but only the hook');
    expect([condition.decisions, condition.last]).toEqual([['deny'], words.programs.condition('main')]);
    const stopped = Asked.about(1);
    stopped.text('/stop');
    for (const talk of [condition, stopped]) expect(talk.told).toEqual({ allowed: [], denied: [] });
  });

  test('is no yes for what could be allowed for good', () => {
    const talk = Asked.about(1);
    talk.text('no');
    talk.took();
    talk.asks(1, { always: true });
    expect(talk.state.questions.at(-1)?.state).toBe('open');
  });
});

test('questions of a machine of the release before are listed without names', () => {
  const talk = Asked.about();
  talk.asks(1, { rule: `Programs(sha256:${digest(1)})` });
  talk.text('yes');
  talk.text('/approvals');
  expect(talk.last).toContain('1. starting its programs automatically (in main)');
});

describe('allowed for good', () => {
  test('“always” is remembered for that rule and project: the next is not asked', () => {
    const { talk } = QuestionTalk.about(CONSENT);
    talk.text('always');
    expect(talk.answers).toEqual([allow]);
    expect(talk.last).toBe(words.allowedForGood('Bash(rm:*)', 'main'));
    talk.took();
    const before = talk.bodies.length;
    talk.asks({ ...CONSENT, summary: 'rm other.md' });
    expect(talk.answers).toMatchObject([{ kind: 'decision', decision: 'allow' }]);
    talk.asks({ ...CONSENT, rule: 'Bash(mv:*)' });
    expect(talk.answers).toEqual([]);
    expect(talk.bodies.length).toBeGreaterThan(before);
    const elsewhere = { ...talk.state.grants[0], project: 'other' } as (typeof talk.state.grants)[number];
    const { talk: other } = QuestionTalk.about();
    other.state = { ...other.state, grants: [elsewhere] };
    other.asks(CONSENT);
    expect(other.answers).toEqual([]);
  });

  test('with the maximum of permissions “always” is not offered', () => {
    const { talk } = QuestionTalk.about();
    const grants = Array.from({ length: GRANTS_MAX }, (_, n) => ({
      project: 'main',
      rule: `${n}`,
      decision: 'allow' as const,
      createdAt: n,
    }));
    talk.state = { ...talk.state, grants };
    talk.asks(CONSENT);
    talk.shown();
    expect(talk.bodies.join('\n')).not.toContain('Always');
    talk.text('always');
    expect(talk.questionStates).toBe('open');
    expect(talk.last).toContain(words.isItYes('always'));
    talk.text('/approvals');
    expect(talk.last).toContain(`That’s the maximum of ${GRANTS_MAX}. Remove one, and I’ll offer Always again.`);
  });

  test('/approvals lists, and revokes by number', () => {
    const { talk } = QuestionTalk.about(CONSENT);
    talk.text('/approvals');
    expect(talk.last).toBe(words.grants([]));
    talk.text('always');
    talk.text('/approvals');
    expect(talk.last).toBe(words.grants([{ rule: 'Bash(rm:*)', project: 'main', isAllowed: true }]));
    talk.text('/approvals revoke 2');
    expect(talk.last).toBe(words.noGrant);
    talk.text('/approvals revoke');
    expect(talk.last).toBe(words.approvalsUse);
    talk.text('/approvals revoke 1');
    expect(talk.last).toBe(words.revoked('Bash(rm:*)'));
    expect(talk.state.grants).toEqual([]);
  });
});
