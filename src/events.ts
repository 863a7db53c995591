import type { Log } from './turns/event.ts';

// Structured lines for the operator: one JSON object each. Never message text, never a phone number, never a secret.

/** `conversation` is the object's opaque id. */
export function report(line: Log, conversation?: string): void {
  const text = JSON.stringify(conversation === undefined ? line : { ...line, conversation });
  if (line.level === 'info') console.log(text);
  else if (line.level === 'warn') console.warn(text);
  else console.error(text);
}

/** The words of an error that may be logged: its name and message, shortened. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 300);
}
