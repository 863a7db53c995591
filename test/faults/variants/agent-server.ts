import { acting, each, onePlan, type Variant } from './variant.ts';

// Agent servers with a wrong memory: requests known only on disk, closed after a restart. Data only.

export const AGENT_SERVER: readonly Variant[] = [
  {
    name: 'told-before-written',
    wrong: 'the machine commits events ten seconds after it has sent them',
    noticedBy: 'test/vm/power-cut.test.ts: everything the relay is told of was synced before, whatever it is',
    patches: [
      {
        file: 'vm/src/journal/journal.ts',
        find: '    runInTransaction(this.db, () => this.#append(conversation, attempt, bodies, now));\n',
        replace: `    if (!this.db.isTransaction) {
      this.db.exec('BEGIN IMMEDIATE');
      setTimeout(() => this.db.isTransaction && this.db.exec('COMMIT'), 10_000);
    }
    this.#append(conversation, attempt, bodies, now);
`,
      },
      {
        file: 'vm/src/journal/database.ts',
        find: `  db.exec('BEGIN IMMEDIATE');
  try {`,
        replace: `  if (db.isTransaction) db.exec('COMMIT');
  db.exec('BEGIN IMMEDIATE');
  try {`,
      },
    ],
    plan: onePlan('machine', each(2, 'tool', { work: 'tool' })),
  },
  {
    name: 'asleep-at-work',
    wrong: 'a machine without requests for a while falls asleep, even while it works',
    noticedBy:
      'test/vm/stray.test.ts: nobody needs it: it ends by itself, and an open hold keeps it up; strays and health checks do not',
    patches: [
      {
        file: 'vm/src/http/idle-shutdown.ts',
        find: 'if (this.#streams > 0 || this.#isBusy()) this.touch();',
        replace: 'if (this.#streams < 0) this.touch();',
      },
    ],
    quicker: [
      {
        file: 'vm/src/config.ts',
        find: 'IDLE_TIMEOUT_MS: milliseconds(30 * 60_000)',
        replace: 'IDLE_TIMEOUT_MS: milliseconds(3_000)',
      },
    ],
    isUncut: true,
    plan: onePlan('none', acting('ask', 2, [{ work: 'ask' }], 'asked', { answers: 'much later' })),
  },
  {
    name: 'left-open-stays-open',
    wrong: 'an attempt that was cut by a restart is never closed: nobody hears of it again',
    noticedBy: 'test/vm/cut-turns.test.ts: a text given to an agent that is not up yet: the next attempt answers both',
    patches: [
      {
        file: 'vm/src/attempts/attempts.ts',
        find: 'const left = this.#setup.journal.open();',
        replace: `const left = this.#setup.journal.open('nobody');`,
      },
    ],
    plan: onePlan('machine', each(2, 'tool', { work: 'tool' })),
  },
];
