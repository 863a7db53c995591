// Notices when nobody needs the machine: no attempt, no open stream, and no request for a while. Owns one timer.

/** More than a busy computer delays a timer. */
const LATE_MS = 15_000;

export class IdleShutdown {
  readonly #idleMs: number;
  readonly #isBusy: () => boolean;
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #streams = 0;

  constructor(idleMs: number, isBusy: () => boolean, onIdle: () => void) {
    this.#idleMs = idleMs;
    this.#isBusy = isBusy;
    this.#onIdle = onIdle;
    this.touch();
  }

  /** Starts the idle time again. */
  touch(): void {
    clearTimeout(this.#timer);
    const due = Date.now() + this.#idleMs;
    this.#timer = setTimeout(() => {
      if (this.#streams > 0 || this.#isBusy()) this.touch();
      // A suspended machine goes on because of a request, which is still on its way.
      else if (Date.now() - due > LATE_MS) this.touch();
      else this.#onIdle();
    }, this.#idleMs);
  }

  /** Counts an open stream. Call the result when the stream closes. */
  streamOpened(): () => void {
    this.#streams += 1;
    this.touch();
    return () => {
      this.#streams -= 1;
      this.touch();
    };
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
