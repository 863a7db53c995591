import type { State } from '../../conversation/state/state.ts';
import * as tables from './conversation-tables.ts';

// The SQL of a person's addresses and of texts from locked ones.

type PersonRows = Pick<State, 'addresses' | 'keptTexts'>;

export const readPerson = (sql: SqlStorage): PersonRows => ({
  addresses: tables.addresses.select(sql, 'SELECT * FROM addresses ORDER BY bound_at, address'),
  keptTexts: tables.keptTexts.select(sql, 'SELECT * FROM kept_texts ORDER BY kept_at, provider_id'),
});

export function savePerson(sql: SqlStorage, before: PersonRows, after: PersonRows): void {
  tables.addresses.save(sql, before.addresses, after.addresses);
  tables.keptTexts.save(sql, before.keptTexts, after.keptTexts);
  for (const { address } of before.addresses) {
    const isKept = after.addresses.some((row) => row.address === address);
    if (!isKept) sql.exec('DELETE FROM addresses WHERE address = ?', address);
  }
  for (const { providerId } of before.keptTexts) {
    const isKept = after.keptTexts.some((row) => row.providerId === providerId);
    if (!isKept) sql.exec('DELETE FROM kept_texts WHERE provider_id = ?', providerId);
  }
}
