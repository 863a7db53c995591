import { type ApiContext, jsonAnswer, refusal } from './answers.ts';
import type { CarrierDesk } from './carrier.ts';
import { senderResource } from './channel-senders.ts';
import { unknownParameter } from './outbound.ts';
import { cutPage, metaOf, PAGING } from './paging.ts';
import { numberResource, type PhoneNumber } from './phone-numbers.ts';

// The account itself, its WhatsApp senders and its phone numbers with their webhooks.

const SENDERS = '/v2/Channels/Senders';
const MESSAGING = 'https://messaging.twilio.com';
const rfc2822 = (at: number): string => new Date(at).toUTCString().replace('GMT', '+0000');

const SUBRESOURCES = {
  incoming_phone_numbers: 'IncomingPhoneNumbers',
  messages: 'Messages',
  notifications: 'Notifications',
  usage: 'Usage',
};

export function accountHandlers(desk: CarrierDesk) {
  const { accountSid, authToken } = desk.account;
  const root = `/2010-04-01/Accounts/${accountSid}`;
  const openedAt = desk.now();
  const numberSid = (c: ApiContext): string => (c.req.param('file') ?? '').replace(/\.json$/, '');
  const shownNumber = (number: PhoneNumber) => numberResource(accountSid, rfc2822(openedAt), number);

  return {
    /** A standard API key may not read accounts: only the account's own token may. */
    account(c: ApiContext): Response {
      if (c.req.param('file') !== `${accountSid}.json`) return refusal({ refused: 20404, detail: c.req.path });
      const given = Buffer.from((c.req.header('Authorization') ?? '').replace(/^Basic /i, ''), 'base64').toString();
      if (!given.startsWith(`${accountSid}:`)) return refusal({ refused: 20003 });
      return jsonAnswer({
        auth_token: authToken,
        date_created: rfc2822(openedAt),
        date_updated: rfc2822(openedAt),
        friendly_name: 'Stand-in account',
        owner_account_sid: accountSid,
        sid: accountSid,
        status: desk.accountStatus(),
        subresource_uris: Object.fromEntries(
          Object.entries(SUBRESOURCES).map(([name, path]) => [name, `${root}/${path}.json`]),
        ),
        type: 'Full',
        uri: `${root}.json`,
      });
    },

    senders(c: ApiContext): Response {
      const query = new URL(c.req.url).searchParams;
      const unknown = unknownParameter(query, ['Channel', ...PAGING]);
      if (unknown !== null) return refusal({ refused: 20001, detail: unknown });
      if (query.get('Channel') !== 'whatsapp')
        return refusal({ refused: 20001, detail: "'Channel' must be whatsapp." });
      const page = cutPage(SENDERS, query, desk.channelSenders.all());
      if ('refused' in page) return refusal(page);
      const { frame, shown } = page;
      return jsonAnswer({ meta: metaOf(frame, MESSAGING, 'senders'), senders: shown.map(senderResource) });
    },

    sender(c: ApiContext): Response {
      const sender = desk.channelSenders.get(c.req.param('sid') ?? '');
      return sender ? jsonAnswer(senderResource(sender)) : refusal({ refused: 20404, detail: c.req.path });
    },

    /** `PhoneNumber` must match the whole number; the real API also accepts a part of it. */
    numbers(c: ApiContext): Response {
      const query = new URL(c.req.url).searchParams;
      const unknown = unknownParameter(query, ['PhoneNumber', ...PAGING]);
      if (unknown !== null) return refusal({ refused: 20001, detail: unknown });
      const wanted = query.get('PhoneNumber');
      const found = desk.phoneNumbers.all().filter(({ address }) => wanted === null || address === wanted);
      const page = cutPage(`${root}/IncomingPhoneNumbers.json`, query, found);
      if ('refused' in page) return refusal(page);
      return jsonAnswer({ ...page.frame, incoming_phone_numbers: page.shown.map(shownNumber) });
    },

    number(c: ApiContext): Response {
      const number = desk.phoneNumbers.get(numberSid(c));
      return number ? jsonAnswer(shownNumber(number)) : refusal({ refused: 20404, detail: c.req.path });
    },

    async updateNumber(c: ApiContext): Promise<Response> {
      const updated = desk.phoneNumbers.update(numberSid(c), new URLSearchParams(await c.req.text()));
      return 'refused' in updated ? refusal(updated) : jsonAnswer(shownNumber(updated));
    },

    async updateSender(c: ApiContext): Promise<Response> {
      if (!/^application\/json\b/.test(c.req.header('Content-Type') ?? '')) {
        return refusal({ refused: 20001, detail: 'Send JSON to change a sender.' });
      }
      const json: unknown = await c.req.json().catch(() => null);
      const updated = desk.channelSenders.update(c.req.param('sid') ?? '', json);
      return 'refused' in updated ? refusal(updated) : jsonAnswer(senderResource(updated), 202);
    },
  };
}
