import {
  abilitiesList,
  dueNow,
  gotThis,
  greeting,
  joke,
  longAnswer,
  missingTool,
  notUnderstood,
  onlyDemo,
  veryLongAnswer,
} from './demo-texts.ts';
import { readFile, sendFile, writeFile } from './files.ts';
import {
  CHECKS_FAILED,
  FIX_TYPO,
  fixTypo,
  followComment,
  lookAtChecks,
  lookAtReview,
  REVIEW_CAME,
} from './pull-request.ts';
import { askPerson } from './questions.ts';
import { whatCame } from './received.ts';
import { RUN, scheduleReminder, scheduleTask, scheduleTool, standup } from './schedules.ts';
import type { Situation, Step } from './situation.ts';
import { todoApp } from './todo-app.ts';

// The abilities of the demo model, a row each; the first that matches the text answers it. Pure: a row sees the text,
// what was said earlier and the results of its tools, and names the next step.

type Ability = { when: RegExp; answer: (match: RegExpExecArray, situation: Situation) => Step };

const say = (text: string): Step => ({ do: 'say', text });
const bash = (command: string, description: string, timeout?: number): Step => ({
  do: 'use',
  tool: 'Bash',
  input: { command, description, ...(timeout ? { timeout } : {}) },
});

const SLEEP_ROUND_S = 60;
const NOTES = 'notes.md';

const abilities: Ability[] = [
  { when: /^Wrap up: this long piece of work/, answer: (_, s) => wrapUp(s) },
  // People put commands in backquotes, and a shell would run the output of a command in backquotes.
  {
    when: /^run(?::\s*|\s+(?=`))(?:`([^`\n]+)`|([\s\S]+))$/i,
    answer: (m, s) => shown(s, bash(group(m, 1) || group(m, 2), 'Run the command'), 'Output:'),
  },
  {
    when: /^(?:please )?sleep (\d{1,4})(?: s(?:ec(?:ond)?s?)?)?,? (?:and )?then say ([\s\S]+)$/i,
    answer: (m, s) => sleep(Number(m[1]), group(m, 2), s),
  },
  {
    when: /^(?:please )?ask me[:,]? (?:a question[:,]? )?([^\n]+)$/i,
    answer: (m, s) => askPerson(group(m, 1), s),
  },
  {
    when: /^(?:please )?(?:make|build|create|write)(?: me)? an? (?:simple )?to-?do(?: list)? app\b/i,
    answer: (_, s) => todoApp(s),
  },
  // These quote the title of a pull request, which may be a sentence that is understood.
  { when: CHECKS_FAILED, answer: (m, s) => lookAtChecks(group(m, 1), s) },
  { when: REVIEW_CAME, answer: (m, s) => lookAtReview(group(m, 1), s) },
  { when: FIX_TYPO, answer: (_, s) => fixTypo(s) },
  { when: RUN, answer: (m, s) => scheduled(group(m, 1), s) },
  { when: /^(?:please )?remind me (?!what\b)([\s\S]+)$/i, answer: (m, s) => scheduleReminder(group(m, 1), s) },
  {
    when: /^(?:please )?(?:(?:text|send|give|message) me|schedule) ([\s\S]*\b(?:every|each|daily|weekdays?|hourly|tomorrow|tonight|in \w+ (?:minutes?|hours?))\b[\s\S]*)$/i,
    answer: (m, s) => scheduleTask(group(m, 1), s),
  },
  {
    when: /^(?:please )?(pause|resume|cancel) (?:the )?schedule (\d{1,6})$/i,
    answer: (m, s) => scheduleTool(group(m, 1).toLowerCase(), { id: Number(group(m, 2)) }, s),
  },
  {
    when: /^(?:please )?(?:list|show|what are)(?: me)? (?:my |the )?schedules\??$/i,
    answer: (_, s) => scheduleTool('list', {}, s),
  },
  { when: /^(?:please )?say a long answer\b/i, answer: () => say(longAnswer) },
  { when: /^(?:please )?say a very long answer\b/i, answer: () => say(veryLongAnswer) },
  { when: /^(?:please )?say:? ([\s\S]+)$/i, answer: (m) => say(group(m, 1)) },
  {
    when: /^(?:please )?write ([\s\S]+?) (?:in)?to ([\w./-]+)$/i,
    answer: (m, s) => writeFile(group(m, 2), group(m, 1), s),
  },
  {
    when: /^(?:please )?send me (?:(?:the|a|my) )?(?:file )?(?:called )?([\w./-]+\.\w+)(?:,? (?:and )?say ([\s\S]+))?$/i,
    answer: (m, s) => sendFile(group(m, 1), group(m, 2), s),
  },
  {
    when: /^(?:please )?(?:note|remember|write down|jot down)(?: down)?\b[:,]?\s+(?:that )?([\s\S]+)$/i,
    answer: (m, s) => writeFile(NOTES, `- ${group(m, 1)}`, s, 'append'),
  },
  {
    when: /\b(?:read|show|list|see|what)\b.{0,200}\bnotes?\b|^(?:my )?notes\??$/i,
    answer: (_, s) => readFile(NOTES, s),
  },
  {
    when: /^(?:please )?(?:read|show|open|cat)(?: me)?(?: the)?(?: file)? ([\w./-]+\.\w+)$/i,
    answer: (m, s) => readFile(group(m, 1), s),
  },
  {
    when: /\b(?:list|show|what|which|see)\b.{0,200}\b(?:files?|folders?|director(?:y|ies))\b|^ls\b/i,
    answer: (_, s) => shown(s, bash('ls -la', 'List the files of the working folder'), 'Here’s what’s in the folder:'),
  },
  {
    when: /what(?:'s|’s| is)? the (?:time|date)|what time is it/i,
    answer: (_, s) => shown(s, bash('date', 'Show the time'), 'It’s:'),
  },
  {
    when: /what(?:'s|’s| is) my name|who am i\b|do you (?:know|remember) my name/i,
    answer: (_, s) => recallName(s.earlier),
  },
  {
    when: /what (?:did|have) i (?:say|said|write|written|tell|told|ask|asked)|do you remember/i,
    answer: (_, s) => recall(s.earlier),
  },
  { when: MY_NAME(), answer: (m) => say(`Nice to meet you, ${group(m, 1)}. I’ll remember your name.`) },
  { when: /\b(?:help|what can you do|abilities)\b/i, answer: () => say(abilitiesList) },
  {
    when: /who are you|what are you|are you (?:a |the )?(?:bot|human|real|claude)/i,
    answer: () => say('I’m Roost’s demo model. I stand in for Claude so you can try everything without an account.'),
  },
  { when: /how are you|how(?:'s|’s| is) it going/i, answer: () => say('I’m fine, thanks. What would you like to do?') },
  { when: /\bthank(?:s| you)\b|^(?:great|nice|perfect|cool)\b/i, answer: () => say('You’re welcome!') },
  { when: /\bjoke\b/i, answer: () => say(joke) },
  { when: /^(?:good ?bye|bye|see you|good night)\b/i, answer: () => say('Bye! Text me any time.') },
  { when: /^(?:hi|hello|hey|good (?:morning|afternoon|evening)|moin|servus|hola)\b/i, answer: () => say(greeting) },
];

export function respond(text: string, situation: Situation): Step {
  const comment = followComment(text, situation);
  if (comment) return allowed(comment, situation);
  const line = spoken(text);
  const came = whatCame(text, situation.pictures);
  if (line === '' && text.trim() !== '') return say(came ?? gotThis(text.trim()));
  for (const { when, answer } of abilities) {
    const match = when.exec(line);
    if (match) return allowed(answer(match, situation), situation);
  }
  return say(came === null ? notUnderstood(line) : `${came} ${onlyDemo}`);
}

/** The person's own words: without quotations and without the lines in brackets that describe attachments. */
const spoken = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^(?:\[.*\]$|> )/.test(line))
    .join('\n')
    .trim();

/** The lines of a text if each makes sense alone: Claude Code joins texts that waited together. */
export function separateTexts(text: string): string[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const understood = (line: string): boolean => abilities.some(({ when }) => when.test(line.trim()));
  return lines.length > 1 && lines.every(understood) ? lines : [text];
}

const allowed = (step: Step, { tools }: Situation): Step =>
  step.do === 'use' && !tools.has(step.tool) ? say(missingTool(step.tool)) : step;

function MY_NAME(): RegExp {
  return /\bmy name is ([\p{Lu}\p{Ll}][\p{L}'’-]*)/iu;
}

const group = (match: RegExpExecArray, index: number): string => (match[index] ?? '').trim();

/** The task of a schedule's run: a standup from the folder, or the usual answer to a text with these words. */
function scheduled(task: string, situation: Situation): Step {
  if (/\bstand-?up\b/i.test(task)) return standup(situation);
  const known = abilities.find(({ when }) => when.test(task));
  const match = known?.when.exec(task);
  return known && match ? known.answer(match, situation) : say(dueNow(task));
}

/** Uses the tool, then shows what it returned. */
function shown({ outcomes }: Situation, step: Step, heading: string): Step {
  const outcome = outcomes.at(-1);
  if (!outcome) return step;
  return say(outcome.failed ? `That didn’t work:\n\n${fenced(outcome.text)}` : `${heading}\n\n${fenced(outcome.text)}`);
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((run) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text === '' ? '(no output)' : text}\n${fence}`;
}

function sleep(seconds: number, then: string, { outcomes }: Situation): Step {
  const failure = outcomes.find((outcome) => outcome.failed);
  if (failure) return say(`I couldn’t wait: ${failure.text}`);
  const left = seconds - outcomes.length * SLEEP_ROUND_S;
  if (left <= 0) return say(then);
  // Claude Code refuses a bare `sleep` of more than a few seconds but accepts a loop that waits for something.
  const round = Math.min(left, SLEEP_ROUND_S);
  const command = `waited=0; until [ $waited -ge ${round} ]; do sleep 1; waited=$((waited + 1)); done`;
  return bash(command, 'Wait a little', (SLEEP_ROUND_S + 30) * 1000);
}

/** The end of deep work: writes the request into the notes and tells the person. */
function wrapUp(situation: Situation): Step {
  const asked = situation.earlier.slice(-10).map((text) => `- ${text}`);
  const summary = asked.length === 0 ? '- nothing was asked for' : asked.join('\n');
  const step = writeFile('NOTES.md', `# Results\n\n${summary}\n\nOpen points: none.`, situation, 'append');
  return step.do === 'use'
    ? step
    : say(`Here’s what we did; it’s in NOTES.md too:\n\n${summary}\n\nThere are no open points.`);
}

function recallName(earlier: readonly string[]): Step {
  const name = earlier.flatMap((text) => MY_NAME().exec(text)?.[1] ?? []).at(-1);
  return say(name ? `Your name is ${name}.` : 'You haven’t told me your name yet. Text: my name is …');
}

function recall(earlier: readonly string[]): Step {
  if (earlier.length === 0) return say('This is the first thing you’ve said to me.');
  const listed = earlier.slice(-20).map((text) => `- “${text}”`);
  const heading = earlier.length > 20 ? `The last 20 of your ${earlier.length} texts:` : 'You said:';
  return say([heading, '', ...listed].join('\n'));
}
