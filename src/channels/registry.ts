import { addressOn, readNumber, schemeOf } from '../addresses.ts';
import type { Config } from '../config/config.ts';
import { DOUBTED_CODE } from '../conversation/outbox/replies.ts';
import type { ChannelOf } from '../conversation/policy/channel.ts';
import { texts } from '../texts/index.ts';
import { absentChannel } from './absent.ts';
import type { Channel } from './channel.ts';
import { sms } from './sms/channel.ts';
import { telegram } from './telegram/channel.ts';
import { whatsApp } from './whatsapp/channel.ts';

// The channels of a deployment, by the scheme of their addresses.

const channels: Channel[] = [];

/** Adds channels to the deployment. A channel replaces another one with its scheme. */
export function register(...added: Channel[]): void {
  for (const channel of added) {
    const at = channels.findIndex((known) => known.capabilities.scheme === channel.capabilities.scheme);
    channels.splice(at === -1 ? channels.length : at, at === -1 ? 0 : 1, channel);
  }
}

register(whatsApp, sms, telegram);

/** The channel of an address. If rows name a channel that is gone, one that sends nothing. */
export function channelOf(address: string): Channel {
  const scheme = schemeOf(address);
  return channels.find(({ capabilities }) => capabilities.scheme === scheme) ?? absentChannel(scheme);
}

export const capabilitiesOf: ChannelOf = (address) => channelOf(address).capabilities;

/** The channels that are on and tell whether their webhooks arrive. */
export const watchedChannels = (config: Config): Channel[] =>
  channels.filter(({ isOn, watch }) => watch !== undefined && isOn(config));

/** Our addresses on all channels, Twilio's first. */
export const sendersOf = (config: Config): string[] => channels.flatMap((channel) => channel.sendersOf(config));

/** Whether this is an address of one of the channels. */
export const isKnownAddress = (text: string): boolean => channelOf(text).isAddress(text);

/** A link that opens the chat with our sender, with these words filled in; null if there is none. */
export function chatUrlOf(config: Config, sender: string, words: string): string | null {
  const { chatUrl, publicName } = channelOf(sender);
  return chatUrl(sender, words, publicName?.(config) ?? null);
}

/** The channel of a message's id or a file's address. */
export const ownerOf = (reference: string): Channel =>
  channels.find(({ owns }) => owns(reference)) ?? absentChannel(schemeOf(reference));

export const explainError = (code: number): string => {
  if (code === DOUBTED_CODE) return texts.alerts.sentTwice;
  for (const { explainError: explain } of channels) {
    const meaning = explain(code);
    if (meaning !== null) return meaning;
  }
  return texts.alerts.unknownCode(code);
};

/** The service that gave this error code. */
export const serviceOfCode = (code: number): string =>
  channels.find(({ explainError: explain }) => explain(code) !== null)?.service.name ?? 'The channel';

/** The addresses that a number has on the channels that name people by number. */
export const addressesOfNumber = (number: string): string[] =>
  channels
    .filter(({ capabilities }) => capabilities.identity === 'number')
    .map(({ capabilities }) => addressOn(capabilities.scheme, number));

/** The addresses of this number on the other channels that name people by number; none without a number. */
export function otherAddressesOf(address: string): string[] {
  const number = readNumber(address);
  return number === null ? [] : addressesOfNumber(number).filter((other) => other !== address);
}
