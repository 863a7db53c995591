// The one parser and the one table of slash commands. A command stands at the start, as a whole word, in any case;
// everything else is for the agent, verbatim.

export type CommandName = 'help' | 'retry';
export type Command = { name: CommandName };

/** `now`: answered by the relay at once, also while a turn runs. */
export const COMMANDS: Record<CommandName, { class: 'now'; help: string }> = {
  help: { class: 'now', help: 'what I understand' },
  retry: { class: 'now', help: 'try again what failed' },
};

/** The command a text is, or null when the text is for the agent. `/helpx` is not `/help`. */
export function parseCommand(text: string): Command | null {
  const match = /^\s*\/([a-z]+)(?:\s|$)/i.exec(text);
  const name = match?.[1]?.toLowerCase();
  return name !== undefined && Object.hasOwn(COMMANDS, name) ? { name: name as CommandName } : null;
}

/** One line per command, for /help. */
export const commandLines = (): string[] => Object.entries(COMMANDS).map(([name, { help }]) => `/${name}: ${help}`);
