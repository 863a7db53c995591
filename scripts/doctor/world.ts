import { flyApi } from '../../src/machines/fly/api.ts';
import { type AppView, inventory } from '../../src/machines/fly/inventory.ts';
import type { Vars } from '../dev-vars.ts';
import { SECRET_NAMES } from '../prod-vars.ts';
import { LeftOut } from './check.ts';
import { type Cloudflare, cloudflareOf } from './cloudflare.ts';
import { type Relay, relayAt } from './relay.ts';
import { type Twilio, twilioOf } from './twilio.ts';

// What the checks look at: the operator’s answers, and each of the services they name. What several checks need is asked
// once. Keeps nothing over a run.

export type Fly = { prefix: string; deployment: string; apps(): Promise<AppView[]>; api: ReturnType<typeof flyApi> };

export type World = {
  vars: Vars;
  /** The value; the check is left out when there is none. */
  value(name: string): string;
  relay(): Relay;
  twilio(): Twilio;
  fly(): Fly;
  cloudflare(): Cloudflare;
  /** Our addresses, in the order of TWILIO_SENDERS. */
  senders(): string[];
};

/** What the relay takes where .prod.vars names nothing. */
const DEFAULTS: Vars = {
  TWILIO_API_URL: 'https://api.twilio.com',
  TWILIO_MESSAGING_URL: 'https://messaging.twilio.com',
  TWILIO_CONTENT_URL: 'https://content.twilio.com',
  FLY_API_URL: 'https://api.machines.dev',
  CLOUDFLARE_API_BASE_URL: 'https://api.cloudflare.com/client/v4',
  ANTHROPIC_API_URL: 'https://api.anthropic.com',
  FLY_APP_PREFIX: 'roost',
  FLY_MACHINES_URL: 'https://{app}.fly.dev',
  WORKER_NAME: 'roost',
};

export function worldOf(vars: Vars): World {
  const value = (name: string): string => {
    const given = vars[name] || DEFAULTS[name];
    if (!given) throw new LeftOut(`${name} is not set in .prod.vars`);
    return given;
  };
  const url = (name: string): string => value(name).replace(/\/+$/, '');
  const once = <T>(make: () => T): (() => T) => {
    let made: { it: T } | undefined;
    return () => {
      made ??= { it: make() };
      return made.it;
    };
  };

  return {
    vars,
    value,
    relay: once(() => relayAt(url('PUBLIC_URL'), vars.OPERATOR_TOKEN || undefined)),
    twilio: once(() =>
      twilioOf({
        sid: value('TWILIO_ACCOUNT_SID'),
        token: value('TWILIO_AUTH_TOKEN'),
        api: url('TWILIO_API_URL'),
        messaging: url('TWILIO_MESSAGING_URL'),
        content: url('TWILIO_CONTENT_URL'),
      }),
    ),
    fly: once(() => {
      if (vars.MACHINE_PROVIDER !== 'fly') throw new LeftOut('machines are not made on Fly here (MACHINE_PROVIDER)');
      const api = flyApi({ apiUrl: url('FLY_API_URL'), token: value('FLY_API_TOKEN') });
      const [prefix, org] = [value('FLY_APP_PREFIX'), value('FLY_ORG')];
      const apps = once(() =>
        inventory(api, { org, prefix }).catch(() => {
          throw new LeftOut('Fly does not tell (see fly-token)');
        }),
      );
      return { prefix, deployment: new URL(url('PUBLIC_URL')).host, apps, api };
    }),
    cloudflare: once(() =>
      cloudflareOf({
        api: url('CLOUDFLARE_API_BASE_URL'),
        token: value('CLOUDFLARE_API_TOKEN'),
        accountId: value('CLOUDFLARE_ACCOUNT_ID'),
        worker: value('WORKER_NAME'),
      }),
    ),
    senders: () =>
      value('TWILIO_SENDERS')
        .split(',')
        .map((sender) => sender.trim())
        .filter((sender) => sender !== ''),
  };
}

/** Enough of an address to know which it is. */
export const shown = (address: string): string =>
  `the ${address.startsWith('whatsapp:') ? 'WhatsApp ' : ''}number ending in ${address.slice(-4)}`;

/** What is printed holds no secret, wherever its words came from. */
export function withoutSecrets(text: string, vars: Vars): string {
  const secrets = Object.entries(vars).filter(([name, value]) => SECRET_NAMES.includes(name) && value.length >= 6);
  return secrets.reduce((safe, [name, value]) => safe.replaceAll(value, `[${name}]`), text);
}
