// Records a voice message with the browser's recorder, if it has one and people grant the microphone.

export type Recording = { stop(): Promise<File>; discard(): void };

/** The first format is a phone's; browsers without it use what they have. */
const FORMATS = [
  { type: 'audio/ogg;codecs=opus', ending: 'ogg' },
  { type: 'audio/mp4', ending: 'm4a' },
  { type: 'audio/webm;codecs=opus', ending: 'webm' },
];

/** Null where this browser cannot record; rejects when the microphone is refused. */
export async function startRecording(): Promise<Recording | null> {
  if (typeof MediaRecorder === 'undefined' || !navigator.mediaDevices?.getUserMedia) return null;
  const format = FORMATS.find(({ type }) => MediaRecorder.isTypeSupported(type));
  if (!format) return null;
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const recorder = new MediaRecorder(stream, { mimeType: format.type });
  const pieces: Blob[] = [];
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data));
  const ended = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve(), { once: true }));
  const end = (): void => {
    if (recorder.state !== 'inactive') recorder.stop();
    for (const track of stream.getTracks()) track.stop();
  };
  recorder.start();
  return {
    async stop() {
      end();
      await ended;
      const type = format.type.split(';')[0] ?? format.type;
      return new File(pieces, `voice.${format.ending}`, { type });
    },
    discard: end,
  };
}
