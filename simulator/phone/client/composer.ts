// The line at the bottom: text, one attachment, a voice recording. Keeps a draft and an attachment per phone, so that
// looking into another phone loses nothing.

import { el, find, icon, setText } from './dom.ts';
import type { Recording } from './recorder.ts';
import { startRecording } from './recorder.ts';
import type { Parcel } from './sending.ts';
import { sizeLabel } from './timeline.ts';

type Port = {
  send(text: string, parcel: Parcel | null): void;
  loadDraft(number: string): string;
  saveDraft(number: string, text: string): void;
};

const MAX_TEXT = 4096;
const MAX_FILE = 16 * 1024 * 1024;

export function createComposer(port: Port) {
  const form = find('composer', HTMLFormElement);
  const text = find('text', HTMLTextAreaElement);
  const problem = find('composer-problem', HTMLElement);
  const strip = find('attached', HTMLElement);
  const row = find('composer-row', HTMLElement);
  const recordingRow = find('recording', HTMLElement);
  const recordingTime = find('recording-time', HTMLElement);
  const voice = find('voice', HTMLButtonElement);
  const pickFile = find('pick-file', HTMLInputElement);
  const pickAudio = find('pick-audio', HTMLInputElement);
  const parcels = new Map<string, Parcel>();
  let number = '';
  let recording: Recording | null = null;
  let clock = 0;

  function attach(parcel: Parcel | null): void {
    if (parcel && parcel.file.size > MAX_FILE) {
      setText(problem, 'That file is too large: WhatsApp takes up to 16 MB. Choose a smaller one.');
      return;
    }
    setText(problem, '');
    if (parcel) parcels.set(number, parcel);
    else parcels.delete(number);
    showParcel();
  }

  function showParcel(): void {
    const parcel = parcels.get(number);
    for (const element of strip.querySelectorAll<HTMLMediaElement | HTMLImageElement>('img, audio')) {
      URL.revokeObjectURL(element.src);
    }
    strip.hidden = parcel === undefined;
    text.placeholder = parcel ? 'Add a caption' : 'Message';
    strip.replaceChildren();
    if (!parcel) return;
    const { file } = parcel;
    const remove = el(
      'button',
      { type: 'button', class: 'icon-button', 'aria-label': `Remove ${file.name}` },
      icon('close'),
    );
    remove.addEventListener('click', () => {
      attach(null);
      text.focus();
    });
    const words = el(
      'span',
      {},
      el('b', {}, parcel.voice ? 'Voice message' : file.name),
      el('small', {}, sizeLabel(file.size)),
    );
    strip.append(preview(file), words, remove);
  }

  async function record(): Promise<void> {
    try {
      recording = await startRecording();
    } catch {
      setText(problem, 'The microphone is not available here. Choose an audio file instead.');
    }
    if (!recording) return pickAudio.click();
    const started = Date.now();
    setText(problem, '');
    showRecording(true);
    clock = setInterval(() => {
      const seconds = Math.floor((Date.now() - started) / 1000);
      setText(recordingTime, `Recording ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`);
    }, 250);
    find('recording-stop', HTMLButtonElement).focus();
  }

  function showRecording(on: boolean): void {
    clearInterval(clock);
    setText(recordingTime, 'Recording 0:00');
    recordingRow.hidden = !on;
    row.hidden = on;
  }

  async function endRecording(keep: boolean): Promise<void> {
    const ended = recording;
    recording = null;
    showRecording(false);
    text.focus();
    if (!ended) return;
    if (keep) attach({ file: await ended.stop(), voice: true });
    else ended.discard();
  }

  function send(): void {
    const written = text.value;
    const parcel = parcels.get(number) ?? null;
    if (written.trim() === '' && !parcel) return;
    if (written.length > MAX_TEXT) {
      setText(problem, `A message holds at most ${MAX_TEXT} characters; this one has ${written.length}.`);
      return;
    }
    attach(null);
    text.value = '';
    port.saveDraft(number, '');
    port.send(written, parcel);
    text.focus();
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    send();
  });
  text.addEventListener('input', () => {
    setText(problem, '');
    port.saveDraft(number, text.value);
  });
  text.addEventListener('paste', (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    attach({ file, voice: false });
  });
  for (const picker of [pickFile, pickAudio]) {
    picker.addEventListener('change', () => {
      const file = picker.files?.[0];
      if (file) attach({ file, voice: picker === pickAudio });
      picker.value = '';
      text.focus();
    });
  }
  find('attach', HTMLButtonElement).addEventListener('click', () => pickFile.click());
  voice.addEventListener('click', () => void record());
  find('recording-stop', HTMLButtonElement).addEventListener('click', () => void endRecording(true));
  find('recording-cancel', HTMLButtonElement).addEventListener('click', () => void endRecording(false));

  return {
    /** Brings back what was being written on this phone. */
    open(next: string): void {
      if (next === number) return;
      if (recording) void endRecording(false);
      number = next;
      text.value = port.loadDraft(number);
      setText(problem, '');
      showParcel();
    },
    focus: (): void => text.focus(),
  };
}

function preview(file: File): HTMLElement | SVGElement {
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return el('img', { src: URL.createObjectURL(file), alt: '' });
  if (file.type.startsWith('audio/')) {
    return el('audio', { src: URL.createObjectURL(file), controls: true, 'aria-label': `Listen to ${file.name}` });
  }
  return icon('file');
}
