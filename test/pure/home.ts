import type { Failure } from '../../src/conversation/state/failure.ts';
import { NEW_MESSAGE } from '../../src/conversation/state/messages.ts';
import { newAddress } from '../../src/conversation/state/person.ts';
import type { Message, Reply } from '../../src/conversation/state/rows.ts';
import { PLACES } from './channels.ts';
import { Talk } from './conversation.ts';

type Where = keyof typeof PLACES;
export const CODE: Partial<Record<Failure, number>> = {
  policy: 63013,
  blocked: 63112,
  window: 63016,
  recipient: 63014,
  barred: 21408,
  account: 63112,
};
let ids = 0;

/** The conversation of a person with several addresses. */
export class Home extends Talk {
  constructor(...others: Where[]) {
    super();
    const addresses = others.map((at) => ({ ...newAddress(PLACES[at].address, 'text' as const, 0) }));
    this.state = { ...this.state, addresses };
  }

  from(at: Where, text: string, secret?: string): Message {
    const { address, senders } = PLACES[at];
    const id = ++ids + 1000;
    const uuid = `00000000-0000-5000-8000-${String(id).padStart(12, '0')}`;
    const sent = { seq: id, providerId: `SM${id}`, uuid, from: address, to: senders[0], text, attachments: 0 };
    const message = { ...sent, receivedAt: this.now, ...NEW_MESSAGE };
    this.on({ type: 'message', message, ...(secret === undefined ? {} : { secret }) });
    return message;
  }

  /** Hands replies over until nothing can leave; `refuses` says which the carrier refuses, and why. */
  leaves(refuses: (reply: Reply) => Failure | null = () => null): string[] {
    const taken: string[] = [];
    for (let n = 0; n < 50; n++) {
      this.now = Math.max(this.now, this.state.conversation.paceUntil);
      const before = this.state;
      this.on({ type: 'send-begin' });
      const sending = this.state.replies.find((r) => r.state === 'sending');
      if (!sending && this.state === before) return taken;
      if (!sending) continue;
      const named = { reply: sending.id, attempt: sending.attempt };
      const failure = refuses(sending);
      if (failure) this.on({ type: 'send-refused', ...named, code: CODE[failure] ?? 0, failure, retryAfterMs: null });
      else {
        this.on({ type: 'send-accepted', ...named, sid: `SM${++ids}` });
        taken.push(`${this.channels(sending.to).scheme}: ${sending.body}`);
      }
    }
    throw new Error('there is always another reply to send');
  }

  news(...all: string[]): void {
    for (const text of all) this.on({ type: 'notify', id: `N${++ids}`, kind: 'alert', text });
  }
}
