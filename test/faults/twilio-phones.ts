import type { CarrierMessage } from '../../simulator/twilio/carrier-types.ts';
import { addressOn } from '../../src/addresses.ts';
import { type RunningCarrier, senderOn } from './carrier.ts';
import type { Guarantees } from './guarantees.ts';
import type { CarrierListener, FromPhone, OnPhone, PhoneCarrier } from './phone-carrier.ts';

// The fake Twilio as a run's carrier: WhatsApp or SMS.

const LATE_MS = 700;
const FATES = {
  late: { lateMs: LATE_MS },
  twice: { twice: true },
  lost: { lost: true },
  'again later': {},
  'as usual': {},
} as const;

export function twilioPhones(running: RunningCarrier, guarantees: Guarantees): PhoneCarrier & { url: string } {
  const { carrier } = running;
  const { scheme, name } = guarantees.capabilities;
  return {
    url: running.url,
    guarantees,
    addressOf: (person) => addressOn(scheme, `+15555550${110 + person}`),
    write: ({ webhook, quotes, ...request }: FromPhone) =>
      carrier.receive({
        ...request,
        ...(quotes === undefined ? {} : { extra: { OriginalRepliedMessageSid: quotes } }),
        to: senderOn(scheme),
        webhook: FATES[webhook],
      }).sid,
    get(sid) {
      const stored = carrier.desk.store.get(sid);
      return stored && !['failed', 'undelivered'].includes(stored.status) ? asShown(stored) : null;
    },
    canTap: () => true,
    block: () => {
      throw new Error(`Nobody shuts us out on ${name} in a run.`);
    },
    listen: (listener) => carrier.subscribe((event) => tell(listener, event)),
    callbacks: (how) => running.callbacks(how),
    deliverAgain: (sid) => running.deliverAgain(sid),
    settled: () => carrier.settled(),
    // Twilio ends with the run, whatever its channel is.
    close: async () => {},
  };

  function asShown({ sid, to, body, offer, media }: CarrierMessage): OnPhone {
    const hasCallbacks = carrier.desk.store.get(sid)?.statusCallback != null;
    return { sid, to, body, items: offer?.items ?? [], files: media.map(({ bytes }) => bytes), hasCallbacks };
  }

  function tell(listener: CarrierListener, event: Parameters<Parameters<typeof carrier.subscribe>[0]>[0]): void {
    if (event.type === 'traffic' && event.traffic.kind === 'webhook') {
      const sid = /MessageSid=(\w+)/.exec(event.traffic.requestBody)?.[1] ?? '';
      const { status, note, durationMs } = event.traffic;
      if (durationMs === null) listener.handed(sid);
      else if (status === 200) listener.taken(sid);
      else if (note) listener.failed(sid, note, !note.includes('Tried again'));
    }
    if (event.type === 'message' && event.message.direction === 'outbound-api') listener.coming(asShown(event.message));
    if (event.type !== 'status') return;
    const { status, errorCode } = event.message;
    listener.became(asShown(event.message), `${status} ${errorCode ?? ''}`);
    if (status === 'delivered') listener.shows(asShown(event.message));
  }
}
