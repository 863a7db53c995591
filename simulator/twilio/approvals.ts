import * as z from 'zod';
import type { Refused } from './outbound.ts';

// Approval of content by WhatsApp: the request and its result. A template stays pending until the carrier's
// `judgeTemplate` is called. Pure.

const VERDICTS = ['approved', 'rejected', 'paused', 'disabled'] as const;
export type Verdict = (typeof VERDICTS)[number];

export type Approval = {
  name: string;
  category: 'UTILITY' | 'MARKETING' | 'AUTHENTICATION';
  /** `received` in the answer to the request, `pending` afterwards. */
  status: 'received' | 'pending' | Verdict;
  reason: string;
};

const requestSchema = z.strictObject({
  name: z.string().regex(/^[a-z0-9_]{1,512}$/, 'must be lowercase letters, digits and underscores'),
  category: z.enum(['UTILITY', 'MARKETING', 'AUTHENTICATION'], 'must be UTILITY, MARKETING or AUTHENTICATION'),
});

export function readApprovalRequest(json: unknown): Approval | Refused {
  const parsed = requestSchema.safeParse(json);
  if (!parsed.success) return { refused: 20001, detail: z.prettifyError(parsed.error) };
  return { ...parsed.data, status: 'received', reason: '' };
}

/** The API's form, also before approval was requested. */
export function approvalResource(approval: Approval | null, contentType: string) {
  return {
    name: approval?.name ?? '',
    category: approval?.category ?? '',
    content_type: contentType,
    status: approval?.status ?? 'unsubmitted',
    rejection_reason: approval?.reason ?? '',
    allow_category_change: true,
  };
}
