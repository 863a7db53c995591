import { beforeEach } from 'vitest';
import { SESSION } from './operator-stage.ts';

// A made-up directory behind the view “Audit”: two logins and twelve entries, new for each test.

export const PERSON = 'ab'.repeat(32);
export const NOW = Date.parse('2026-11-23T12:00:00Z');

type AuditRow = { id: string; at: number; actor: string; action: string; subject: string; detail: string };
type OperatorSession = {
  id: string;
  person: string;
  name: string;
  browser: string;
  madeAt: number;
  seenAt: number;
  expiresAt: number;
};

export const entry = (n: number, detail = 'WhatsApp …0123'): AuditRow => ({
  id: `01ARZ3NDEKTSV4RRFFQ69G${String(1000 + n)}`,
  at: NOW - n * 60_000,
  actor: n % 3 === 0 ? PERSON : 'operator',
  action: 'let in',
  subject: PERSON,
  detail,
});

export const login = (id: string, name: string): OperatorSession => {
  const times = { madeAt: NOW - 3_600_000, seenAt: NOW - 60_000, expiresAt: NOW + 11 * 3_600_000 };
  return { id, person: PERSON, name, browser: 'Firefox on Android', ...times };
};

export function useAudit() {
  const audit = { entries: [] as AuditRow[], sessions: [] as OperatorSession[] };
  const desk = {
    [Symbol.dispose]: () => undefined,
    operator: async () => ({ id: PERSON, role: 'owner', name: 'Ann', session: SESSION }),
    sessions: async () => audit.sessions,
    end: async (id: string) => {
      const had = audit.sessions.length;
      audit.sessions = audit.sessions.filter((one) => one.id !== id);
      return audit.sessions.length < had;
    },
  };
  const directory = { operators: () => desk, audit: async () => audit.entries };
  beforeEach(() => {
    audit.entries = Array.from({ length: 12 }, (_, n) => entry(n));
    audit.sessions = [login(SESSION, 'Ann'), login('01ARZ3NDEKTSV4RRFFQ69G5FAW', 'Ben')];
  });
  return { audit, env: { DIRECTORY: { getByName: () => directory } } };
}
