import type { AgentMessage, Answer } from '../../../src/protocol/index.ts';
import type { AgentHost, Signal } from '../agent/agent.ts';

// A person's requests for files, which need no agent: list them, and send one. Each can run again after a crash.

const ACTIONS = ['files', 'send_file'] as const;
export type FileAction = AgentMessage & { action: (typeof ACTIONS)[number] };
export type FilesHost = AgentHost & { list(folder: string): string };

export const isFileAction = (message: AgentMessage): message is FileAction =>
  ACTIONS.some((action) => action === message.action);

/** Performs the action and sends `listener` the signals of an agent that would have done it. */
export async function performFileAction(
  message: FileAction,
  host: FilesHost,
  listener: (signal: Signal) => void,
): Promise<void> {
  listener({ type: 'message', uuid: message.uuid, state: 'queued' });
  const text = message.action === 'files' ? host.list(message.text) : await sendFile(message, host);
  const answer = { text, isError: false, uuids: [message.uuid], totalCostUsd: 0, aborted: false };
  listener({ type: 'answer', answer: { ...answer, outage: 'none' } });
  listener({ type: 'state', idle: true });
}

async function sendFile({ uuid, text: path }: FileAction, host: FilesHost): Promise<string> {
  const file = await host.offer(path);
  if ('refused' in file) return file.refused;
  const never = new AbortController().signal;
  return sent(file.name, await host.ask(uuid, { kind: 'send_file', file, caption: '' }, never));
}

function sent(name: string, answer: Answer): string {
  if (answer.kind === 'done' && answer.text !== '') return answer.text;
  if (answer.kind === 'done' && !answer.ok) return `I couldn’t send ${name}. Please try again.`;
  return answer.kind === 'none' ? `${name} is on its way.` : `Here is ${name}.`;
}
