import type { Log } from './conversation/state/events.ts';

// Structured lines for the operator: one JSON object each. Never message text, never a phone number, never a secret.

/** `conversation` is the object's opaque id. */
export function report(line: Log, conversation?: string): void {
  const text = JSON.stringify(conversation === undefined ? line : { ...line, conversation });
  if (line.level === 'info') console.log(text);
  else if (line.level === 'warn') console.warn(text);
  else console.error(text);
}

const LATER_MS = 20;

/** After the requests of the same moment have left: writing a line takes longer than all else that happens then. */
export async function reportLater(lines: readonly Log[], conversation: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LATER_MS));
  for (const line of lines) report(line, conversation);
}

/** The words of an error that may be logged: its name and message, shortened. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 300);
}
