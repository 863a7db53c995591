import { describe, expect, test } from 'vitest';
import { accessOf } from '../../../src/conversation/state/access.ts';
import type { Access } from '../../../src/conversation/state/access-row.ts';
import type { Context } from '../../../src/conversation/state/events.ts';
import { COMMANDS, type Name } from '../../../src/input/command.ts';
import { mayUse, ROLES, type Role } from '../../../src/input/roles.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';
import { allow, CONSENT, DEEP, deny, QuestionTalk } from '../questions/question-talk.ts';

// Roles: what each may do. The expectations stand here a second time, so that a change of the table is seen.

const MORE_THAN_GUEST: Partial<Record<Name, Role>> = {
  approve: 'member',
  approvals: 'member',
  users: 'admin',
  invite: 'admin',
  pair: 'admin',
  block: 'admin',
  unblock: 'admin',
  role: 'admin',
  operator: 'admin',
  github: 'member',
};

const accessOfRole = (role: Role): Access => ({ ...accessOf(new Talk().state), role });

/** The role as the lists or an admin gave it. */
function asRole<T extends Talk>(talk: T, role: Role): T {
  const context = talk.context.bind(talk);
  const lists: Partial<Context> = { isOwner: () => role === 'owner', isAdmin: () => role === 'owner' };
  talk.context = () => ({ ...context(), ...lists });
  talk.state = { ...talk.state, conversation: { ...talk.state.conversation, access: accessOfRole(role) } };
  return talk;
}

describe.each(ROLES)('a %s', (role) => {
  test.each(Object.keys(COMMANDS) as Name[])('/%s', (name) => {
    const least = MORE_THAN_GUEST[name] ?? 'guest';
    const may = ROLES.indexOf(role) >= ROLES.indexOf(least);
    expect(mayUse(role, name)).toBe(may);
    const talk = asRole(new Talk(), role);
    talk.text(`/${name}`);
    expect(talk.bodies.includes(texts.access.notForRole(name, role, least))).toBe(!may);
    if (!may) expect(talk.state.messages.map((m) => m.state)).toEqual(['consumed']);
  });
});

test('the lists give a role, an admin may give another, and the owner of the lists stays owner', () => {
  const roles = [
    [{ isOwner: () => true, isAdmin: () => true }, 'guest'],
    [{ isOwner: () => false, isAdmin: () => true }, null],
    [{ isOwner: () => false, isAdmin: () => true }, 'guest'],
    [{ isOwner: () => false, isAdmin: () => false }, 'admin'],
    [{ isOwner: () => false, isAdmin: () => false }, null],
  ] as const;
  const shown = roles.map(([lists, role]) => {
    const talk = asRole(new Talk(), 'member');
    const context = talk.context.bind(talk);
    talk.context = () => ({ ...context(), ...lists });
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, access: role && accessOfRole(role) } };
    talk.text('/help schedules');
    const isAdmin = talk.bodies.join().includes('for +1');
    talk.text('/approve');
    return [isAdmin, talk.bodies.at(-1)?.includes('guests') === true];
  });
  expect(shown).toEqual([
    [true, false],
    [true, false],
    [false, true],
    [true, false],
    [false, false],
  ]);
});

test('a member who becomes a guest loses what was allowed for good, and gets a budget of a guest', () => {
  const talk = new Talk();
  const grant = { project: 'main', rule: 'Bash(rm:*)', decision: 'allow', createdAt: 0 } as const;
  talk.state = { ...talk.state, grants: [grant] };
  talk.on({ type: 'access', change: { to: 'role', role: 'guest' } });
  expect(talk.state.grants).toEqual([]);
  expect(talk.state.conversation.budgets.person.day).toBe(2_000_000);
  expect(talk.bodies).toEqual([texts.access.roleIs('guest')]);
});

test('a guest’s agent gets no for an answer, and the guest is not asked', () => {
  const { talk } = QuestionTalk.about();
  asRole(talk, 'guest').asks(CONSENT);
  expect(talk.answers).toEqual([deny(texts.access.guestCannotApprove)]);
  expect(talk.bodies).toEqual([]);
});

describe.each(['in words', 'by the button', 'for good'])('a member who became a guest meanwhile says yes %s', (how) => {
  test.each<[string, Partial<typeof CONSENT>]>([
    ['a command', {}],
    ['a project’s programs', { rule: `Programs(sha256:${'0'.repeat(64)})`, always: false }],
  ])('to %s, and nothing is approved or kept', (_, of) => {
    const { talk } = QuestionTalk.about({ ...CONSENT, ...of });
    asRole(talk, 'guest');
    if (how === 'in words') talk.text('yes');
    else talk.tap(0, how === 'for good' && of.always !== false ? 2 : 0);
    expect(talk.answers).toEqual([deny(texts.access.guestCannotApprove)]);
    expect(talk.state.grants).toEqual([]);
    expect(talk.last).toBe(texts.access.guestsApproveNothing);
  });
});

test('a guest still says no, and decides about deep work', () => {
  const { talk } = QuestionTalk.about(CONSENT, DEEP);
  asRole(talk, 'guest');
  talk.tap(0, 1);
  expect(talk.answers).toEqual([deny(texts.questions.toAgent.denied)]);
  talk.tap(1, 0);
  expect(talk.answers).toEqual([allow]);
});
