import type { Policy } from '../conversation/policy/policy.ts';
import { assistantOf } from '../conversation/state/assistant.ts';
import type { ConversationStore } from './stores/conversation-store.ts';

// A long answer as its page shows it, with the agent's name and project. It contains no data of the person: `sender` is
// our own address.

export type PageContent = {
  markdown: string;
  createdAt: number;
  project: string | null;
  assistant: string | null;
  sender: string;
};

/** Null when the page no longer exists. */
export function pageContentOf(store: ConversationStore, policy: Policy, id: string): PageContent | null {
  const page = store.page(id);
  if (page === null) return null;
  const state = store.load();
  return {
    markdown: page.markdown,
    createdAt: page.createdAt,
    project: store.projectOfPage(id),
    assistant: assistantOf(state, policy).name,
    sender: state.conversation.sender,
  };
}
