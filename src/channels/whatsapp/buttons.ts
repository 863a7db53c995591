import * as z from 'zod/mini';
import { DESCRIPTION_CHARS } from '../../conversation/policy/questions.ts';
import type { Choice } from '../../conversation/state/offer.ts';
import { texts } from '../../texts/index.ts';
import { authorizationOf, type TwilioAccount } from '../twilio/account.ts';
import { WHATSAPP } from './capabilities.ts';

// Buttons and lists: Twilio shows them for content that is created first and named in the send. Each question has
// content of its own, because it holds the ids of the buttons; the content is deleted once the message has left. A
// question whose content is impossible or late leaves as text.

/** Twilio's limits for buttons without approval, inside the 24-hour window. */
const BUTTONS_MAX = 3;
const BUTTON_CHARS = 20;
const ID_CHARS = 200;
const BODY_CHARS = 1024;

const Made = z.looseObject({ sid: z.string().check(z.regex(/^HX[0-9a-f]{32}$/i)) });

type Shown = { question: string; text: string; items: readonly Choice[]; button?: string };

/** The body of the request, or null when Twilio cannot show it. */
export function templateOf({ question, text, items, button }: Shown): object | null {
  const fits = (most: number): boolean => items.every(({ id, title }) => title.length <= most && id.length <= ID_CHARS);
  // Double braces are Twilio's own, for variables.
  const words = [text, ...items.map(({ title }) => title)];
  if (items.length === 0 || text === '' || text.length > BODY_CHARS || words.some((word) => word.includes('{{'))) {
    return null;
  }
  const named = { friendly_name: `question ${question}`, language: 'en' };
  if (items.length <= BUTTONS_MAX && fits(BUTTON_CHARS)) {
    const actions = items.map(({ id, title }) => ({ type: 'QUICK_REPLY', title, id }));
    return { ...named, types: { 'twilio/quick-reply': { body: text, actions } } };
  }
  const { choices, title } = WHATSAPP.limits;
  if (items.length > choices || !fits(title)) return null;
  const list = {
    body: text,
    button: (button ?? texts.questions.choose).slice(0, BUTTON_CHARS),
    items: items.map(({ id, title, description }) => ({
      id,
      item: title,
      ...(description ? { description: description.slice(0, DESCRIPTION_CHARS) } : {}),
    })),
  };
  return { ...named, types: { 'twilio/list-picker': list } };
}

/** The content's sid; null when there is nothing to show or Twilio did not create it. */
export async function createContent(account: TwilioAccount, shown: Shown, timeoutMs: number): Promise<string | null> {
  const body = templateOf(shown);
  if (body === null) return null;
  try {
    const response = await fetch(`${account.contentUrl}/v1/Content`, {
      method: 'POST',
      headers: { ...authorizationOf(account), 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const made = Made.safeParse(await response.json());
    return response.ok && made.success ? made.data.sid : null;
  } catch {
    return null;
  }
}

/** Best effort: content left behind is harmless. */
export async function deleteContent(account: TwilioAccount, sid: string, timeoutMs: number): Promise<void> {
  try {
    const response = await fetch(`${account.contentUrl}/v1/Content/${sid}`, {
      method: 'DELETE',
      headers: authorizationOf(account),
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
  } catch {
    // Nothing depends on it.
  }
}
