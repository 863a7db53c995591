// The page's connection to the simulator: one event stream, reopened when it breaks or falls silent.

import type { PhoneEvent } from '../phone-events.ts';

const SILENCE_MS = 40_000;
const AGAIN_MS = 1000;

export function listen(onEvent: (event: PhoneEvent) => void, onLost: () => void): void {
  let source: EventSource | null = null;
  let timer = 0;

  function open(): void {
    source?.close();
    source = new EventSource('/phone/events');
    source.addEventListener('message', ({ data }: MessageEvent<string>) => {
      watch(SILENCE_MS);
      onEvent(JSON.parse(data) as PhoneEvent);
    });
    // The browser's own retry gives up after some answers, so each loss gets a new stream.
    source.addEventListener('error', () => lose());
    watch(SILENCE_MS);
  }

  function lose(): void {
    source?.close();
    onLost();
    watch(AGAIN_MS);
  }

  function watch(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(ms === AGAIN_MS ? open : lose, ms);
  }

  open();
}
