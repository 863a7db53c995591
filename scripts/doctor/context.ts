import * as z from 'zod';
import { type AppView, listInventory } from '../../src/machines/fly/inventory.ts';
import { addressOf, Refused, Unreachable } from '../accounts/ask.ts';
import { objectsOf } from '../accounts/cloudflare.ts';
import { flyOf } from '../accounts/fly.ts';
import { type Listed, readApproval, readMessages } from '../accounts/twilio.ts';
import { type Line, linesOf } from '../accounts/twilio-lines.ts';
import type { Vars } from '../local/dev-vars.ts';
import { SECRET_NAMES } from '../production/prod-vars.ts';
import { LeftOut } from './check.ts';
import { type Relay, relayAt } from './relay.ts';

// Provides the checks with the operator's answers and the state of the services they name. Asks each service once for
// all checks. Keeps nothing between runs.

export type Fly = { prefix: string; deployment: string; apps(): Promise<AppView[]>; api: ReturnType<typeof flyOf> };
/** Each is skipped when Twilio does not answer. */
export type Twilio = {
  /** The addresses of TWILIO_SENDERS that belong to the account. */
  lines(): Promise<Line[]>;
  messages(filter: { From?: string; To?: string }): Promise<Listed[]>;
  approval(template: string): ReturnType<typeof readApproval>;
};

export type DoctorContext = {
  vars: Vars;
  /** The value; without one the check is skipped. */
  value(name: string): string;
  relay(): Relay;
  twilio(): Twilio;
  fly(): Fly;
  /** Ids of all conversations, page by page. */
  conversations(): Promise<AsyncGenerator<string[]>>;
  /** Our addresses, in the order of TWILIO_SENDERS. */
  senders(): string[];
};

/** The relay's default for a name that .prod.vars lacks. */
const DEFAULTS: Vars = {
  FLY_APP_PREFIX: 'roost',
  WORKER_NAME: 'roost',
};

export function doctorContextOf(vars: Vars): DoctorContext {
  const value = (name: string): string => {
    const given = vars[name] || DEFAULTS[name];
    if (!given) throw new LeftOut(`${name} is not set in .prod.vars`);
    return given;
  };
  const publicUrl = (): string => addressOf(value('PUBLIC_URL'), '');
  const needs = (...names: string[]): void => void names.map(value);
  const senders = (): string[] =>
    value('TWILIO_SENDERS')
      .split(',')
      .map((sender) => sender.trim())
      .filter((sender) => sender !== '');
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
    relay: once(() => relayAt(publicUrl(), vars.OPERATOR_TOKEN || undefined)),
    twilio: once(() => {
      needs('TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN');
      return {
        lines: once(() => linesOf(vars, senders()).catch(leftOut(twilioSilence))),
        messages: (filter) => readMessages(vars, filter).catch(leftOut(twilioSilence)),
        approval: (template) => readApproval(vars, template).catch(leftOut(twilioSilence)),
      };
    }),
    fly: once(() => {
      if (vars.MACHINE_PROVIDER !== 'fly')
        throw new LeftOut('this deployment creates no machines on Fly (MACHINE_PROVIDER)');
      needs('FLY_API_TOKEN');
      const api = flyOf(vars);
      const [prefix, org] = [value('FLY_APP_PREFIX'), value('FLY_ORG')];
      const apps = once(() =>
        listInventory(api, { org, prefix }).catch(() => {
          throw new LeftOut('Fly doesn’t say (see fly-token)');
        }),
      );
      return { prefix, deployment: new URL(publicUrl()).host, apps, api };
    }),
    async conversations() {
      needs('CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_ACCOUNT_ID');
      const worker = value('WORKER_NAME');
      const found = await objectsOf(vars, worker, 'Conversation').catch(leftOut(cloudflareSilence));
      if (found === null) throw new LeftOut(`Cloudflare has no conversations of a Worker named ${worker}`);
      return found;
    },
    senders,
  };
}

/** A service did not answer, so the check is skipped; the message names the service. */
export const leftOut =
  (words: (error: Error) => string) =>
  (error: unknown): never => {
    if (error instanceof Unreachable || error instanceof Refused || error instanceof z.ZodError)
      throw new LeftOut(words(error));
    throw error;
  };
const twilioSilence = (): string => 'Twilio doesn’t say (see twilio-key)';
export const cloudflareSilence = (error: Error): string =>
  error instanceof Refused && [401, 403].includes(error.status)
    ? 'CLOUDFLARE_API_TOKEN can’t list the Worker’s objects (it needs “Workers Scripts: Read”)'
    : error instanceof z.ZodError
      ? 'Cloudflare’s list could not be understood'
      : error.message;

/** Enough of an address to recognise it. */
export const shown = (address: string): string =>
  `the ${address.startsWith('whatsapp:') ? 'WhatsApp ' : ''}number ending in ${address.slice(-4)}`;

/** Removes secrets from printed text, wherever it came from. */
export function withoutSecrets(text: string, vars: Vars): string {
  const secrets = Object.entries(vars).filter(([name, value]) => SECRET_NAMES.includes(name) && value.length >= 6);
  return secrets.reduce((safe, [name, value]) => safe.replaceAll(value, `[${name}]`), text);
}
