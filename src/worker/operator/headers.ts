// What browsers may do with the operator's page: only its own style and script, nothing from elsewhere, no frame around
// it, nothing kept. Other files of this host, such as people's own, are no scripts. A form's POST names its origin only
// with this referrer policy.

/** `host`: the page's own origin. */
export const pageHeadersOf = (host: string): Record<string, string> => ({
  'content-security-policy': [
    "default-src 'none'",
    `style-src ${host}/operator/operator.css`,
    `script-src ${host}/operator/operator.js`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; '),
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-robots-tag': 'noindex, nofollow',
});
