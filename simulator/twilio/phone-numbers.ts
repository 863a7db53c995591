import { createHash } from 'node:crypto';
import { channelOf } from './addresses.ts';
import { splitUrl } from './exchange.ts';
import { type Refused, unknownParameter } from './outbound.ts';

// The account's own phone numbers and where each sends incoming SMS, as the 2010 API shows and changes them. Supports
// only the changes that concern the product. In memory; a restart forgets changes.

export type PhoneNumber = {
  sid: string;
  address: string;
  /** Overrides the addresses below; empty when there is none. */
  sms_application_sid: string;
  sms_url: string;
  sms_method: string;
  sms_fallback_url: string;
  sms_fallback_method: string;
};

export type PhoneNumbers = {
  all(): readonly PhoneNumber[];
  get(sid: string): PhoneNumber | undefined;
  of(address: string): PhoneNumber | undefined;
  update(sid: string, form: URLSearchParams): PhoneNumber | Refused;
};

const FIELDS = {
  SmsApplicationSid: 'sms_application_sid',
  SmsUrl: 'sms_url',
  SmsMethod: 'sms_method',
  SmsFallbackUrl: 'sms_fallback_url',
  SmsFallbackMethod: 'sms_fallback_method',
} as const;

/** A number keeps its id over restarts. */
const sidOf = (address: string): string => `PN${createHash('md5').update(address).digest('hex')}`;

function problemOf(name: string, value: string): Refused | null {
  const split = splitUrl(value);
  const isCallable = value === '' || (split !== null && !split.target.hostname.includes('_'));
  if (name.endsWith('Url')) return isCallable ? null : { refused: 21402, detail: name };
  if (name.endsWith('Method')) return ['GET', 'POST'].includes(value) ? null : { refused: 21403, detail: name };
  return /^(AP[0-9a-f]{32})?$/.test(value) ? null : { refused: 20001, detail: name };
}

export function createPhoneNumbers(senders: readonly string[]): PhoneNumbers {
  const rows = new Map<string, PhoneNumber>(
    senders
      .filter((address) => channelOf(address) === 'sms')
      .map((address) => [
        sidOf(address),
        {
          sid: sidOf(address),
          address,
          sms_application_sid: '',
          sms_url: '',
          sms_method: 'POST',
          sms_fallback_url: '',
          sms_fallback_method: 'POST',
        },
      ]),
  );
  return {
    all: () => [...rows.values()],
    get: (sid) => rows.get(sid),
    of: (address) => rows.get(sidOf(address)),
    update(sid, form) {
      const row = rows.get(sid);
      if (!row) return { refused: 20404, detail: sid };
      const unknown = unknownParameter(form, Object.keys(FIELDS));
      if (unknown !== null) return { refused: 20001, detail: unknown };
      const problem = [...form].map(([name, value]) => problemOf(name, value)).find((one) => one !== null);
      if (problem) return problem;
      const given = Object.entries(FIELDS).flatMap(([name, field]) => {
        const value = form.get(name);
        return value === null ? [] : [[field, value]];
      });
      const next = { ...row, ...Object.fromEntries(given) };
      rows.set(sid, next);
      return next;
    },
  };
}

/** The resource as the API shows it. */
export function numberResource(accountSid: string, createdAt: string, { address, ...number }: PhoneNumber) {
  return {
    account_sid: accountSid,
    address_requirements: 'none',
    address_sid: null,
    api_version: '2010-04-01',
    beta: false,
    bundle_sid: null,
    capabilities: { voice: true, sms: true, mms: true, fax: false },
    date_created: createdAt,
    date_updated: createdAt,
    emergency_address_sid: null,
    emergency_address_status: 'unregistered',
    emergency_status: 'Inactive',
    friendly_name: address,
    identity_sid: null,
    origin: 'twilio',
    phone_number: address,
    ...number,
    status: 'in-use',
    status_callback: '',
    status_callback_method: 'POST',
    trunk_sid: null,
    type: 'local',
    uri: `/2010-04-01/Accounts/${accountSid}/IncomingPhoneNumbers/${number.sid}.json`,
    voice_application_sid: '',
    voice_caller_id_lookup: false,
    voice_fallback_method: 'POST',
    voice_fallback_url: null,
    voice_method: 'POST',
    voice_receive_mode: 'voice',
    voice_url: null,
  };
}
