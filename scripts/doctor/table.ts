import { accountChecks } from './account-checks.ts';
import type { Check } from './check.ts';
import { clockCheck } from './clock-check.ts';
import { conversationChecks } from './conversation-checks.ts';
import { flyChecks } from './fly-checks.ts';
import { gitAccountsCheck } from './git-accounts-check.ts';
import { relayChecks } from './relay-checks.ts';
import { rolloutCheck } from './rollout.ts';
import { senderChecks } from './sender-checks.ts';
import { signatureCheck } from './signature-check.ts';
import { telegramCheck } from './telegram-check.ts';
import { templateCheck } from './template-check.ts';
import { termsCheck } from './whatsapp-terms.ts';

// Every check, in the order of printing.

export const CHECKS: readonly Check[] = [
  ...relayChecks.slice(0, 3),
  signatureCheck,
  ...accountChecks,
  ...senderChecks,
  templateCheck,
  telegramCheck,
  termsCheck,
  clockCheck,
  ...flyChecks,
  rolloutCheck,
  gitAccountsCheck,
  ...conversationChecks,
  ...relayChecks.slice(3),
];
