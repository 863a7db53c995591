import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk/core';

// The queue of messages for an agent process, which takes one after the other whenever it is ready. In memory only.

export class MessageQueue implements AsyncIterable<SDKUserMessage> {
  readonly #waiting: SDKUserMessage[] = [];
  #wake: () => void = () => {};
  #isOver = false;

  put(message: SDKUserMessage): void {
    this.#waiting.push(message);
    this.#wake();
  }

  end(): void {
    this.#isOver = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SDKUserMessage, void> {
    for (;;) {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) yield next;
      if (this.#isOver) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      if (this.#waiting.length > 0) continue;
      await promise;
    }
  }
}
