import * as z from 'zod';
import type { Failure } from '../../conversation/state/events.ts';
import type { ReplyState } from '../../conversation/state/rows.ts';
import { classifyError } from './errors.ts';
import { address, isAmbiguous, messageSid } from './fields.ts';
import type { Form } from './verify.ts';

// Turns Twilio's status callback into ours. Our own query parameter `r` identifies the reply and the try.

const StatusForm = z.looseObject({
  MessageSid: messageSid,
  MessageStatus: z.string(),
  To: address,
  AccountSid: z.string().optional(),
  ErrorCode: z.coerce.number().int().optional().catch(undefined),
});

/** Twilio's word → our state. Words that tell nothing new are left out. */
export const STATES: Readonly<Record<string, ReplyState>> = {
  sent: 'sent',
  delivered: 'delivered',
  read: 'read',
  failed: 'failed',
  undelivered: 'failed',
  canceled: 'failed',
};

export type StatusUpdate = {
  accountSid: string | undefined;
  to: string;
  reply: string;
  attempt: number;
  sid: string;
  /** null: nothing to note. */
  status: ReplyState | null;
  errorCode: number | null;
  /** What a failure means for the reply; null for every other status. */
  failure: Failure | null;
};

export const replyParameter = (reply: string, attempt: number): string => `${reply}.${attempt}`;

/** Null when something is missing or malformed, or the form could be read in another way too. */
export function parseStatus(form: Form, r: string | undefined): StatusUpdate | null {
  if (isAmbiguous(form)) return null;
  const parsed = StatusForm.safeParse(form);
  const named = /^([0-9A-HJKMNP-TV-Z]{26})\.([1-9]\d{0,3})$/.exec(r ?? '');
  if (!parsed.success || !named) return null;
  const { MessageSid, MessageStatus, To, AccountSid, ErrorCode } = parsed.data;
  const status = STATES[MessageStatus] ?? null;
  return {
    accountSid: AccountSid,
    to: To,
    reply: named[1] as string,
    attempt: Number(named[2]),
    sid: MessageSid,
    status,
    errorCode: ErrorCode ?? null,
    failure: status === 'failed' ? classifyError(ErrorCode ?? 0) : null,
  };
}
