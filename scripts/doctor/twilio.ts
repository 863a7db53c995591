import * as z from 'zod';
import { type Answer, ask, basic, Unreachable } from './ask.ts';
import { LeftOut } from './check.ts';

// Twilio as the doctor asks it: the account, its WhatsApp senders, a template’s approval, the newest messages. Reads only.

const Sender = z.looseObject({
  sid: z.string(),
  sender_id: z.string(),
  status: z.string(),
  webhook: z
    .looseObject({
      callback_url: z.string().nullish(),
      callback_method: z.string().nullish(),
      status_callback_url: z.string().nullish(),
    })
    .nullish(),
});
const Senders = z.object({ senders: z.array(Sender), meta: z.looseObject({ next_page_url: z.string().nullish() }) });
const Approval = z.object({ whatsapp: z.looseObject({ status: z.string(), rejection_reason: z.string().nullish() }) });
const rfc2822 = z.string().transform((text) => Date.parse(text));
const Message = z.looseObject({ from: z.string(), to: z.string(), direction: z.string(), date_created: rfc2822 });
const Messages = z.object({ messages: z.array(Message) });

export type ChannelSender = z.infer<typeof Sender>;
export type Listed = z.infer<typeof Message>;
export type Twilio = ReturnType<typeof twilioOf>;
type Account = { sid: string; token: string; api: string; messaging: string; content: string };

const PAGES_MAX = 20;
const UNTOLD = 'Twilio does not tell (see twilio-key)';

export function twilioOf({ sid, token, api, messaging, content }: Account) {
  const get = (url: string): Promise<Answer> => ask(url, { headers: basic(sid, token) });
  const root = `${api}/2010-04-01/Accounts/${sid}`;

  /** Left out when Twilio refuses us or is away; `absent` when there is no such thing. */
  async function read<T>(url: string, schema: z.ZodType<T>): Promise<T | 'absent'> {
    let answer: Answer;
    try {
      answer = await get(url);
    } catch (error) {
      throw error instanceof Unreachable ? new LeftOut(UNTOLD) : error;
    }
    if (answer.status === 404) return 'absent';
    const parsed = schema.safeParse(answer.json);
    if (answer.status !== 200 || !parsed.success) throw new LeftOut(UNTOLD);
    return parsed.data;
  }

  return {
    account: () => get(`${root}.json`),
    /** What an API key may do as well. */
    asKey: (user: string, secret: string) => ask(`${root}/Messages.json?PageSize=1`, { headers: basic(user, secret) }),
    async senders(): Promise<ChannelSender[]> {
      const found: ChannelSender[] = [];
      let url: string | null = `${messaging}/v2/Channels/Senders?Channel=whatsapp&PageSize=50`;
      for (let page = 0; url !== null && page < PAGES_MAX; page++) {
        const list: z.infer<typeof Senders> | 'absent' = await read(url, Senders);
        if (list === 'absent') throw new LeftOut(UNTOLD);
        found.push(...list.senders);
        url = sameHost(messaging, list.meta.next_page_url ?? null);
      }
      return found;
    },
    approval: (template: string) => read(`${content}/v1/Content/${template}/ApprovalRequests`, Approval),
    /** Newest first. */
    async messages(filter: Record<string, string>): Promise<Listed[]> {
      const list = await read(`${root}/Messages.json?${new URLSearchParams({ ...filter, PageSize: '50' })}`, Messages);
      return list === 'absent' ? [] : list.messages;
    },
  };
}

/** The next page is where this one was, whatever host Twilio writes. */
function sameHost(messaging: string, next: string | null): string | null {
  if (next === null || !URL.canParse(next)) return null;
  const { pathname, search } = new URL(next);
  return `${messaging}${pathname}${search}`;
}
