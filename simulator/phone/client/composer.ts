// The line at the bottom: text, one attachment, a voice recording. Each phone keeps its own draft and attachment when
// the person switches phones.

import { chip } from './attachment-view.ts';
import { createCommandPicker } from './command-picker.ts';
import { el, find, icon, setText } from './dom.ts';
import { refuseFile } from './file-limit.ts';
import { recalled } from './recall.ts';
import type { Recording } from './recorder.ts';
import { startRecording } from './recorder.ts';
import type { Parcel } from './sending.ts';
import { kindLabel, sizeLabel } from './timeline.ts';

type Port = {
  send(text: string, parcel: Parcel | null): void;
  /** Roost's address in the open chat. */
  sender(): string;
  loadDraft(number: string): string;
  saveDraft(number: string, text: string): void;
  /** The texts sent in the open chat, oldest first. */
  sent(): string[];
  /** Escape: removes the extras of the next text. */
  leaveOut(): boolean;
};

const MAX_TEXT = 4096;

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
  const submit = find('send', HTMLButtonElement);
  const showCommands = find('show-commands', HTMLButtonElement);
  const picker = createCommandPicker(text);
  const parcels = new Map<string, Parcel>();
  let number = '';
  let recording: Recording | null = null;
  let clock = 0;

  function attach(parcel: Parcel | null): void {
    const refusal = parcel && refuseFile(parcel.file.size, port.sender());
    setText(problem, refusal ?? '');
    if (refusal !== null) return;
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
    showButtons();
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
    strip.append(...preview(parcel), remove);
  }

  /** As in a messenger: a microphone while there is nothing to send, otherwise an arrow. */
  function showButtons(): void {
    const empty = text.value.trim() === '' && !parcels.has(number);
    voice.hidden = !empty;
    submit.hidden = empty;
    // A command is a separate text, so it must not replace a draft.
    showCommands.hidden = text.value.trim() !== '';
  }

  function write(next: string): void {
    text.value = next;
    port.saveDraft(number, next);
    setText(problem, '');
    showButtons();
    picker.show();
  }

  async function record(): Promise<void> {
    try {
      recording = await startRecording();
    } catch {
      setText(problem, 'The microphone isn’t available here. Choose an audio file instead.');
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
    // The chat may be on another channel than when the file was attached.
    const refusal =
      written.length > MAX_TEXT
        ? `A message can have up to ${MAX_TEXT} characters; this one has ${written.length}.`
        : parcel && refuseFile(parcel.file.size, port.sender());
    if (refusal !== null) {
      setText(problem, refusal);
      return;
    }
    attach(null);
    write('');
    port.send(written, parcel);
    text.focus();
  }

  /** Whether the composer used the key. */
  function press(event: KeyboardEvent): boolean {
    if (picker.handles(event)) return true;
    const { key, shiftKey } = event;
    if (key === 'Enter' && !shiftKey) {
      send();
      return true;
    }
    if (key === 'Escape') return port.leaveOut();
    const earlier = recalled(port.sent(), text.value, key);
    if (earlier !== null) write(earlier);
    return earlier !== null;
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  text.addEventListener('keydown', (event) => {
    if (!event.isComposing && press(event)) event.preventDefault();
  });
  text.addEventListener('input', () => write(text.value));
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
  const menu = find('more-ways', HTMLElement);
  find('attach', HTMLButtonElement).addEventListener('click', () => {
    menu.hidePopover();
    pickFile.click();
  });
  showCommands.addEventListener('click', () => {
    menu.hidePopover();
    write('/');
    text.focus();
  });
  voice.addEventListener('click', () => void record());
  find('recording-stop', HTMLButtonElement).addEventListener('click', () => void endRecording(true));
  find('recording-cancel', HTMLButtonElement).addEventListener('click', () => void endRecording(false));

  return {
    /** Restores this phone's draft. */
    open(next: string): void {
      if (next === number) return;
      if (recording) void endRecording(false);
      number = next;
      write(port.loadDraft(number));
      showParcel();
    },
    focus: (): void => text.focus(),
    write,
    tell: (words: string): void => setText(problem, words),
  };
}

function preview({ file, voice }: Parcel): HTMLElement[] {
  const name = voice ? 'Voice message' : file.name;
  const size = sizeLabel(file.size);
  const kind = kindLabel({ contentType: file.type, fileName: file.name });
  const asChip = chip(name, kind, size);
  const url = URL.createObjectURL(file);
  if (file.type.startsWith('audio/')) {
    const audio = el('audio', { src: url, controls: true, 'aria-label': `Listen to ${file.name}` });
    return [audio, ...asChip.slice(1)];
  }
  if (!/^image\/(png|jpeg|gif|webp)$/.test(file.type)) return asChip;
  const image = el('img', { src: url, alt: '' });
  image.addEventListener('error', () => image.replaceWith(...asChip.slice(0, 1)));
  return [image, ...asChip.slice(1)];
}
