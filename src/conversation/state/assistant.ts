import type { Assistant, Policy } from '../policy/policy.ts';
import type { State } from './state.ts';
// The assistant’s name and tone.

/** The person's choice wins over the deployment's. */
export function assistantOf({ conversation }: State, { assistant }: Policy): Assistant {
  return {
    name: conversation.assistant.name ?? assistant.name,
    tone: conversation.assistant.tone ?? assistant.tone,
  };
}
