import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

// The headers of a request and its answer on their way through the proxy. Pure.

/** Headers about one connection rather than the message. */
const HOP = ['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'upgrade'];
const without = (headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => value !== undefined && !names.includes(name)));

export const forwardedHeaders = (
  headers: IncomingHttpHeaders,
  client: string,
  app: string,
  region: string,
): OutgoingHttpHeaders => ({
  ...without(headers, [...HOP, 'host', 'fly-force-instance-id', 'fly-prefer-instance-id']),
  host: `${app}.fly.dev`,
  'fly-client-ip': client,
  'fly-forwarded-port': '443',
  'fly-forwarded-proto': 'https',
  'fly-forwarded-ssl': 'on',
  'fly-region': region,
  'x-forwarded-for': client,
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
  via: '1.1 fly.io',
});

export const returnedHeaders = (headers: IncomingHttpHeaders): OutgoingHttpHeaders => ({
  ...without(headers, [...HOP, 'transfer-encoding']),
  server: 'Fly/stand-in',
  via: '1.1 fly.io',
});
