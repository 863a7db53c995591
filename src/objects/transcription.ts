import * as z from 'zod/mini';
import { TRANSCRIBE_MS, TRANSCRIPT_CHARS } from '../conversation/policy/files.ts';
import { reasonOf, report } from '../log.ts';
import { withTimeout } from '../timeout.ts';

// Transcribes voice notes with Workers AI. The binding `AI` is optional; after any failure the voice note stays a file.

const MODEL = '@cf/openai/whisper-large-v3-turbo';
const Heard = z.looseObject({ text: z.string() });

/** The part of the binding that is used: it takes the audio as base64. */
type SpeechModel = { run(model: string, input: { audio: string }): Promise<unknown> };
/** The transcript, or null when there is none. */
export type Transcribe = (audio: Uint8Array) => Promise<string | null>;

export function transcriberOf(env: Env & { AI?: SpeechModel }): Transcribe | null {
  const { AI } = env;
  return AI ? (audio) => transcribe(AI, audio) : null;
}

async function transcribe(model: SpeechModel, audio: Uint8Array): Promise<string | null> {
  try {
    const heard = Heard.parse(await withTimeout(TRANSCRIBE_MS, model.run(MODEL, { audio: base64(audio) })));
    const words = heard.text.trim();
    if (words.length > TRANSCRIPT_CHARS) return `${words.slice(0, TRANSCRIPT_CHARS - 1)}…`;
    return words === '' ? null : words;
  } catch (error) {
    report({ level: 'warn', event: 'not-transcribed', reason: reasonOf(error) });
    return null;
  }
}

/** In pieces, because a call takes a limited number of arguments. */
function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 32_768) binary += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(binary);
}
