// The longer texts of the demo model. The long answer contains every kind of Markdown that a chat has to convert into
// its own markup. Pure text.

const whoThisIs = 'By the way, I’m the **demo model**: I only know a few phrases.';
export const introduction = (hasKey: boolean): string =>
  hasKey ? whoThisIs : `${whoThisIs} To talk to the real Claude, ${howToTalk}`;
const howToTalk = 'put `ANTHROPIC_API_KEY=...` into `.dev.vars` and run `npm start -- --real`.';

export const greeting = 'Hello! Tell me what to do, or text `help` to see what I can do.';

export const abilitiesList = [
  'I’m the demo model. Here’s what I can do:',
  '',
  '- **make a to-do app**: write a small web page\n- **list files**: show what’s in the working folder',
  '- **fix the typo in the readme and open a pull request**: in a project with a repository (`/project new shop robin-field/shop`)',
  '- **note: buy bread**: save a line in `notes.md`; **read my notes** reads it back',
  '- **write hello to greeting.txt**: write a file; **read greeting.txt** shows it',
  '- **ask me red or blue?**: ask you something and wait for your answer',
  '- **send me the file greeting.txt**: get a file from the folder',
  '- **text me a standup every morning at 9**, **remind me in 20 minutes to take the bread out**, **list my schedules**',
  '- **run: date**: run a command and show its output',
  '- **my name is Robin**, later **what is my name?**',
  '- **what did I say before?**: recall our conversation',
  '- **say a long answer**: show how long answers arrive; **say a very long answer** gives one with a page of its own',
  '- **sleep 5 then say done**: show what waiting looks like',
].join('\n');

export const joke =
  'Why did the hen answer every text at once? She did not want to leave anyone in the *lurch*, only in the *perch*.';

export const nothingNew = 'There’s nothing new to answer.';

export const notUnderstood = (text: string): string => `You wrote: “${clipped(text, 200)}”. ${onlyDemo}`;

export const onlyDemo = 'I’m the demo model and only know a few phrases. Text `help` to see them.';

export const dueNow = (task: string): string =>
  `It’s time for this: “${clipped(task, 500)}”. I’m the demo model and can’t do more than remind you.`;

export const gotThis = (what: string): string => `I got this:\n\n${clipped(what, 1000)}`;

export const missingTool = (tool: string): string => `I need the tool ${tool} for that, and it isn’t available here.`;

const clipped = (text: string, length: number): string => (text.length <= length ? text : `${text.slice(0, length)}…`);

/** One remembered text per line, so that it can be found after the conversation was compacted. */
export const rememberedLine = /^- The person wrote: (.+)$/gm;

export const summaryOf = (texts: readonly string[]): string =>
  [
    '<analysis>',
    `The person wrote ${texts.length === 1 ? 'one text' : `${texts.length} texts`}.`,
    '</analysis>',
    '<summary>',
    ...texts.map((text) => `- The person wrote: ${text.replace(/\s+/g, ' ')}`),
    '</summary>',
  ].join('\n');

const parts = ['Feed', 'Water', 'Nest', 'Door'].map((name, index) =>
  [
    `## ${index + 1}. ${name}`,
    '',
    `**${name}** comes ${index === 0 ? 'first' : 'next'}. Look at it in the morning and again before dark, and write down what ` +
      'you changed. A short line is enough: the date, what you saw, what you did. After a month the lines show what needs ' +
      'care and what looks after itself, and you will know it without guessing.',
    '',
    `- Check the *${name.toLowerCase()}* before anything else`,
    '- Clean what is dirty, mend what is loose',
    '- Write down what you will buy next time',
    '',
    'When something is not as it was yesterday, ask why before you change it. Most faults that come back were hidden by a ' +
      'quick repair, and the repair was quick because nobody looked for the reason. Ten calm minutes spent looking for the ' +
      'reason are cheaper than an hour spent on the same repair every week.',
    '',
  ].join('\n'),
);

export const longAnswer = [
  '# Keeping a roost in good order',
  '',
  'This is a **long answer** with every kind of formatting, so that you can see how it arrives on a phone. It has headings, ' +
    '**bold** and *italic* words, lists, a block of code, a quotation and a link.',
  '',
  ...parts,
  '## 5. A script for the evening',
  '',
  'The same as a small script:',
  '',
  '```sh',
  '#!/bin/sh',
  '# Closes the door when it is dark enough.',
  'light=$(cat /sensors/light)',
  'if [ "$light" -lt 20 ]; then',
  '  echo "closing the door at $(date +%H:%M)"',
  'fi',
  '```',
  '',
  '> Even an automatic door needs somebody to count the hens.',
  '',
  '## 6. What to do tomorrow',
  '',
  '1. Count them in the morning',
  '2. Fill the water',
  '3. Mend the *third* board on the left',
  '',
  'More about WhatsApp formatting is in [the help pages](https://faq.whatsapp.com/539178204879377). That is the end of the long answer.',
].join('\n');

/** Longer than the parts that a chat gets. */
export const veryLongAnswer = ['one', 'two', 'three']
  .map((volume) => longAnswer.replace(/^# .*/, `# Keeping a roost in good order, volume ${volume}`))
  .join('\n\n---\n\n');
