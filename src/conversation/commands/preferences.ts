import { findNearest } from '../../input/nearest-name.ts';
import { normaliseUnicode } from '../../protocol/linear-text.ts';
import { texts } from '../../texts/index.ts';
import { sendNotice } from '../outbox/replies.ts';
import { choosableModelsOf, chooseModel } from '../policy/models.ts';
import type { Assistant } from '../policy/policy.ts';
import { ASSISTANT_NAME_MAX, ASSISTANT_TONE_MAX } from '../policy/projects.ts';
import { assistantOf } from '../state/assistant.ts';
import { noEffects } from '../state/decision.ts';
import type { Context, Decision } from '../state/events.ts';
import { activeProjectOf, type State, withProject } from '../state/state.ts';
import { pickByNameOrNumber } from './pick.ts';

// /model, stored with the project, and /assistant, stored with the conversation. Both take effect with the next turn.

const said = texts.choices;

export function onModel(state: State, rest: string, ctx: Context): Decision {
  const { models } = ctx.policy;
  const project = activeProjectOf(state);
  const allowed = choosableModelsOf(models);
  if (rest === '') {
    const model = chooseModel(project.model, models);
    const isChosen = project.model !== null && project.model === model;
    return noEffects(sendNotice(state, said.model(project.label, model, isChosen, allowed), ctx));
  }
  if (rest.toLowerCase() === 'default') {
    const next = withProject(state, { ...project, model: null });
    return noEffects(sendNotice(next, said.modelDefault(project.label, models.fallback), ctx));
  }
  const model = pickByNameOrNumber(allowed, rest, (name) => name);
  if (model === null) return noEffects(sendNotice(state, said.modelUnknown(allowed, findNearest(rest, allowed)), ctx));
  return noEffects(sendNotice(withProject(state, { ...project, model }), said.modelSet(project.label, model), ctx));
}

const MOST = { name: ASSISTANT_NAME_MAX, tone: ASSISTANT_TONE_MAX } as const;

export function onAssistant(state: State, rest: string, ctx: Context): Decision {
  const [, first = '', words = ''] = /^(\S*)\s*([\s\S]*)$/.exec(rest) ?? [];
  const what = first.toLowerCase();
  const withChoice = (change: Partial<Assistant>): State => ({
    ...state,
    conversation: { ...state.conversation, assistant: { ...state.conversation.assistant, ...change } },
  });
  if (rest === '') {
    const { name, tone } = assistantOf(state, ctx.policy);
    return noEffects(sendNotice(state, said.assistant(name, tone), ctx));
  }
  if (what === 'reset' && words === '') {
    return noEffects(sendNotice(withChoice({ name: null, tone: null }), said.assistantReset, ctx));
  }
  const value = plain(words);
  if ((what !== 'name' && what !== 'tone') || value === '') return noEffects(sendNotice(state, said.assistantUse, ctx));
  if (value.length > MOST[what]) return noEffects(sendNotice(state, said.assistantLong(what, MOST[what]), ctx));
  if (what === 'name') return noEffects(sendNotice(withChoice({ name: value }), said.assistantName(value), ctx));
  return noEffects(sendNotice(withChoice({ tone: value }), said.assistantTone(value), ctx));
}

/** One line without control characters, because the agent reads it as part of its instructions. */
const plain = (text: string): string =>
  normaliseUnicode(text, 'NFC')
    .replace(/[\p{Cc}\p{Cs}\s]+/gu, ' ')
    .trim();
