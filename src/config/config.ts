import * as z from 'zod/mini';
import { keepOnePerPerson, schemeOf } from '../addresses.ts';
import { ARCHIVE_AFTER_MS } from '../conversation/policy/backups.ts';
import { IDLE_TIMEOUT_MS } from '../conversation/policy/machine.ts';
import { ASSISTANT_NAME_MAX, ASSISTANT_TONE_MAX } from '../conversation/policy/projects.ts';
import { GATHER_MS, TURN_MS } from '../conversation/policy/turn.ts';
import { readDollars } from '../input/dollars.ts';
import { readZone } from '../recurrence/zones.ts';
import { findChannelProblems } from './channel-settings.ts';

// The relay's configuration, read once per isolate. All missing and invalid values are listed at once, and the relay
// serves nothing until every value is valid. Names and defaults: .dev.vars.example.

const text = (pattern: RegExp, problem: string) => z.string().check(z.regex(pattern, problem));
const textUpTo = (most: number, problem = `must have at most ${most} characters`) =>
  z.string().check(z.maxLength(most, problem));

const webAddress = z.url({ protocol: /^https?$/, error: 'must be an http or https address' });
const withoutSlashes = z.transform((value: string) => value.replace(/\/+$/, ''));
const url = z.pipe(webAddress, withoutSlashes);
const list = z.pipe(
  z._default(z.string(), ''),
  z.transform((value) =>
    value
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== ''),
  ),
);
const address = text(/^(whatsapp:)?\+[1-9]\d{5,14}$/, 'must be an address like whatsapp:+15555550100');
/** Approved templates and other content have ids like this. */
const contentSid = text(/^HX[0-9a-f]{32}$/i, 'must be a content SID (HX and 32 hex digits)');
/**
 * A zone that the runtime knows, in its canonical spelling. Offsets are refused because they have no daylight saving.
 */
const zone = z.pipe(
  z.string().check(z.refine(isZone, 'must be a time zone like Europe/Berlin')),
  z.transform((name) => readZone(name) ?? name),
);
const ADDRESS_PROBLEM = 'must be a number like +15555550123, or an address like telegram:4815162342';
/** A number, or an address on a channel that has ids of its own. */
const person = text(/^(?:\+[1-9]\d{5,14}|[a-z][a-z0-9-]{1,19}:[A-Za-z0-9._-]{1,140})$/, ADDRESS_PROBLEM);
const bearerToken = z
  .string()
  .check(
    z.regex(/^[\w.~+/-]+=*$/, 'may contain only letters, digits and . _ ~ + / - ='),
    z.minLength(24, 'must have at least 24 characters'),
    z.maxLength(500, 'must have at most 500 characters'),
  );
const anybody = z.union([z.literal('*'), person], ADDRESS_PROBLEM);
/** Digits, as a number from `least` to `most`. */
const digits = (pattern: RegExp, problem: string, least: number, most = Number.MAX_SAFE_INTEGER) =>
  z.pipe(
    z.pipe(text(pattern, problem), z.transform(Number)),
    z.number().check(z.minimum(least, `must be at least ${least}`), z.maximum(most, `must be at most ${most}`)),
  );
const milliseconds = (atLeast: number) => digits(/^\d{1,9}$/, 'must be a whole number of milliseconds', atLeast);
const wholeNumber = (least: number, most: number) =>
  digits(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`, least, most);
/** A longer answer is sent as its beginning and a link to a page, because nobody scrolls back further on a phone. */
const parts = digits(/^\d{1,2}$/, 'must be a whole number from 1 to 20', 1, 20);
/** Machines are created in the first region; the others are tried when it is full. */
const regions = z.pipe(
  z.pipe(
    list,
    z.transform((names) => (names.length === 0 ? ['iad'] : names)),
  ),
  z
    .array(text(/^[a-z]{3}$/, 'must be a list of regions like fra,ams'))
    .check(z.maxLength(10, 'must have at most 10 regions')),
);
/** A dash and 20 characters are appended. The result is the app's name, which is also part of a host name. */
const appPrefix = text(
  /^[a-z][a-z0-9-]{0,29}$/,
  'must be at most 30 lowercase letters, digits and dashes, a letter first',
);
/** Pinned by a digest, or at least by a tag. */
const image = text(
  /^[a-z0-9][\w./-]*(:[0-9]+\/[\w./-]+)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
  'must be an image reference',
).check(z.regex(/(:[\w.-]+|@sha256:[0-9a-f]{64})$/, 'must have a digest (@sha256:…) or a tag'));
const machinesUrl = z.pipe(
  webAddress.check(z.refine((value) => value.includes('{app}'), 'must contain {app} where the app’s name belongs')),
  withoutSlashes,
);
const hostsUrl = z.pipe(
  webAddress.check(z.refine((value) => value.includes('{host}'), 'must contain {host} where the host’s name belongs')),
  withoutSlashes,
);
const switched = z.enum(['on', 'off'], 'must be on or off');

const keyProblem = 'must be a private Ed25519 key as a JWK';
/** 32 bytes, base64url. */
const half = text(/^[\w-]{43}$/, keyProblem);
const SigningKey = z.pipe(
  z.pipe(
    z.pipe(z.string(), z.transform(parseJson)),
    z.object(
      { kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: half, d: half, kid: z.optional(z.string()) },
      keyProblem,
    ),
  ),
  z.transform(({ kid, ...key }) => (kid === undefined ? key : { ...key, kid })),
);

function parseJson(text: string, payload: z.core.ParsePayload): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    payload.issues.push({ code: 'custom', message: 'must be JSON', input: text });
    return z.NEVER;
  }
}

/** 32 bytes. The last character has two spare bits, so one spelling in four is valid. */
const secretsKey = text(/^[\w-]{42}[AEIMQUYcgkosw048]$/, 'must be 32 random bytes as base64url (43 characters)');

/** Dollars, kept as typed; `off` is no budget. */
const budget = z
  .string()
  .check(
    z.refine(
      (value) => value === 'off' || typeof readDollars(value) === 'number',
      'must be off or dollars like 10 or 2.50, from 0.01 to 100,000',
    ),
  );

/** Every alert is a text to each admin, and texts cost money. */
const ADMINS_MAX = 10;

const Schema = z.object({
  PUBLIC_URL: url,
  TWILIO_ACCOUNT_SID: z.optional(text(/^AC[0-9a-f]{32}$/i, 'must be an account SID (AC and 32 hex digits)')),
  TWILIO_AUTH_TOKEN: z.optional(z.string()),
  TWILIO_AUTH_TOKEN_PREVIOUS: z.optional(z.string()),
  TWILIO_API_KEY_SID: z.optional(z.string().check(z.startsWith('SK', 'must begin with SK'))),
  TWILIO_API_KEY_SECRET: z.optional(z.string()),
  TWILIO_SENDERS: z.pipe(list, z.array(address)),
  TWILIO_API_URL: z._default(url, 'https://api.twilio.com'),
  TWILIO_MESSAGING_URL: z._default(url, 'https://messaging.twilio.com'),
  TWILIO_CONTENT_URL: z._default(url, 'https://content.twilio.com'),
  TWILIO_NUDGE_CONTENT_SID: z.optional(contentSid),
  TELEGRAM_BOT_TOKEN: z.optional(
    text(/^[1-9]\d{4,15}:[\w-]{8,100}$/, 'must be the token that @BotFather gave you, like 4815162342:AAE…'),
  ),
  TELEGRAM_BOT_NAME: z.optional(
    text(/^[A-Za-z]\w{3,31}$/, 'must be the name of the bot without the @, like my_roost_bot'),
  ),
  TELEGRAM_API_URL: z._default(url, 'https://api.telegram.org'),
  TELEGRAM_WEBHOOK_SECRET: z.optional(
    text(/^[\w-]{16,256}$/, 'must be 16 to 256 letters, digits, underscores and dashes'),
  ),
  ALLOWED_SENDERS: z.pipe(list, z.array(anybody)),
  ADMIN_SENDERS: z.pipe(
    list,
    z.array(person).check(z.maxLength(ADMINS_MAX, `must have at most ${ADMINS_MAX} numbers`)),
  ),
  PAIRING: z._default(switched, 'off'),
  PAIRING_DAILY: z._default(wholeNumber(0, 10_000), 50),
  DELETE_MEDIA: z._default(switched, 'off'),
  RETENTION_DAYS: z.optional(wholeNumber(1, 3650)),
  WELCOME: z._default(switched, 'on'),
  SMS: z._default(switched, 'off'),
  DATA_JURISDICTION: z.optional(z.enum(['eu', 'fedramp', 'us'], 'must be eu, fedramp or us')),
  MACHINE_PROVIDER: z._default(z.enum(['static', 'fly'], 'must be static or fly'), 'static'),
  MACHINE_URL: z.optional(url),
  MACHINE_AUDIENCE: z._default(textUpTo(200), 'static'),
  STATIC_SHARED: z.optional(z.literal('trusted', 'must be "trusted" or empty')),
  MACHINE_SIGNING_KEY: SigningKey,
  SECRETS_KEY: z.optional(secretsKey),
  SECRETS_KEY_PREVIOUS: z.optional(secretsKey),
  FLY_API_TOKEN: z.optional(z.string()),
  FLY_ORG: z.optional(text(/^[a-z0-9-]{1,60}$/, 'must be an organisation’s slug like my-team')),
  FLY_IMAGE: z.optional(image),
  FLY_REGION: regions,
  FLY_APP_PREFIX: z._default(appPrefix, 'roost'),
  FLY_MEMORY_MB: z._default(wholeNumber(512, 65_536), 1024),
  FLY_VOLUME_GB: z._default(wholeNumber(1, 500), 3),
  FLY_AUTOSTOP: z._default(z.enum(['stop', 'suspend'], 'must be stop or suspend'), 'stop'),
  FLY_MAX_MACHINES: z._default(wholeNumber(0, 10_000), 10),
  FLY_API_URL: z._default(url, 'https://api.machines.dev'),
  FLY_MACHINES_URL: z._default(machinesUrl, 'https://{app}.fly.dev'),
  GITHUB_APP_ID: z.optional(text(/^\d{1,20}$/, 'must be the App’s id (digits)')),
  GITHUB_APP_SLUG: z.optional(text(/^[a-z0-9-]{1,100}$/, 'must be the App’s name in its address like my-roost')),
  GITHUB_APP_PRIVATE_KEY: z.optional(z.string()),
  GITHUB_CLIENT_ID: z.optional(text(/^[\w.-]{1,100}$/, 'must be a client id')),
  GITHUB_CLIENT_SECRET: z.optional(z.string()),
  IDLE_TIMEOUT_MS: z._default(milliseconds(1000), IDLE_TIMEOUT_MS),
  GIT_API_URL: z._default(url, 'https://api.github.com'),
  GIT_HOSTS_URL: z._default(hostsUrl, 'https://{host}'),
  MAX_PUSH_MB: z._default(wholeNumber(1, 95), 95),
  ANTHROPIC_API_KEY: z.optional(z.string()),
  ANTHROPIC_API_URL: z.optional(url),
  DEFAULT_MODEL: z.optional(textUpTo(200)),
  ALLOWED_MODELS: z.pipe(
    list,
    z
      .array(textUpTo(200, 'must have at most 200 characters each'))
      .check(z.maxLength(20, 'must have at most 20 models')),
  ),
  ASSISTANT_NAME: z.optional(textUpTo(ASSISTANT_NAME_MAX)),
  ASSISTANT_TONE: z.optional(textUpTo(ASSISTANT_TONE_MAX)),
  GATHER_MS: z._default(milliseconds(0), GATHER_MS),
  QUEUE_MODE: z._default(z.enum(['collect', 'steer', 'queue'], 'must be collect, steer or queue'), 'collect'),
  MAX_PARTS: z._default(parts, 2),
  ARCHIVE_AFTER_MS: z._default(
    z.union(
      [
        z.pipe(
          z.literal('off'),
          z.transform(() => null),
        ),
        milliseconds(0),
      ],
      'must be off or a whole number of milliseconds',
    ),
    ARCHIVE_AFTER_MS,
  ),
  DEFAULT_TIMEZONE: z.optional(zone),
  TURN_BUDGET_USD: z._default(budget, 'off'),
  DAILY_BUDGET_USD: z._default(budget, 'off'),
  MONTHLY_BUDGET_USD: z._default(budget, 'off'),
  PERSON_TURN_BUDGET_USD: z._default(budget, '10'),
  PERSON_DAILY_BUDGET_USD: z._default(budget, '25'),
  PERSON_MONTHLY_BUDGET_USD: z._default(budget, 'off'),
  TURN_TIMEOUT_MS: z._default(milliseconds(1000), TURN_MS),
  OPERATOR_TOKEN: z.optional(bearerToken),
  ACCESS_TEAM_DOMAIN: z.optional(
    text(/^[a-z0-9-]{1,63}\.cloudflareaccess\.com$/, 'must be your team’s domain like my-team.cloudflareaccess.com'),
  ),
  ACCESS_AUDIENCE: z.optional(text(/^[0-9a-f]{64}$/, 'must be the application’s audience tag (64 hex digits)')),
  ALERT_WEBHOOK_URL: z.optional(webAddress),
  GITHUB_WEBHOOK_SECRET: z.optional(z.string().check(z.minLength(16, 'must have at least 16 characters'))),
  LOCAL_MODE: z._default(z.enum(['0', '1'], 'must be 0 or 1'), '0'),
});

/** The memory up to which Fly suspends a machine. */
const SUSPEND_MB_MAX = 2048;

/** Values that contradict each other. Reads the raw values, so that these problems are listed with all others. */
function contradictions(env: Record<string, unknown>): string[] {
  const has = (name: string): boolean => present(env[name]) !== undefined;
  const problems: string[] = [];
  const allowed = String(env.ALLOWED_SENDERS ?? '')
    .split(',')
    .map((number) => number.trim());
  const people = keepOnePerPerson(allowed.filter((number) => number !== ''));
  const isLocal = env.LOCAL_MODE === '1';
  const isFly = env.MACHINE_PROVIDER === 'fly';
  for (const name of isFly ? ['FLY_API_TOKEN', 'FLY_ORG', 'FLY_IMAGE'] : ['MACHINE_URL']) {
    if (!has(name)) problems.push(`${name} is missing`);
  }
  if (isFly && env.FLY_AUTOSTOP === 'suspend' && Number(env.FLY_MEMORY_MB ?? 0) > SUSPEND_MB_MAX) {
    problems.push(`FLY_AUTOSTOP=suspend needs FLY_MEMORY_MB=${SUSPEND_MB_MAX} or less: Fly suspends no larger machine`);
  }
  const isShared = people.length > 1 || people.includes('*') || isLocal || env.PAIRING === 'on';
  if (!isFly && isShared && env.STATIC_SHARED !== 'trusted') {
    problems.push('STATIC_SHARED must be "trusted" when one machine serves more than one person (see SECURITY.md)');
  }
  if (!has('ANTHROPIC_API_KEY') && !has('ANTHROPIC_API_URL')) {
    problems.push('ANTHROPIC_API_KEY is missing (or set ANTHROPIC_API_URL to a server that needs no key)');
  }
  problems.push(...findChannelProblems(env, has));
  const app = ['GITHUB_APP_ID', 'GITHUB_APP_SLUG', 'GITHUB_APP_PRIVATE_KEY'];
  if (app.some(has)) {
    for (const name of [...app, 'GITHUB_CLIENT_ID', 'GITHUB_CLIENT_SECRET', 'SECRETS_KEY']) {
      if (!has(name)) problems.push(`${name} is missing: a GitHub App needs it`);
    }
  }
  if (has('SECRETS_KEY_PREVIOUS') && !has('SECRETS_KEY')) {
    problems.push('SECRETS_KEY is missing, but SECRETS_KEY_PREVIOUS is set');
  }
  if (has('ACCESS_TEAM_DOMAIN') !== has('ACCESS_AUDIENCE')) {
    problems.push('ACCESS_TEAM_DOMAIN and ACCESS_AUDIENCE must be set together');
  }
  if (isLocal && URL.canParse(String(env.PUBLIC_URL)) && !isLoopback(String(env.PUBLIC_URL))) {
    problems.push('LOCAL_MODE is for local runs only, but PUBLIC_URL is not a local address');
  }
  return problems;
}

/** The names of all configuration values. */
export const CONFIGURATION_NAMES: readonly string[] = Object.keys(Schema.shape);

/** Whether a machine may serve people who are let in later: it is theirs alone, or the operator trusts everybody on it. */
export const mayServeMore = ({ MACHINE_PROVIDER, STATIC_SHARED }: Config): boolean =>
  MACHINE_PROVIDER === 'fly' || STATIC_SHARED === 'trusted';

/** The version in package.json; a test compares them. */
export const VERSION = '0.1.0';

export type Config = z.infer<typeof Schema>;
export type ConfigResult = { ok: true; config: Config } | { ok: false; problems: string[] };

let lastRead: { values: readonly unknown[]; result: ConfigResult } | undefined;

/** The result is remembered until a value changes: every object of an isolate asks for the same. */
export function readConfig(env: unknown): ConfigResult {
  const source = env as Record<string, unknown>;
  const values = CONFIGURATION_NAMES.map((name) => source[name]);
  if (lastRead?.values.every((value, n) => value === values[n])) return lastRead.result;
  const result = parseConfig(source);
  lastRead = { values, result };
  return result;
}

/** An empty value counts as missing: `.dev.vars` lists names before they have values. */
const present = (raw: unknown): unknown => (raw === '' ? undefined : raw);

function parseConfig(source: Record<string, unknown>): ConfigResult {
  const parsed = Schema.safeParse(Object.fromEntries(CONFIGURATION_NAMES.map((name) => [name, present(source[name])])));
  const malformed = (parsed.error?.issues ?? []).map(({ path, message }) => {
    const name = String(path[0] ?? 'configuration');
    return present(source[name]) === undefined ? `${name} is missing` : `${name} ${message}`;
  });
  const problems = [...new Set([...malformed, ...contradictions(source)])];
  return parsed.success && problems.length === 0 ? { ok: true, config: parsed.data } : { ok: false, problems };
}

export function isZone(name: string): boolean {
  try {
    return /^[a-z]/i.test(new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone);
  } catch {
    return false;
  }
}

/** Whether only this computer reaches the address. */
export const isLoopback = (address: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(address).hostname);

/** The beginnings of links that only this computer opens: the relay's own, and a stand-in's for git hosts. */
export const localLinksOf = ({ PUBLIC_URL, GIT_HOSTS_URL }: Config): string[] =>
  isLoopback(PUBLIC_URL) ? [PUBLIC_URL, GIT_HOSTS_URL].filter(isLoopback).map((url) => `${new URL(url).origin}/`) : [];

/** True if the address is of a simulated person: its channel runs on this computer, and every number there is fictional. */
export const isSimulatedFor = (config: Config, address: string): boolean =>
  config.LOCAL_MODE === '1' &&
  isLoopback(schemeOf(address) === 'telegram' ? config.TELEGRAM_API_URL : config.TWILIO_API_URL);
