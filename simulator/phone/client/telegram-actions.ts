// The page's actions on Telegram alone: the draft's stop, an edit, a deletion, the block, a group, topics; and the bot's words
// after a tap.

import { find, setText } from './dom.ts';

type Port = {
  chat(): { number: string; sender: string };
  /** The name of the open phone's person. */
  profileName(): string;
  /** Shows a sentence about something that can't be done. */
  tell(words: string): void;
  open(sender: string): void;
};

type Made = { sender?: string; topic?: number };

const TOAST_MS = 4000;

export function createTelegramActions(port: Port) {
  const toast = find('toast', HTMLElement);
  let ends = 0;

  async function act(path: string, body: Record<string, unknown>): Promise<Made> {
    const headers = { 'content-type': 'application/json' };
    const request = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`/phone/telegram/${path}`, request).catch(() => null);
    const said = (await answer?.json().catch(() => ({}))) as (Made & { error?: string }) | undefined;
    if (!answer?.ok) port.tell(said?.error ?? 'No connection to the simulator. Try again when it’s back.');
    return answer?.ok ? (said ?? {}) : {};
  }

  const openChat = (): { number: string; sender: string } => {
    const { number, sender } = port.chat();
    return { number, sender };
  };

  const menu = find('more-ways', HTMLElement);
  find('block', HTMLButtonElement).addEventListener('click', () => {
    menu.hidePopover();
    void act('block', { ...openChat(), isBlocked: true });
  });
  find('unblock', HTMLButtonElement).addEventListener('click', () => {
    void act('block', { ...openChat(), isBlocked: false });
  });
  find('make-group', HTMLButtonElement).addEventListener('click', async () => {
    menu.hidePopover();
    const { sender } = await act('group', openChat());
    if (sender !== undefined) port.open(sender);
  });

  return {
    stop: (): void => void act('stop', openChat()),
    edit: (sid: string, text: string): void => void act('edit', { sid, text }),
    async makeTopic(name: string): Promise<number | undefined> {
      const { topic } = await act('topic', { ...openChat(), name, profileName: port.profileName() });
      return topic;
    },
    async renameTopic(topic: number, name: string): Promise<void> {
      await act('topic/name', { ...openChat(), topic, name });
    },
    remove: (sid: string): void => void act('delete', { sid }),
    toast(words: string): void {
      clearTimeout(ends);
      setText(toast, words);
      ends = setTimeout(() => setText(toast, ''), TOAST_MS);
    },
  };
}
