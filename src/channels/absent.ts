import type { Capabilities } from '../conversation/policy/channel.ts';
import type { Channel } from './channel.ts';
import { WORDS_ALONE } from './words-alone.ts';

// Stands for a channel that this deployment no longer has, but rows still name. It sends nothing.

const NOTHING: Omit<Capabilities, 'scheme' | 'name' | 'operator'> = {
  carriers: [],
  identity: 'own',
  windowMs: null,
  template: false,
  reconcile: 'probe',
  limits: { text: 1000, caption: 0, choices: 0, title: 0, fileIn: 0, fileOut: 0 },
  markup: 'plain',
  typing: null,
  draft: null,
  edits: false,
  quotes: false,
  threads: false,
  optOutWords: false,
  paceMs: 0,
  progressFirstMs: Number.POSITIVE_INFINITY,
  isSecret: false,
  price: 'free',
};

export const absentChannel = (scheme: string): Channel => ({
  capabilities: { ...NOTHING, scheme, name: scheme, operator: scheme },
  service: { name: scheme, statusPage: '' },
  isAddress: () => false,
  isOn: () => false,
  sendersOf: () => [],
  owns: () => false,
  explainError: () => null,
  chatUrl: () => null,
  connect: () => ({
    ...WORDS_ALONE,
    send: async () => ({ kind: 'refused', code: 0, failure: 'recipient', retryAfterMs: null }),
    lookUp: async () => ({ kind: 'listed', candidates: [] }),
  }),
});
