import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FaultChannel } from './fault-channel.ts';
import { SMS_CHANNEL } from './sms-channel.ts';
import { TELEGRAM_CHANNEL } from './telegram-channel.ts';
import { WHATSAPP_CHANNEL } from './whatsapp-channel.ts';

// The channels that a run can have by name: those of the product, and each folder of fixtures that brings what a run
// needs in `faults/channel.ts`.

const PRODUCT: readonly FaultChannel[] = [WHATSAPP_CHANNEL, SMS_CHANNEL, TELEGRAM_CHANNEL];
const MADE = resolve(import.meta.dirname, '../fixtures');
const fileOf = (folder: string): string => join(MADE, folder, 'faults/channel.ts');

/** The channels that are made outside the product. */
export const madeChannels = (): string[] => readdirSync(MADE).filter((folder) => existsSync(fileOf(folder)));

export const channelNames = (): string[] => [...PRODUCT.map(({ name }) => name), ...madeChannels()];

export async function findChannel(wanted: string): Promise<FaultChannel> {
  const known = PRODUCT.find(({ name }) => name === wanted);
  if (known) return known;
  const { channel } = (await import(fileOf(wanted))) as { channel: FaultChannel };
  return channel;
}
