import { channelOf } from './addresses.ts';
import { type ApiContext, emptyAnswer, jsonAnswer, refusal } from './answers.ts';
import type { CarrierDesk } from './carrier.ts';
import type { CarrierFaults } from './faults.ts';
import { readOutbound, unknownParameter } from './outbound.ts';
import { cutPage, dateFilter, PAGING } from './paging.ts';
import { messageResource, messagesPath } from './resources.ts';
import type { StoredMessage } from './store.ts';

// The Messages resource and the typing indicator.

const LIST = ['To', 'From', 'DateSent', 'DateSent<', 'DateSent>', ...PAGING];
const UNDER_WAY = ['accepted', 'queued', 'sending'];

const form = async (c: ApiContext): Promise<URLSearchParams> => new URLSearchParams(await c.req.text());

export function messageHandlers(desk: CarrierDesk, faults: CarrierFaults) {
  const { store } = desk;
  const { accountSid } = desk.account;

  /** `{sid}.json` in the path. */
  const named = (c: ApiContext): StoredMessage | undefined =>
    store.get((c.req.param('file') ?? '').replace(/\.json$/, ''));

  return {
    async create(c: ApiContext): Promise<Response> {
      const read = readOutbound(await form(c), {
        senders: desk.senders,
        templates: desk.templates,
        contents: desk.contents,
        isOptedOut: store.isOptedOut,
      });
      if ('refused' in read) return refusal(read);
      const message = desk.accept(read);
      const answer = jsonAnswer(messageResource(accountSid, message), 201);
      const first = faults.take('callbackBeforeAnswer');
      if (first) c.set('note', 'Fault callbackBeforeAnswer: the first callback went before this answer.');
      const called = desk.begin(message, first !== null);
      if (first) await called;
      return answer;
    },

    list(c: ApiContext): Response {
      const query = new URL(c.req.url).searchParams;
      const unknown = unknownParameter(query, LIST);
      if (unknown !== null) return refusal({ refused: 20001, detail: unknown });
      const sentAt = dateFilter(query, 'DateSent');
      if (sentAt === null) return refusal({ refused: 20001, detail: 'DateSent must be a date.' });
      const [to, from] = [query.get('To'), query.get('From')];
      const wanted = store
        .all()
        .filter((message) => message.listed && sentAt(message.sentAt))
        .filter((message) => (to === null || message.to === to) && (from === null || message.from === from))
        .reverse();
      const page = cutPage(messagesPath(accountSid), query, wanted);
      if ('refused' in page) return refusal(page);
      return jsonAnswer({ ...page.frame, messages: page.shown.map((one) => messageResource(accountSid, one)) });
    },

    fetch(c: ApiContext): Response {
      const message = named(c);
      return message
        ? jsonAnswer(messageResource(accountSid, message))
        : refusal({ refused: 20404, detail: c.req.path });
    },

    /**
     * Redaction (`Body=` empty) is the only possible change; nothing is ever scheduled, so nothing can be cancelled.
     */
    async update(c: ApiContext): Promise<Response> {
      const message = named(c);
      if (!message) return refusal({ refused: 20404, detail: c.req.path });
      const params = await form(c);
      const unknown = unknownParameter(params, ['Body', 'Status']);
      if (unknown !== null) return refusal({ refused: 20001, detail: unknown });
      if (params.has('Status')) return refusal({ refused: 30409 });
      if (params.get('Body') !== '')
        return refusal({ refused: 20422, detail: 'Body can only be set to an empty string.' });
      if (UNDER_WAY.includes(message.status)) return refusal({ refused: 20009 });
      const redacted = store.update(message.sid, { body: '', updatedAt: desk.now() }, true);
      return jsonAnswer(messageResource(accountSid, redacted ?? message));
    },

    remove(c: ApiContext): Response {
      const message = named(c);
      if (!message) return refusal({ refused: 20404, detail: c.req.path });
      if (UNDER_WAY.includes(message.status)) return refusal({ refused: 20009 });
      store.remove(message.sid);
      return emptyAnswer();
    },

    async typing(c: ApiContext): Promise<Response> {
      const params = await form(c);
      const unknown = unknownParameter(params, ['messageId', 'channel']);
      if (unknown !== null) return refusal({ refused: 20001, detail: unknown });
      const messageId = params.get('messageId') ?? '';
      if (messageId === '') return refusal({ refused: 20001, detail: "'messageId' is required." });
      if (params.get('channel') !== 'whatsapp')
        return refusal({ refused: 20422, detail: "'channel' must be whatsapp." });
      const message = store.get(messageId);
      if (message?.direction !== 'inbound') return refusal({ refused: 20404, detail: 'no such inbound message' });
      if (channelOf(message.from) !== 'whatsapp') return refusal({ refused: 20422, detail: 'not a WhatsApp message' });
      desk.showTyping(message);
      return jsonAnswer({ success: true });
    },
  };
}
