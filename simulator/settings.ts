// Reads the simulator's settings from the environment and names every problem at once. Pure.

import * as z from 'zod';
import type { SimulatorOptions } from './server.ts';

const url = (problem: string) => z.url({ protocol: /^https?$/, error: problem });
const required = (name: string) => z.string(`${name} is missing.`).min(1, `${name} is empty.`);

const schema = z.object({
  SIMULATOR_PORT: z.coerce
    .number('SIMULATOR_PORT must be a number.')
    .int('SIMULATOR_PORT must be a whole number.')
    .min(0, 'SIMULATOR_PORT must be between 0 and 65535.')
    .max(65_535, 'SIMULATOR_PORT must be between 0 and 65535.')
    .default(4000),
  TWILIO_ACCOUNT_SID: required('TWILIO_ACCOUNT_SID'),
  TWILIO_AUTH_TOKEN: required('TWILIO_AUTH_TOKEN'),
  TWILIO_SENDERS: required('TWILIO_SENDERS')
    .transform((list) => list.split(',').map((sender) => sender.trim()))
    .refine((senders) => senders.every((sender) => /^(whatsapp:)?\+[1-9]\d{6,14}$/.test(sender)), {
      error: 'TWILIO_SENDERS must list addresses like whatsapp:+15555550100, with commas between them.',
    }),
  PUBLIC_URL: url('PUBLIC_URL must be the relay’s address, like http://127.0.0.1:8787.'),
  SIMULATOR_STATE: z.string().optional(),
  TELEGRAM_API_URL: z.string().optional(),
  TELEGRAM_BOT_TOKEN: z
    .string()
    .regex(/^[1-9]\d{4,15}:[\w-]{8,}$/, 'TELEGRAM_BOT_TOKEN must look like 4815162342:AAE_secret-part.')
    .optional(),
  TELEGRAM_WEBHOOK_SECRET: z.string().optional(),
  TWILIO_API_URL: url('TWILIO_API_URL must be this simulator’s address, like http://127.0.0.1:4000.').optional(),
});

const hostOf = (address = ''): string => (URL.canParse(address) ? new URL(address).hostname : '');

export type SimulatorSettings = { ok: true; options: SimulatorOptions } | { ok: false; problems: string[] };

export function readSimulatorSettings(environment: Record<string, string | undefined>): SimulatorSettings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(given);
  if (!parsed.success) return { ok: false, problems: [...new Set(parsed.error.issues.map(({ message }) => message))] };
  const { data } = parsed;
  // The bot is one of the simulator's only if the product calls the simulator for it.
  const isTelegramHere = ['127.0.0.1', 'localhost'].includes(hostOf(data.TELEGRAM_API_URL));
  return {
    ok: true,
    options: {
      port: data.SIMULATOR_PORT,
      accountSid: data.TWILIO_ACCOUNT_SID,
      authToken: data.TWILIO_AUTH_TOKEN,
      senders: data.TWILIO_SENDERS,
      publicUrl: data.PUBLIC_URL,
      apiUrl: data.TWILIO_API_URL,
      stateFolder: data.SIMULATOR_STATE,
      ...(isTelegramHere && data.TELEGRAM_BOT_TOKEN
        ? { telegram: { token: data.TELEGRAM_BOT_TOKEN, webhookSecret: data.TELEGRAM_WEBHOOK_SECRET } }
        : {}),
    },
  };
}
