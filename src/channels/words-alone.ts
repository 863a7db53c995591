import type { Carrier } from './channel.ts';

/** The rest of a carrier, for a channel that carries words alone. */
export const WORDS_ALONE: Omit<Carrier, 'send' | 'lookUp'> = {
  prepareChoices: async () => null,
  forgetChoices: async () => undefined,
  showTyping: async () => undefined,
  showDraft: async () => undefined,
  fetchFile: async () => ({ kind: 'failed', why: 'gone' }),
  deleteFile: async () => true,
  deleteMessage: async () => 'gone',
  howToSend: () => 'link',
};
