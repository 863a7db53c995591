import { type Name, parseCommand } from '../input/command.ts';
import { type HelpTopic, TOPICS } from '../input/help-topics.ts';
import { hasRight, leastRoleFor, mayUse, type Role } from '../input/roles.ts';
import { accessTexts } from './access.ts';

// The texts of /help (the overview, topics and commands), and the welcome after the answer to a person's first text.

const MORE = `Text /help and a topic (${TOPICS.join(', ')}) or a command, like /help pause.`;

/** `hasBold`: the channel shows *bold* words. Shows what the role may do. */
type Reader = { hasBold: boolean; role: Role };

/** The commands that most people need. */
const FIRST = [
  ['/stop', 'I stop right away'],
  ['/status', 'what I’m doing and what’s waiting'],
  ['/retry', 'I try again what failed or was stopped'],
  ['/new', 'we start a new conversation'],
  ['/project', 'your projects'],
  ['/remind in 20 minutes: tea', 'I text you then'],
  ['/schedule every day at 9am: what’s new?', 'I work then'],
] as const;

const formatLine = (use: string, help: string, { hasBold }: Reader): string =>
  `${hasBold ? `*${use}*` : use} – ${help}`;

const isForOthers = ({ role }: Reader): boolean => hasRight(role, 'schedule texts for other people');

export const helpTexts = {
  /** On the button that opens the list of topics. */
  topics: 'Topics',
  /** With `hasList` it stands above a list to choose from. */
  overview: (hasList: boolean, unknown: string | null, reader: Reader): string =>
    [
      ...(unknown === null ? [] : [`There’s no help on “${unknown}”.`]),
      'Text me what you want done, in your own words. Photos, files and voice notes work too.',
      FIRST.map(([use, help]) => formatLine(use, help, reader)).join('\n'),
      ...(isForOthers(reader)
        ? ['You’re an admin here, so you can also schedule texts for others: /help schedules.']
        : []),
      hasList ? 'Choose a topic for the rest, with examples.' : MORE,
    ].join('\n\n'),
  topic: (
    heading: string,
    lines: readonly { use: string; help: string }[],
    topic: HelpTopic,
    reader: Reader,
  ): string => {
    const all = [...EXAMPLES[topic], ...(isForOthers(reader) ? (FOR_ADMINS[topic] ?? []) : [])];
    const examples = all.filter((example) => mayUse(reader.role, parseCommand(example)?.name ?? 'help'));
    return [
      [reader.hasBold ? `*${heading}*` : heading, ABOUT[topic]].join('\n'),
      lines.map(({ use, help }) => formatLine(use, help, reader)).join('\n'),
      ['Examples:', ...examples].join('\n'),
    ].join('\n\n');
  },
  command: ({ use, help }: { use: string; help: string }, name: Name, topic: HelpTopic, reader: Reader): string =>
    [
      `${formatLine(use, help, reader)}.`,
      ...(mayUse(reader.role, name) ? [] : [accessTexts.notForRole(name, reader.role, leastRoleFor(name))]),
      ABOUT_COMMAND[name],
      `Related commands: /help ${topic}`,
    ].join('\n\n'),
  didYouMean: (named: string, meant: string): string => `There’s no help on “${named}”. Did you mean /help ${meant}?`,
} as const;

const ABOUT: Record<HelpTopic, string> = {
  work: 'Text “stop” while I work and I stop. Everything else you text waits until I’m done, unless you choose otherwise with /queue.',
  projects: 'A project is a folder with its own conversation. Your texts go to the project you’re in.',
  schedules: 'Or just tell me in your own words when you want what.',
  deep: 'Deep work is for a long task that we do together: it can take hours, and your texts reach me while I work.',
  files: 'Send me photos, voice notes and files as usual; I keep them in the project’s folder “inbox”.',
  questions: 'When I ask something, tap a button or answer in your own words.',
  repositories:
    'These are about the repository of the project you’re in. shop#12 names a pull request of another project.',
  settings: 'A command on its own shows what’s set.',
  costs: 'When a budget is used up I stop, say so, and go on when there’s budget again.',
  access: 'If a phone is lost, text /lock from any of your addresses, or ask an admin.',
};

const EXAMPLES: Record<HelpTopic, readonly string[]> = {
  work: ['/stop fix the typo first', '/btw is it tested?', '/queue steer'],
  projects: ['/project new shop', '/project shop', '/new let’s plan the launch'],
  schedules: [
    '/schedule every weekday at 9am: what changed since yesterday?',
    '/remind in 20 minutes: take the bread out',
    '/pause 2 until 7 Jan',
  ],
  deep: ['/deep migrate the database', '/end'],
  files: ['/files src', '/files send report.pdf', '/more'],
  questions: ['/approve 2', '/deny use a branch instead', '/approvals revoke 1'],
  repositories: ['/pr 12', '/diff 12', '/watch reviews'],
  settings: ['/assistant name Robin', '/memory I use pnpm', '/model default'],
  costs: ['/budget 10 today', '/budget 5 a day in shop', '/cost on'],
  access: ['/pin 4821', '/lock'],
};
const FOR_ADMINS: Partial<Record<HelpTopic, readonly string[]>> = {
  schedules: ['/schedule every monday 9am for +15555550142, me: what’s planned this week?'],
  access: ['/invite guest', '/pair ABCD-EFGH', '/lock 3'],
};

const ABOUT_COMMAND: Record<Name, string> = {
  help: `${MORE} Any other word that starts with / goes to the agent.`,
  status: 'It answers right away, even while I work.',
  me: 'It shows your role, the addresses that lead to our conversation, and who can read it.',
  stop: 'Texts that are waiting are dropped too; /retry brings them back. /stop do this instead: stops, then does that.',
  retry: 'It brings back what failed last, or what your last /stop dropped.',
  more: 'A long answer comes as its first part and a link. Each /more sends you the next parts here.',
  queue:
    '/queue collect: your texts wait and I handle them together afterwards. /queue steer: they reach me while I work. /queue queue: they wait and I handle them one by one. /queue alone shows what’s set.',
  verbose: 'With /verbose on you see what I write between steps. /verbose alone shows what’s set.',
  project:
    '/project lists them, /project shop switches to one. You can also text /project new shop, /project rename store, /project archive shop or /project restore shop.',
  new: 'Files stay as they are; only our conversation starts over. /sessions takes you back to an earlier one.',
  sessions: 'For example /sessions 2.',
  undo: 'I forget the message and restore the files I edited for it. Changes made by commands stay. Text /undo again to go one message further back.',
  model: '/model alone shows what’s set and what you can choose. /model default goes back to the default.',
  assistant: '/assistant name Robin, /assistant tone dry and brief, /assistant reset.',
  deep: 'It can take hours. Text after it is the task, like /deep migrate the database. /end ends it.',
  end: 'The results and open points go into NOTES.md in the project.',
  btw: 'For example /btw is it tested? I answer from what I know so far, and the work continues.',
  approve: 'When several questions are open, add the number: /approve 2.',
  deny: 'For example /deny use a branch instead. When several questions are open, add the number: /deny 2.',
  pr: 'For example /pr 12, or /pr shop#12 for another project. /pr merge 12 asks you before it merges.',
  checks: 'Without an open pull request it shows the checks of the default branch.',
  diff: 'Without an open pull request it shows the work on the machine: what isn’t committed, and what isn’t in the default branch. /diff work always shows that. The page opens for three days. Tap a line’s number there to comment on it.',
  comment:
    'On the page of /diff, tap a line’s number and write: your comment is filled into this chat, and I get it when you send it. By hand: /comment 12 "src/cart.ts" 7: why?',
  watch:
    'I tell you everything about pull requests that I opened. /watch reviews adds reviews of all others; also new, checks, merges or all. /watch usual goes back.',
  unwatch: 'For example /unwatch checks. /unwatch alone: I tell you nothing of this project’s pull requests.',
  approvals: '/approvals lists what I may always do; /approvals revoke 1 makes me ask again.',
  files: '/files src looks into a folder. /files send report.pdf sends you that file.',
  schedule:
    'For example /schedule every weekday at 9am: what changed since yesterday? Also: every friday 5pm, every 2 hours, 24 Dec 18:00.',
  remind: 'For example /remind in 20 minutes: take the bread out, or /remind tomorrow 8pm: call mum.',
  standup: 'I look at the commits and our conversation, and text you what was done, what’s next and what blocks it.',
  schedules: 'For example /schedules 2.',
  pause: 'For example /pause 2, or /pause 2 until 7 Jan.',
  resume: 'For example /resume 2.',
  skip: 'For example /skip 2, or /skip 2 tomorrow.',
  cancel: 'For example /cancel 2. To stop it only for a while, use /pause.',
  run: 'For example /run 2. Its next time stays as it is.',
  timezone: 'For example /timezone Berlin. /timezone auto goes back to what your phone number says.',
  quiet:
    'For example /quiet 22-7, or /quiet 10pm-7am. Scheduled messages and news of pull requests wait until they end; one-time reminders and replies still come. /quiet off turns them off.',
  reach:
    'For example /reach telegram, if you text me there too. /reach alone shows where I know you; /reach auto goes back to where you last wrote. Answers always go where your text came from.',
  compact: 'I keep a summary and the project keeps the whole conversation as a file.',
  context: 'The fuller it is, the slower and more expensive every answer gets. /compact makes room, /new starts over.',
  memory: 'For example /memory I use pnpm. I know it in every project. /memory forget pnpm removes that line.',
  lock: 'I stop what I’m doing, send nothing more, and read nothing but /unlock.',
  link: 'Text the code from the other phone or channel: LINK and the code, within ten minutes. There I ask you to confirm it. With a PIN set: /link 4821. If there is a conversation of your own there, I ask whether to merge the two; /link off calls that off.',
  unlink:
    'It shows your further addresses; /unlink 4815 takes the one that ends like this away, after a question. With a PIN set: /unlink 4815 4821.',
  unlock: 'For example /unlock 4821. Without a PIN, ask an admin.',
  pin: 'Four to eight digits. I keep no copy of the message with it; delete it from the chat too.',
  cost: 'Model, messages and the machine’s time, by estimates of published prices. /cost on shows it below each answer, /cost off stops that.',
  budget:
    'For example /budget 10 today, /budget 20 a day, /budget 5 a turn, /budget 100 a month, /budget off a month. With “in shop” it’s that project’s. Raising your own takes an admin.',
  users: 'More than fit here: /users from 16.',
  invite:
    'Hand the code on: whoever texts it first is in, within seven days. /invite guest, /invite member, /invite guest budget $5 (a day).',
  pair: 'For example /pair ABCD-EFGH. Ask the person for the code by other means, so that you know who it is. /pair ABCD-EFGH as 3: it’s a new address of person 3 in /users.',
  block: 'For example /block 3, the number from /users. What I do for the person stops at once.',
  unblock: 'For example /unblock 3.',
  role: 'For example /role 3 guest. Guests can’t approve anything. Only the owner makes admins.',
  github:
    'I send a link, and the page ends with a code to text me. /project new shop OWNER/REPO then clones a repository. I never take a token in the chat. With a PIN set, text it too: /github 4821.',
  operator:
    'The link works once, for five minutes, and the login for 12 hours. With a PIN set, text it too: /operator 4821. /operator off ends your logins. Other admins are told.',
  export:
    'Messages, schedules, files, the agent’s sessions and costs, as one archive. With a PIN set, text it too: /export 4821.',
  forget: 'I say first what is deleted and what stays for a while, and ask twice. It can’t be undone.',
  nokey:
    'Before I save a text, I remove what looks like an API key or a private key. If I’m wrong, or I need the key, text /nokey and then your words.',
  mcp: 'They are set up in the project’s file .mcp.json.',
};

/** Each button, and the words that a tap on it sends. */
const TRIES = [
  { title: 'Make a to-do app', says: 'Make a to-do app' },
  { title: 'Remind me', says: '/remind in 1 minute: this is how I remind you' },
  { title: 'See what I can do', says: '/help' },
] as const;

/** The readers of a conversation. `isSimulated`: it stays on this computer, but for a real model. */
export type Readers = { carriers: readonly string[]; isMachineShared: boolean; isSimulated: boolean };
export const nameReaders = ({ carriers, isMachineShared, isSimulated }: Readers): string =>
  `${isSimulated ? 'the people who use this computer, and the AI model unless it’s the demo one.' : `the people who run this agent, and the services it needs: ${[...carriers, 'Cloudflare'].join(', ')} and the AI model.`}${isMachineShared ? ' Everybody who texts this agent works on one machine, so they can reach your projects and files there.' : ''}`;

export const welcomeTexts = {
  /** With buttons, the things to try stand below. */
  welcome: (name: string | null, hasButtons: boolean, readers: Readers): string =>
    [
      `Nice to meet you! I’m ${name ?? 'Roost'}, a coding agent you can text. I write and run code in a folder on your machine, read your photos, files and voice notes, and remember our conversation.`,
      `*Who can read this:* ${nameReaders(readers)}`,
      '*To stop me:* text “stop” while I work. I text you only about what you asked for.',
      hasButtons
        ? 'Three things to try:'
        : ['Three things to try:', ...TRIES.map(({ says }) => `• ${says}`)].join('\n'),
    ].join('\n\n'),
  /** Plain ASCII, because an SMS is charged by its length, and other letters take up more. */
  short: (name: string | null, { isMachineShared, isSimulated }: Readers): string =>
    `I'm ${name ?? 'Roost'}, a coding agent you can text. Try: Make a to-do app, or /remind in 1 minute: tea, or /help. Who can read this: ${isSimulated ? "the people who use this computer, and the AI model unless it's the demo one." : 'the people who run this number, the carriers and the AI model.'}${isMachineShared ? ' Others who text it can reach your projects.' : ''} /stop stops my work, STOP ends all texts.`,
  tries: TRIES,
} as const;
