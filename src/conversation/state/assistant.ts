import type { Policy } from '../policy/policy.ts';
import type { State } from './state.ts';
// The assistant’s name and tone.

/** The person's choice wins over the deployment's. */
export function assistantOf(
  { conversation }: State,
  { assistant }: Policy,
): { name: string | null; tone: string | null } {
  return {
    name: conversation.assistantName ?? assistant.name,
    tone: conversation.assistantTone ?? assistant.tone,
  };
}
