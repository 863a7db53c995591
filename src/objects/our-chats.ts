import { readNumber } from '../addresses.ts';
import { channelOf } from '../channels/registry.ts';
import { type Config, isSimulatedFor } from '../config/config.ts';
import type { OurChat } from '../texts/phrasing.ts';
import { SECOND } from '../units.ts';

const ASK_MS = 3 * SECOND;

/** Our chats, and the links that open them with words filled in. A name that isn't set is asked for once. */
export class OurChats {
  readonly #names = new Map<string, string>();

  async find(config: Config, sender: string, words: string): Promise<OurChat> {
    const { capabilities, chatUrl } = channelOf(sender);
    const name = await this.#nameOf(config, sender);
    const address = readNumber(sender) ?? (name === null ? null : `@${name}`);
    // No phone has a chat with a fictional number or bot.
    const url = isSimulatedFor(config, sender) ? null : chatUrl(sender, words, name);
    return { address, channel: capabilities.name, url };
  }

  async #nameOf(config: Config, sender: string): Promise<string | null> {
    const { publicName, askName } = channelOf(sender);
    const known = publicName?.(config) ?? this.#names.get(sender) ?? null;
    if (known !== null || askName === undefined) return known;
    const name = await askName(config, ASK_MS);
    if (name !== null) this.#names.set(sender, name);
    return name;
  }
}
