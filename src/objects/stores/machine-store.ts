import type { MachineRow } from '../../conversation/state/machine.ts';
import * as tables from './conversation-tables.ts';

// The SQL of the conversation's machine: one row, or none if conversations share a machine.

export const readMachine = (sql: SqlStorage): MachineRow | null =>
  tables.machines.select(sql, 'SELECT * FROM machine')[0] ?? null;

export function saveMachine(sql: SqlStorage, machine: MachineRow | null): void {
  if (machine === null) sql.exec('DELETE FROM machine');
  else tables.machines.upsert(sql, machine, { id: 1 });
}
