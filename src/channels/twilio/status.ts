import * as z from 'zod/mini';
import type { Failure } from '../../conversation/state/failure.ts';
import type { ReplyState } from '../../conversation/state/rows.ts';
import { classifyError } from './errors.ts';
import { address, isAmbiguous, messageSid } from './fields.ts';
import type { Form } from './verify.ts';

// Translates Twilio's status callback. Our own query parameter `r` identifies the reply and the attempt.

const StatusForm = z.looseObject({
  MessageSid: messageSid,
  MessageStatus: z.string(),
  To: address,
  AccountSid: z.optional(z.string()),
  ErrorCode: z.catch(z.optional(z.coerce.number().check(z.int())), undefined),
});

/** From Twilio's status to our state. Statuses without news are left out. */
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
  /** The kind of failure; null for every other status. */
  failure: Failure | null;
};

export const replyParameterOf = (reply: string, attempt: number): string => `${reply}.${attempt}`;

/** Null when a field is missing or malformed, or the form is ambiguous. */
export function parseStatus(form: Form, r: string | undefined): StatusUpdate | null {
  if (isAmbiguous(form)) return null;
  const parsed = StatusForm.safeParse(form);
  const named = /^([0-9A-HJKMNP-TV-Z]{26})\.(0|[1-9]\d{0,3})$/.exec(r ?? '');
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
