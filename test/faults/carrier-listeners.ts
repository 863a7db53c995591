import type { CarrierListener, PhoneCarrier } from './phone-carrier.ts';

/** Those who listen to a carrier, and how each of them is told. */
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
