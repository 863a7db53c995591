import type { Past, Scene } from '../../src/objects/local-past.ts';

// The people of the demo, and what people ask. All numbers are fictional.

export type Task = { text: string; answer: string; steps: string[]; model: string; weight: number };
/** `last`: what happens at the end of the week. */
export type TeamMember = {
  name: string;
  number: string;
  zone: string;
  admitted: Past['admitted'];
  change?: Past['change'];
  plans?: string[];
  last: (Omit<Scene, 'at'> & { minutesAgo: number })[];
};

const OPUS = 'claude-opus-5-5';
const SONNET = 'claude-sonnet-5-5';
const HAIKU = 'claude-haiku-5-5';

export const TASKS: readonly Task[] = [
  {
    text: 'The login page shows a blank screen on Safari. Can you look?',
    answer:
      'Fixed. Safari refused the cookie because it had no `Secure` flag. I added a test that opens the page in WebKit.',
    steps: ['Grep', 'Read', 'Edit', 'Bash'],
    model: OPUS,
    weight: 2,
  },
  {
    text: 'What changed since yesterday?',
    answer:
      'Three commits: the new price table, a fix for the import of dates, and the dark theme of the invoice page.',
    steps: ['Bash'],
    model: SONNET,
    weight: 0.6,
  },
  {
    text: 'Write release notes for 2.4, short please.',
    answer: '**2.4**\n\n- Invoices in two currencies\n- Search is twice as fast\n- Dates import correctly',
    steps: ['Bash', 'Read', 'Write'],
    model: SONNET,
    weight: 1,
  },
  {
    text: 'Run the tests and tell me what fails.',
    answer: 'All 412 tests pass. `import.spec` took 40 seconds, because it waits for a timer.',
    steps: ['Bash', 'Bash'],
    model: SONNET,
    weight: 1.2,
  },
  {
    text: 'Move the date helpers into one file and use it everywhere.',
    answer: 'Done: 14 files import `dates.ts` now, and three copies are gone. The tests pass.',
    steps: ['Grep', 'Read', 'Write', 'Edit', 'Edit', 'Bash'],
    model: OPUS,
    weight: 2.6,
  },
  {
    text: 'How many customers signed up this week?',
    answer: '37, nine more than last week. Most came from the newsletter.',
    steps: ['Bash'],
    model: HAIKU,
    weight: 0.4,
  },
  {
    text: 'Please review pull request 118.',
    answer: 'It looks right. Two remarks: the retry has no limit, and `user_id` is compared as text.',
    steps: ['WebFetch', 'Read', 'Read'],
    model: OPUS,
    weight: 1.6,
  },
  {
    text: 'Add a CSV export to the orders table.',
    answer: 'Added, with a button above the table. Quotes and line breaks in names are escaped.',
    steps: ['Read', 'Edit', 'Write', 'Bash'],
    model: OPUS,
    weight: 2,
  },
];

const MEMBER = { role: 'member', budget: null } as const;
const GUEST = { role: 'guest', budget: 2_000_000 } as const;
const bash = (seconds: number, isError = false) => ({ name: 'Bash', ms: seconds * 1000, isError });
const usageOf = (times: number) => ({
  input: 900 * times,
  write5m: 20_000 * times,
  write1h: 0,
  read: 240_000 * times,
  output: 4_000 * times,
  searches: 0,
});

const numberOf = (n: number): string => `+1555555${String(200 + n).padStart(4, '0')}`;

const TEAM: Omit<TeamMember, 'number'>[] = [
  {
    name: 'Ada Moreau',
    zone: 'Paris',
    admitted: null,
    plans: ['/schedule weekdays at 9: Write the standup for the team'],
    last: [],
  },
  { name: 'Ben Okafor', zone: 'Lagos', admitted: { role: 'admin', budget: null }, last: [] },
  {
    name: 'Chiara Russo',
    zone: 'Rome',
    admitted: MEMBER,
    last: [
      {
        minutesAgo: 4,
        text: 'Update all packages and make the build pass again.',
        steps: [bash(40), { name: 'Read', ms: 600 }, { name: 'Edit', ms: 500 }, bash(75)],
        progress: 'Two packages are done, and the third changed its types.',
        requests: [{ model: OPUS, usage: usageOf(1) }],
        ends: 'runs',
      },
    ],
  },
  {
    name: 'Daniel Kim',
    zone: 'Seoul',
    admitted: MEMBER,
    last: [
      {
        minutesAgo: 26,
        text: 'Deploy the staging branch, please.',
        steps: [bash(12), bash(95, true), bash(61, true)],
        requests: [{ model: OPUS, usage: usageOf(1) }],
        answer: 'The deployment failed twice: the registry refused the image.',
        ends: 'failed',
      },
    ],
  },
  {
    name: 'Elena Petrova',
    zone: 'Sofia',
    admitted: MEMBER,
    last: [{ minutesAgo: 47, text: 'Can you rename the reports folder?', ends: 'unreachable' }],
  },
  {
    name: 'Femi Adeyemi',
    zone: 'Lagos',
    admitted: GUEST,
    last: [
      {
        minutesAgo: 95,
        text: 'Read the whole archive and summarise every contract.',
        steps: [
          { name: 'Glob', ms: 300 },
          { name: 'Read', ms: 900 },
          { name: 'Task', ms: 240_000 },
        ],
        requests: [{ model: OPUS, usage: usageOf(6) }],
        stopsFor: 'day',
      },
    ],
  },
  { name: 'Grace Lindqvist', zone: 'Stockholm', admitted: MEMBER, change: { to: 'lock' }, last: [] },
  {
    name: 'Hugo Martins',
    zone: 'Lisbon',
    admitted: MEMBER,
    plans: ['/schedule every day at 18: Check the backups'],
    last: [
      {
        minutesAgo: 180,
        text: 'Send me the invoice list.',
        steps: [bash(3)],
        answer: 'There are 12 open invoices.',
        fate: 'failed',
      },
    ],
  },
  { name: 'Ines Haddad', zone: 'Tunis', admitted: MEMBER, last: [] },
  {
    name: 'Jonas Weber',
    zone: 'Berlin',
    admitted: MEMBER,
    plans: ['/remind every friday at 16: time sheets'],
    last: [],
  },
  {
    name: 'Kaito Sato',
    zone: 'Tokyo',
    admitted: MEMBER,
    last: [{ minutesAgo: 1, text: 'Which tests are slow?', steps: [bash(20)], ends: 'runs' }],
  },
  { name: 'Lucía Fernández', zone: 'Madrid', admitted: MEMBER, last: [] },
  { name: 'Maya Cohen', zone: 'Jerusalem', admitted: MEMBER, last: [] },
  {
    name: 'Noah Williams',
    zone: 'New York',
    admitted: MEMBER,
    plans: ['/schedule mondays at 8: Plan the week from the issues'],
    last: [],
  },
  { name: 'Olu Balogun', zone: 'Lagos', admitted: GUEST, change: { to: 'block' }, last: [] },
  { name: 'Priya Nair', zone: 'Kolkata', admitted: MEMBER, last: [] },
  { name: 'Quentin Dubois', zone: 'Paris', admitted: GUEST, last: [] },
  { name: 'Rosa Almeida', zone: 'Sao Paulo', admitted: MEMBER, last: [] },
  { name: 'Samuel Osei', zone: 'Accra', admitted: MEMBER, last: [] },
  { name: 'Tuuli <b>Virtanen</b>', zone: 'Helsinki', admitted: MEMBER, last: [] },
];

export const PEOPLE: readonly TeamMember[] = TEAM.map((person, n) => ({ ...person, number: numberOf(n) }));
/** The owner of the demo. */
export const OWNER = numberOf(0);
