/** The alarm of one object, which is known without asking the platform. Times are real time. */
export class ObjectAlarm {
  readonly #ctx: DurableObjectState;
  /** When the platform's alarm is set to fire; null for none. */
  at: number | null = null;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  async read(): Promise<void> {
    this.at = await this.#ctx.storage.getAlarm();
  }

  /**
   * Sets the alarm no later than wanted. An earlier alarm is left to fire, because an alarm that is only pushed forward
   * keeps nothing alive. Null: no alarm.
   */
  arm(wanted: number | null): void {
    if (wanted !== null) {
      if (this.at === null || wanted < this.at) this.set(wanted);
      return;
    }
    if (this.at !== null) this.#ctx.waitUntil(this.#ctx.storage.deleteAlarm());
    this.at = null;
  }

  set(at: number): void {
    this.#ctx.waitUntil(this.#ctx.storage.setAlarm(at));
    this.at = at;
  }
}
