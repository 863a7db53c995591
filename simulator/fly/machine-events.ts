import { ulid } from 'ulid';
import type { MachineEventRecord } from './store.ts';

// The events of a machine, newest first in its record. Pure except for the time and the id.

export const newEvent = (event: Omit<MachineEventRecord, 'id' | 'timestamp'>): MachineEventRecord => ({
  id: ulid(),
  timestamp: Date.now(),
  ...event,
});
