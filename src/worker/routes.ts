// Every route of the relay, as data. index.ts and local.ts register their handlers from it, and the proxy of local runs
// (scripts/local/relay-proxy.ts) lets only these routes through. Paths are Hono's patterns.

export type Route = { method: 'GET' | 'POST' | 'ALL'; path: string };

export const ROUTES = {
  health: { method: 'GET', path: '/healthz' },
  inbound: { method: 'POST', path: '/webhooks/twilio' },
  status: { method: 'POST', path: '/webhooks/twilio/status' },
  gitEvents: { method: 'POST', path: '/webhooks/git' },
  /** After the routes with names of their own. */
  channel: { method: 'POST', path: '/webhooks/:scheme' },
  model: { method: 'ALL', path: '/model/*' },
  connect: { method: 'ALL', path: '/connect/*' },
  operator: { method: 'ALL', path: '/operator/*' },
  read: { method: 'GET', path: '/read/:token' },
  diff: { method: 'ALL', path: '/diff/:token' },
  export: { method: 'ALL', path: '/export/:token' },
  accountReturn: { method: 'GET', path: '/account/callback' },
  account: { method: 'ALL', path: '/account/:token' },
  media: { method: 'GET', path: '/media/:token' },
} as const satisfies Record<string, Route>;

/** In local runs and tests only. These routes answer programs on this computer, and never through a tunnel. */
export const LOCAL_ROUTES = {
  clock: { method: 'ALL', path: '/local/clock' },
  past: { method: 'POST', path: '/local/past' },
} as const satisfies Record<string, Route>;
