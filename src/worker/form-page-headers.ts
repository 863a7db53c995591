import { createHash } from 'node:crypto';

/**
 * What browsers may do with a page that has this style, forms, and no script. `target`: a further origin to which a
 * form's answer leads; browsers count it as the form's target.
 */
export const formPageHeaders = (style: string, target: string | null = null): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    "base-uri 'none'",
    target === null ? "form-action 'self'" : `form-action 'self' ${target}`,
    "frame-ancestors 'none'",
  ].join('; '),
  'cache-control': 'no-store, private',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  // A form's POST names its origin only with this policy. No other site learns the address.
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
});
