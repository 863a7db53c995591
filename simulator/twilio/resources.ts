import type { CarrierMedia } from './carrier-types.ts';
import type { StoredMessage } from './store.ts';

// Messages and media as the REST API shows them: dates in RFC 2822, counts as strings, `date_sent` null while queued.
// Pure.

const ROOT = '/2010-04-01/Accounts';

const rfc2822 = (at: number): string => new Date(at).toUTCString().replace('GMT', '+0000');

export const messagesPath = (accountSid: string): string => `${ROOT}/${accountSid}/Messages.json`;
export const mediaListPath = (accountSid: string, messageSid: string): string =>
  `${ROOT}/${accountSid}/Messages/${messageSid}/Media.json`;

export function messageResource(accountSid: string, message: StoredMessage) {
  return {
    account_sid: accountSid,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: message.errorCode,
    error_message: message.errorMessage,
    from: message.from,
    messaging_service_sid: null,
    num_media: String(message.mediaUrls.length || message.media.length),
    num_segments: String(message.numSegments),
    price: null,
    price_unit: null,
    sid: message.sid,
    // The phone's own tick does not belong in the API.
    status: message.direction === 'inbound' ? 'received' : message.status,
    subresource_uris: { media: mediaListPath(accountSid, message.sid) },
    to: message.to,
    uri: `${ROOT}/${accountSid}/Messages/${message.sid}.json`,
  };
}

export function mediaResource(accountSid: string, message: StoredMessage, media: CarrierMedia) {
  return {
    account_sid: accountSid,
    content_type: media.contentType,
    date_created: rfc2822(message.createdAt),
    date_updated: rfc2822(message.createdAt),
    parent_sid: message.sid,
    sid: media.sid,
    uri: `${ROOT}/${accountSid}/Messages/${message.sid}/Media/${media.sid}.json`,
  };
}
