import type { MachineRow } from '../../conversation/state/machine.ts';
import { select, upsert } from './row-store.ts';

// The SQL of the conversation's machine: one row, or none where all share a machine.

export function readMachine(sql: SqlStorage): MachineRow | null {
  const [row] = select<MachineRow & { id?: number }>(sql, 'SELECT * FROM machine');
  if (!row) return null;
  const { id: _one, ...machine } = row;
  return machine;
}

export function saveMachine(sql: SqlStorage, machine: MachineRow | null): void {
  if (machine === null) sql.exec('DELETE FROM machine');
  else upsert(sql, 'machine', ['id'], { id: 1, ...machine });
}
