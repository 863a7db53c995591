import * as z from 'zod';
import type { Approval } from './approvals.ts';
import type { Offer } from './carrier-types.ts';
import type { Refused } from './outbound.ts';

// Content with choices: what the Content API accepts, as strictly as documented for WhatsApp inside the 24-hour window
// without approval, and how the phone shows it. Unknown fields and duplicate ids are refused. Pure.

const id = z.string().min(1).max(200);
const body = z.string().min(1).max(1024);
const distinct = <T>(schema: z.ZodType<T[]>, key: (item: T) => string, what: string) =>
  schema.refine((items) => new Set(items.map(key)).size === items.length, `two have the same ${what}`);

const action = z.strictObject({
  type: z.literal('QUICK_REPLY').optional(),
  title: z.string().min(1).max(20),
  id: id.optional(),
});
const item = z.strictObject({ id, item: z.string().min(1).max(24), description: z.string().max(72).optional() });

const quickReply = z.strictObject({
  body,
  actions: distinct(
    distinct(z.array(action).min(1).max(3), (a) => a.title, 'title'),
    (a) => a.id ?? a.title,
    'id',
  ),
});
const listPicker = z.strictObject({
  body,
  button: z.string().min(1).max(20),
  items: distinct(
    distinct(z.array(item).min(1).max(10), (i) => i.item, 'title'),
    (i) => i.id,
    'id',
  ),
});

const contentSchema = z.strictObject({
  friendly_name: z.string().max(255).optional(),
  language: z.string().regex(/^[a-z]{2,3}(_[A-Z]{2})?$/),
  variables: z.record(z.string(), z.string()).optional(),
  types: z.union(
    [
      z.strictObject({ 'twilio/quick-reply': quickReply }),
      z.strictObject({ 'twilio/list-picker': listPicker }),
      z.strictObject({ 'twilio/text': z.strictObject({ body: z.string().min(1).max(1600) }) }),
    ],
    'types is not one of twilio/quick-reply, twilio/list-picker and twilio/text, or breaks its bounds',
  ),
});
type ContentRequest = z.output<typeof contentSchema>;

export type StoredContent = ContentRequest & {
  sid: string;
  createdAt: number;
  /** Null until the content is submitted as a template. */
  approval: Approval | null;
};

export const contentType = (content: StoredContent): string => Object.keys(content.types)[0] ?? '';

export function readContentRequest(json: unknown): ContentRequest | Refused {
  const parsed = contentSchema.safeParse(json);
  return parsed.success ? parsed.data : { refused: 20001, detail: z.prettifyError(parsed.error) };
}

/** A message with this content: its text, and the choices below it. */
export function shownAs({ types }: StoredContent): { body: string; offer: Offer | null } {
  if ('twilio/quick-reply' in types) {
    const { actions, body: words } = types['twilio/quick-reply'];
    return {
      body: words,
      offer: { kind: 'buttons', items: actions.map((a) => ({ id: a.id ?? a.title, title: a.title })) },
    };
  }
  if ('twilio/list-picker' in types) {
    const { items, button, body: words } = types['twilio/list-picker'];
    const listed = items.map((i) => ({ id: i.id, title: i.item, description: i.description ?? null }));
    return { body: words, offer: { kind: 'list', button, items: listed } };
  }
  return { body: types['twilio/text'].body, offer: null };
}

/** The resource as the API shows it. */
export function contentResource(accountSid: string, { sid, createdAt, approval: _, ...content }: StoredContent) {
  const url = `https://content.twilio.com/v1/Content/${sid}`;
  const date = `${new Date(createdAt).toISOString().slice(0, 19)}Z`;
  return {
    sid,
    account_sid: accountSid,
    friendly_name: content.friendly_name ?? '',
    language: content.language,
    variables: content.variables ?? {},
    types: content.types,
    url,
    date_created: date,
    date_updated: date,
    links: {
      approval_create: `${url}/ApprovalRequests/whatsapp`,
      approval_fetch: `${url}/ApprovalRequests`,
    },
  };
}
