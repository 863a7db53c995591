import type { CarrierListener, PhoneCarrier } from './phone-carrier.ts';

/** Keeps the listeners of a carrier, and tells each of them. */
export function carrierListeners(): {
  tell: (telling: (listener: CarrierListener) => void) => void;
  listen: PhoneCarrier['listen'];
} {
  const listeners = new Set<CarrierListener>();
  return {
    tell: (telling) => listeners.forEach(telling),
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
