import type { HistoryMessage } from './transcript-file.ts';

// One streamed call of the scripted agent to the Messages API. Null for everything that a retry may solve: no answer,
// an API error, a stream without its end.

export type ModelTurn = { text: string; tool: { id: string; name: string } | null };

type StreamEvent = {
  type?: string;
  content_block?: { type?: string; id?: string; name?: string };
  delta?: { type?: string; text?: string };
};

export async function callModel(
  url: string,
  { session, project }: { session: string; project: string },
  messages: HistoryMessage[],
  signal: AbortSignal,
): Promise<ModelTurn | null> {
  try {
    const response = await fetch(`${url}/v1/messages?beta=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'x-api-key': 'none' },
      body: JSON.stringify({
        model: 'claude-opus-5-5',
        max_tokens: 1000,
        stream: true,
        metadata: { user_id: session },
        system: `The project is ${project}.`,
        messages,
      }),
      signal,
    });
    const text = await response.text();
    return response.ok ? readStream(text) : null;
  } catch {
    return null;
  }
}

function readStream(text: string): ModelTurn | null {
  const turn: ModelTurn = { text: '', tool: null };
  let isWhole = false;
  for (const line of text.split('\n')) {
    if (!line.startsWith('data: ')) continue;
    const { type, content_block: block, delta } = JSON.parse(line.slice('data: '.length)) as StreamEvent;
    if (block?.type === 'tool_use' && block.id && block.name) turn.tool = { id: block.id, name: block.name };
    if (delta?.type === 'text_delta') turn.text += delta.text ?? '';
    if (type === 'message_stop') isWhole = true;
  }
  return isWhole ? turn : null;
}
