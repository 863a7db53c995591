import { DAY, HOUR } from '../../units.ts';

// Limits the answers to groups that add the bot. Kept in memory only, because the line is a courtesy.

/** One line to each group in this time, and a limited number to all groups in an hour. */
const GROUP_AGAIN_MS = DAY;
const GROUP_LINES_MAX = 20;
const greetedAt = new Map<string, number>();

/** Whether a group that added the bot is told that it works in private chats only. */
export function mayGreetGroup(chat: string, now: number): boolean {
  for (const [group, at] of greetedAt) if (now - at >= GROUP_AGAIN_MS) greetedAt.delete(group);
  const lately = [...greetedAt.values()].filter((at) => now - at < HOUR).length;
  if (greetedAt.has(chat) || lately >= GROUP_LINES_MAX) return false;
  greetedAt.set(chat, now);
  return true;
}
