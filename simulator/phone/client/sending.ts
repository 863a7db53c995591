// Sends the texts written here, one after another so that they stay in order. They wait while the connection is lost.
// The client id makes a text that was sent twice one text.

import type { Bubble } from '../phone-events.ts';
import type { Pending } from './state.ts';

export type Parcel = { file: File; voice: boolean };

type Port = {
  /** The oldest text that may be sent now. */
  next(): Pending | undefined;
  profileName(number: string): string;
  accepted(bubble: Bubble): void;
  refused(clientId: string, problem: string): void;
};

const PATIENCE_MS = 60_000;
const AGAIN_MS = 2000;
const UNREADABLE = 'That file has changed or is gone since. Discard this and attach it again.';

export function createSending(port: Port) {
  const parcels = new Map<string, Parcel>();
  let busy = false;

  async function post(pending: Pending): Promise<void> {
    const form = new FormData();
    form.set('clientId', pending.clientId);
    form.set('from', pending.number);
    form.set('to', pending.sender);
    form.set('body', pending.text);
    form.set('profileName', port.profileName(pending.number));
    if (pending.topic !== undefined) form.set('topic', String(pending.topic));
    if (pending.tap) {
      form.set('tapSid', pending.tap.sid);
      form.set('tapId', pending.tap.id);
    }
    for (const [name, value] of extrasFields(pending)) form.set(name, value);
    const parcel = parcels.get(pending.clientId);
    if (pending.fileName !== null) {
      const file = parcel ? await readable(parcel.file) : null;
      if (file === null) return port.refused(pending.clientId, UNREADABLE);
      form.set('file', file);
    }
    if (parcel?.voice) form.set('voice', 'yes');
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch('/phone/messages', { method: 'POST', body: form, signal });
    const said: unknown = await answer.json().catch(() => ({}));
    if (answer.ok) {
      parcels.delete(pending.clientId);
      port.accepted(said as Bubble);
    } else {
      const { error } = said as { error?: string };
      port.refused(pending.clientId, error ?? 'The simulator didn’t accept it. Try again.');
    }
  }

  async function drain(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      for (let pending = port.next(); pending; pending = port.next()) await post(pending);
    } catch {
      setTimeout(() => void drain(), AGAIN_MS);
    } finally {
      busy = false;
    }
  }

  return {
    drain: (): void => void drain(),
    attach: (clientId: string, parcel: Parcel): void => void parcels.set(clientId, parcel),
    detach: (clientId: string): void => void parcels.delete(clientId),
  };
}

/** A copy with the file's bytes: the browser refuses to send a file that was changed or removed since it was chosen. */
async function readable(file: File): Promise<File | null> {
  const bytes = await file.arrayBuffer().catch(() => null);
  return bytes && new File([bytes], file.name, { type: file.type });
}

function extrasFields({ extras }: Pending): [name: string, value: string][] {
  const { quoted = null, forwarded = false, place = null } = extras ?? {};
  return [
    ...(quoted ? [['quoted', quoted.sid] as [string, string]] : []),
    ...(forwarded ? [['forwarded', 'yes'] as [string, string]] : []),
    ...(place
      ? Object.entries({ place: place.name, latitude: `${place.latitude}`, longitude: `${place.longitude}` })
      : []),
  ];
}
