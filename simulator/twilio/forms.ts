import { channelOf, phoneOf } from './addresses.ts';
import type { InboundRequest, MessageStatus } from './carrier-types.ts';
import type { StoredMessage } from './store.ts';

// The parameters of Twilio's requests to us: the inbound webhook and the status callback. WhatsApp and SMS have
// different names; test/fixtures/contracts/twilio holds the forms these follow. Pure.

export type Form = Record<string, string>;

const API_VERSION = '2010-04-01';
const CHANNEL_INSTALL_SID = `XE${'0'.repeat(31)}1`;

function messageType(request: InboundRequest, message: StoredMessage): string {
  const extra = request.extra ?? {};
  const contentType = message.media[0]?.contentType;
  if (contentType !== undefined) {
    if (contentType === 'image/webp') return 'sticker';
    if (/vcard/.test(contentType)) return 'contacts';
    const family = contentType.split('/')[0] ?? '';
    return ['image', 'audio', 'video'].includes(family) ? family : 'document';
  }
  if ('Latitude' in extra) return 'location';
  if ('ButtonPayload' in extra || 'ButtonText' in extra || 'ListId' in extra) return 'interactive';
  return message.body === '' ? 'unsupported' : 'text';
}

function whatsappFields(request: InboundRequest, message: StoredMessage): Form {
  const phone = phoneOf(message.from);
  const externalId = phone === null ? message.from : request.externalId;
  const profileName = request.profileName ?? 'Robin Example';
  const context = phone === null ? { ProfileName: profileName } : { ProfileName: profileName, WaId: phone.slice(1) };
  return {
    ProfileName: profileName,
    MessageType: messageType(request, message),
    ...(phone === null ? {} : { WaId: phone.slice(1) }),
    ...(externalId === undefined ? {} : { ExternalUserId: externalId }),
    ReferralNumMedia: '0',
    ChannelMetadata: JSON.stringify({ type: 'whatsapp', data: { context } }),
  };
}

/** Places are known for North American numbers only; elsewhere Twilio leaves them empty. */
function smsFields(message: StoredMessage): Form {
  const place = (prefix: 'From' | 'To', address: string): Form => {
    const known = address.startsWith('+1');
    return {
      [`${prefix}Country`]: known ? 'US' : '',
      [`${prefix}State`]: known ? 'CA' : '',
      [`${prefix}City`]: known ? 'SAN FRANCISCO' : '',
      [`${prefix}Zip`]: known ? '94103' : '',
    };
  };
  return { ...place('To', message.to), ...place('From', message.from) };
}

export function inboundForm(accountSid: string, apiUrl: string, request: InboundRequest, message: StoredMessage): Form {
  const mediaRoot = `${apiUrl}/${API_VERSION}/Accounts/${accountSid}/Messages/${message.sid}/Media`;
  const media = message.media.flatMap((item, index) => [
    [`MediaContentType${index}`, item.contentType],
    [`MediaUrl${index}`, `${mediaRoot}/${item.sid}`],
  ]);
  return {
    SmsMessageSid: message.sid,
    NumMedia: String(message.media.length),
    SmsSid: message.sid,
    SmsStatus: 'received',
    Body: message.body,
    To: message.to,
    NumSegments: String(message.numSegments),
    MessageSid: message.sid,
    AccountSid: accountSid,
    From: message.from,
    ApiVersion: API_VERSION,
    ...(channelOf(message.from) === 'whatsapp' ? whatsappFields(request, message) : smsFields(message)),
    ...Object.fromEntries(media),
    ...request.extra,
  };
}

export type Tapped = { kind: 'buttons' | 'list'; id: string; title: string; sid: string; sender: string };

/** The fields that a tap adds to its message's form. */
export function tapForm({ kind, id, title, sid, sender }: Tapped): Form {
  const quoted = { OriginalRepliedMessageSender: sender, OriginalRepliedMessageSid: sid };
  if (kind === 'list') return { ListId: id, ListTitle: title, ...quoted };
  return { ButtonText: title, ButtonPayload: id, Forwarded: 'false', FrequentlyForwarded: 'false', ...quoted };
}

/** `YYMMDDhhmm`, as carriers stamp delivery receipts. */
const receiptDate = (at: number): string => new Date(at).toISOString().replace(/[-:T]/g, '').slice(2, 12);

const FAILED: readonly MessageStatus[] = ['failed', 'undelivered'];

function whatsappStatusFields(message: StoredMessage): Form {
  const status = message.status;
  const address = message.to.replace(/^whatsapp:/, '');
  return {
    ...(status === 'delivered' || status === 'read' ? { EventType: status.toUpperCase() } : {}),
    ChannelPrefix: 'whatsapp',
    ChannelToAddress: status === 'delivered' ? address : `${address.slice(0, -4)}XXXX`,
    StructuredMessage: 'false',
    ...(status === 'read' ? {} : { ChannelInstallSid: CHANNEL_INSTALL_SID }),
    ...(status === 'failed' ? { ErrorMessage: message.errorMessage ?? '' } : {}),
    ...(FAILED.includes(status) ? { ChannelStatusMessage: message.errorMessage ?? '' } : {}),
  };
}

export function statusForm(accountSid: string, message: StoredMessage): Form {
  const sms = ['delivered', 'undelivered'].includes(message.status)
    ? { RawDlrDoneDate: receiptDate(message.updatedAt) }
    : {};
  return {
    SmsSid: message.sid,
    SmsStatus: message.status,
    MessageStatus: message.status,
    To: message.to,
    MessageSid: message.sid,
    AccountSid: accountSid,
    From: message.from,
    ApiVersion: API_VERSION,
    ...(channelOf(message.to) === 'whatsapp' ? whatsappStatusFields(message) : sms),
    ...(message.errorCode === null ? {} : { ErrorCode: String(message.errorCode) }),
  };
}
