import { chatUrlOf } from '../channels/registry.ts';
import { type Config, isSimulatedFor } from '../config/config.ts';

// The address that opens the chat with us, with words filled in that the person only has to send. Pure.

/** `sender`: our address. Null where no address opens its chat. */
export function chatLink(config: Config, sender: string, words: string): string | null {
  // No phone has a chat with a fictional number; the simulator's page does.
  if (isSimulatedFor(config, sender))
    return `${config.TWILIO_API_URL.replace(/\/+$/, '')}/?text=${encodeURIComponent(words)}`;
  return chatUrlOf(config, sender, words);
}
