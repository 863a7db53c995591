// Structured log lines for the operator, one JSON object each. Never message text, never a phone number, never a secret.

export type Log = {
  level: 'info' | 'warn' | 'error';
  event: string;
  [field: string]: string | number | boolean | null;
};

/** `conversation` is the object's opaque id. */
export function report(line: Log, conversation?: string): void {
  const text = JSON.stringify(conversation === undefined ? line : { ...line, conversation });
  if (line.level === 'info') console.log(text);
  else if (line.level === 'warn') console.warn(text);
  else console.error(text);
}

const LATER_MS = 20;

/** Logs after the requests of the same moment have left: writing a line takes longer than everything else in that moment. */
export async function reportLater(lines: readonly Log[], conversation: string): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LATER_MS));
  for (const line of lines) report(line, conversation);
}

/** An error's name and message, shortened so that they may be logged. */
export function reasonOf(error: unknown): string {
  return (error instanceof Error ? `${error.name}: ${error.message}` : String(error)).slice(0, 300);
}
