import type { Policy } from '../policy/policy.ts';
import type { State } from './state.ts';
// The assistant’s name and tone.

/** What the person said counts before what the deployment says. */
export function assistantOf(
  { conversation }: State,
  { assistant }: Policy,
): { name: string | null; tone: string | null } {
  return {
    name: conversation.assistantName ?? assistant.name,
    tone: conversation.assistantTone ?? assistant.tone,
  };
}
