import { describe, expect, test } from 'vitest';
import { demoReply } from '../../simulator/model/demo.ts';
import { longAnswer, veryLongAnswer } from '../../simulator/model/demo-texts.ts';
import { checkMessagesRequest, type ModelRequest } from '../../simulator/model/messages-api.ts';
import type { Reply, ReplyBlock } from '../../simulator/model/reply.ts';
import { personTexts, readConversation } from '../../simulator/model/script.ts';
import { toParts } from '../../src/channels/markup/text.ts';
import { texts } from '../../src/texts/index.ts';

// The demo model as a function of the request: every ability, and how it reads Claude Code's requests.

type Message = ModelRequest['messages'][number];
type Call = Extract<ReplyBlock, { type: 'tool_use' }>;
type Ran = { text: string; failed?: boolean };

const ALL = ['Bash', 'Read', 'Write'];
const user = (...texts: string[]): Message => ({
  role: 'user',
  content: texts.map((text) => ({ type: 'text', text })),
});
const assistant = (text: string): Message => ({ role: 'assistant', content: [{ type: 'text', text }] });

function request(messages: Message[], tools: string[] = ALL, more: Record<string, unknown> = {}): ModelRequest {
  const body = { model: 'demo', max_tokens: 1000, messages, tools: tools.map((name) => ({ name })), ...more };
  const checked = checkMessagesRequest(JSON.stringify(body));
  if (!checked.ok) throw new Error(checked.failure.message);
  return checked.request;
}

function blocks(reply: Reply): readonly ReplyBlock[] {
  if (reply.kind !== 'message') throw new Error(`no message but ${reply.kind}`);
  return reply.blocks;
}
const calls = (reply: Reply): Call[] => blocks(reply).filter((block) => block.type === 'tool_use');
const words = (reply: Reply): string =>
  blocks(reply)
    .map((block) => (block.type === 'text' ? block.text : ''))
    .join('');

/** A conversation whose tools are run by `run`; the demo model has introduced itself already. */
class Conversation {
  readonly used: Call[] = [];
  messages: Message[];
  #tools: string[];
  #run: (call: Call) => Ran;

  constructor(run: (call: Call) => Ran = () => ({ text: '' }), tools = ALL) {
    this.#run = run;
    this.#tools = tools;
    this.messages = [
      {
        role: 'system',
        content: '# Environment\n - Primary working directory: /home/robin/my hens\n - Platform: linux',
      },
      user('hello'),
      assistant('Hello!'),
    ];
  }

  say(...texts: string[]): string {
    this.messages.push(user(...texts));
    for (let round = 0; round < 20; round++) {
      const reply = demoReply(request(this.messages, this.#tools));
      const wanted = calls(reply);
      if (wanted.length === 0) {
        this.messages.push(assistant(words(reply)));
        return words(reply);
      }
      this.used.push(...wanted);
      this.messages.push({ role: 'assistant', content: wanted });
      this.messages.push({
        role: 'user',
        content: wanted.map((call) => {
          const { text, failed = false } = this.#run(call);
          return { type: 'tool_result', tool_use_id: call.id ?? '', content: text, is_error: failed };
        }),
      });
    }
    throw new Error('no answer after 20 rounds of tools');
  }
}

describe('the first answer', () => {
  test('says that it is the demo model and how to set a key, once', () => {
    const first = words(demoReply(request([user('hi')])));
    expect(first).toContain('Hello!');
    expect(first).toContain('**demo model**');
    expect(first).toContain('`ANTHROPIC_API_KEY=...` into `.dev.vars`');
    // A person with a key is not told how to set one.
    expect(words(demoReply(request([user('hi')]), true))).toMatch(/\*\*demo model\*\*: I only know a few phrases\.$/);
    expect(first).toContain('`npm start -- --real`');
    expect(words(demoReply(request([user('hi'), assistant(first), user('hi')])))).toBe(
      'Hello! Tell me what to do, or text `help` to see what I can do.',
    );
  });

  test('comes after the tool it needed', () => {
    const asked = [user('run: date')];
    const [call] = calls(demoReply(request(asked)));
    const answer = demoReply(
      request([
        ...asked,
        { role: 'assistant', content: [{ ...call, type: 'tool_use' }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: call?.id ?? '', content: 'Sat Nov 21' }] },
      ]),
    );
    expect(words(answer)).toMatch(/^Output:\n\n```\nSat Nov 21\n```\n\nBy the way, I’m the \*\*demo model/);
  });

  test('on the side of a tool that waits for consent says nothing of the tool', () => {
    const content = '[No result yet — this call is still in progress in the main conversation]';
    const answer = demoReply(
      request([
        user('run: date'),
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content }] },
        user('thanks'),
      ]),
    );
    expect(words(answer)).toMatch(/^You’re welcome!/);
  });
});

describe('small talk', () => {
  test.for([
    ['Good morning!', 'Tell me what to do'],
    ['how are you?', 'I’m fine'],
    ['who are you', 'I’m Roost’s demo model'],
    ['What can you do?', '**list files**'],
    ['help', '**note: buy bread**'],
    ['thanks a lot', 'You’re welcome'],
    ['tell me a joke', 'hen'],
    ['bye', 'Bye!'],
    ['reticulate the splines', 'You wrote: “reticulate the splines”. I’m the demo model and only know a few phrases.'],
    ['say: exactly *this*', 'exactly *this*'],
  ] as const)('%s', ([text, expected]) => {
    const answer = new Conversation().say(text);
    expect(answer).toContain(expected);
    if (text.startsWith('say')) expect(answer).toBe(expected);
  });
});

test('a to-do app is one page that is written, and the answer says where it is', () => {
  const talk = new Conversation(({ name }) =>
    name === 'Bash' ? { text: 'No such file', failed: true } : { text: '' },
  );
  expect(talk.say('Make a to-do app')).toContain('`/home/robin/my hens/todo.html`');
  const written = talk.used.find(({ name }) => name === 'Write')?.input as { file_path: string; content: string };
  expect(written.file_path).toBe('/home/robin/my hens/todo.html');
  expect(written.content).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
});

describe('attachments of a text', () => {
  const PHOTO = '[photo: photo-1.png, image/png, 70 B]';
  test('is not taken for a part of it', () => {
    expect(new Conversation().say(`say I see it\n\n${PHOTO}`)).toBe('I see it');
    expect(new Conversation().say('[The person replies to this message of yours:]\n> list files\n\nsay why')).toBe(
      'why',
    );
  });

  test('alone is confirmed', () => {
    expect(new Conversation().say(PHOTO)).toBe('I got your photo photo-1.png (70 B).');
    expect(new Conversation().say('[Location: Pier 39]')).toBe('I got this:\n\n[Location: Pier 39]');
  });
});

describe('memory', () => {
  test('of the name', () => {
    const talk = new Conversation();
    expect(talk.say('What is my name?')).toContain('You haven’t told me');
    expect(talk.say('Hi, my name is Zoë')).toBe('Nice to meet you, Zoë. I’ll remember your name.');
    expect(talk.say('thanks')).toBe('You’re welcome!');
    expect(talk.say("what's my name?")).toBe('Your name is Zoë.');
    expect(talk.say('my name is Robin')).toContain('Robin');
    expect(talk.say('Do you know my name?')).toBe('Your name is Robin.');
  });

  test('of what was said', () => {
    const talk = new Conversation();
    talk.say('the red hen is missing');
    expect(talk.say('what did I say before?')).toBe('You said:\n\n- “hello”\n- “the red hen is missing”');
    expect(words(demoReply(request([user('What did I say?')])))).toContain('This is the first thing you’ve said');
  });
});

describe('tools', () => {
  test('list files runs ls -la and shows its output', () => {
    const talk = new Conversation(() => ({ text: 'total 4\n-rw-r--r-- 1 robin robin 5 eggs.txt' }));
    expect(talk.say('Please list the files in this folder')).toBe(
      'Here’s what’s in the folder:\n\n```\ntotal 4\n-rw-r--r-- 1 robin robin 5 eggs.txt\n```',
    );
    expect(talk.used.map(({ name, input }) => [name, input.command])).toEqual([['Bash', 'ls -la']]);
    for (const text of ['show the folder', 'ls', 'which files are there?', 'list files']) talk.say(text);
    expect(talk.used.map(({ input }) => input.command)).toEqual(Array(5).fill('ls -la'));
  });

  test('run: runs exactly the command; a failure is shown as one; a fence in the output is no end', () => {
    const talk = new Conversation(({ input }) =>
      input.command === 'false' ? { text: 'Exit code 1', failed: true } : { text: '```' },
    );
    expect(talk.say('run: echo "a  b" | tr a-z A-Z\ncd ..')).toBe('Output:\n\n````\n```\n````');
    expect(talk.used[0]?.input.command).toBe('echo "a  b" | tr a-z A-Z\ncd ..');
    for (const text of ['run `false`', 'run: `false`']) {
      expect(talk.say(text)).toBe('That didn’t work:\n\n```\nExit code 1\n```');
    }
    expect(talk.say('run: false')).toBe('That didn’t work:\n\n```\nExit code 1\n```');
  });

  test('sleep waits in rounds, then says exactly what it was told', () => {
    const talk = new Conversation();
    const rounds = (): unknown[] => talk.used.map(({ input }) => /-ge (\d+) \]/.exec(String(input.command))?.[1]);
    expect(talk.say('sleep 5 then say good morning')).toBe('good morning');
    expect(rounds()).toEqual(['5']);
    expect(talk.say('sleep 130 seconds and then say X')).toBe('X');
    expect(rounds()).toEqual(['5', '60', '60', '10']);
    const broken = new Conversation(() => ({ text: 'Command timed out', failed: true }));
    expect(broken.say('sleep 5 then say X')).toBe('I couldn’t wait: Command timed out');
  });

  test('notes are written, added to and read back, with the rules of Claude Code’s Write', () => {
    const disk = new Disk();
    const talk = new Conversation(disk.run);
    const path = '/home/robin/my hens/notes.md';
    expect(talk.say('read my notes')).toContain('I couldn’t read notes.md');
    expect(talk.say('note: buy bread')).toBe('Noted in notes.md: buy bread');
    expect(disk.files.get(path)).toBe('- buy bread\n');
    expect(talk.say('Remember that the vet comes on Monday')).toBe('Noted in notes.md: the vet comes on Monday');
    disk.restart();
    expect(talk.say('note: two\nlines')).toBe('Noted in notes.md: two\nlines');
    expect(disk.files.get(path)).toBe('- buy bread\n- the vet comes on Monday\n- two\nlines\n');
    expect(talk.say('what is in my notes?')).toBe(
      'Here’s what’s in notes.md:\n\n- buy bread\n- the vet comes on Monday\n- two\nlines',
    );
    expect(talk.say('write # Hens to docs/hens.md')).toBe('Written to docs/hens.md.');
    expect(disk.files.get('/home/robin/my hens/docs/hens.md')).toBe('# Hens\n');
    expect(talk.say('write # Ducks to docs/hens.md')).toBe('Written to docs/hens.md.');
    expect(talk.say('read docs/hens.md')).toBe('Here’s what’s in docs/hens.md:\n\n# Ducks');
  });

  test('without Bash, notes go through Read and Write alone', () => {
    const disk = new Disk();
    const talk = new Conversation(disk.run, ['Read', 'Write']);
    expect(talk.say('note: one')).toBe('Noted in notes.md: one');
    expect(talk.say('note: two')).toBe('Noted in notes.md: two');
    expect(talk.say('read my notes')).toBe('Here’s what’s in notes.md:\n\n- one\n- two');
  });

  test.for([
    ['send me the file plan.pdf', { path: 'plan.pdf' }],
    ['Please send me docs/hens.png, and say look at them!', { path: 'docs/hens.png', caption: 'look at them!' }],
    ['send me a file called notes.md', { path: 'notes.md' }],
  ] as const)('%s', ([text, input]) => {
    const tools = [...ALL, 'mcp__roost__send_file'];
    const sent = new Conversation(() => ({ text: 'on its way' }), tools);
    expect(sent.say(text)).toBe(`I sent you ${input.path}.`);
    expect(sent.used).toMatchObject([{ name: 'mcp__roost__send_file', input }]);
    const refused = new Conversation(() => ({ text: 'It is empty.', failed: true }), tools);
    expect(refused.say(text)).toBe(`I couldn’t send ${input.path}: It is empty.`);
    expect(new Conversation().say(text)).toContain('mcp__roost__send_file');
  });

  test('a tool that is not there is named', () => {
    const talk = new Conversation(undefined, ['Read']);
    expect(talk.say('list files')).toBe('I need the tool Bash for that, and it isn’t available here.');
    expect(talk.say('note: bread')).toContain('the tool Write');
    const forbidden = request([user('x'), assistant('y'), user('list files')], ALL, { tool_choice: { type: 'none' } });
    expect(words(demoReply(forbidden))).toContain('the tool Bash');
  });

  test('several texts of one turn are answered together, each with its own tool', () => {
    const talk = new Conversation(({ input }) => ({ text: `ran ${input.command}` }));
    expect(talk.say('run: one', 'thanks', 'run: two')).toBe(
      'Output:\n\n```\nran one\n```\n\nYou’re welcome!\n\nOutput:\n\n```\nran two\n```',
    );
    expect(talk.used).toHaveLength(2);
    expect(talk.say('say one\nthanks\nsay two')).toBe('one\n\nYou’re welcome!\n\ntwo');
    expect(talk.say('say one\nthing')).toBe('one\nthing');
    expect(talk.say('my name is Ada', 'what is my name?')).toContain('Your name is Ada.');
    expect(new Set(talk.used.map(({ id }) => id)).size).toBe(2);
  });
});

describe('the long answer', () => {
  test('is long and holds every kind of Markdown', () => {
    expect(new Conversation().say('say a long answer')).toBe(longAnswer);
  });

  test('and the very long one, which has more parts than a chat bears', () => {
    expect(new Conversation().say('say a very long answer')).toBe(veryLongAnswer);
    expect(toParts(longAnswer).length).toBeLessThanOrEqual(4);
    expect(toParts(veryLongAnswer).length).toBeGreaterThan(4);
    expect(longAnswer.length).toBeGreaterThan(3500);
    for (const kind of [
      /^# /m,
      /^## /m,
      /\*\*\w/,
      /^- /m,
      /^\d\. /m,
      /^```sh\n[\s\S]+?^```$/m,
      /\[[^\]]+\]\(https:/,
      /^> /m,
    ])
      expect(longAnswer).toMatch(kind);
  });
});

describe('Claude Code’s wrapping of the person’s text', () => {
  const steeredNote = (text: string): string =>
    `The user sent a new message while you were working:\n${text}\n\nThis is how Claude Code surfaces messages the user sends mid-turn.`;

  test('reminders are no text of the person, wherever they stand', () => {
    const asked = request([
      user(
        '<system-reminder>\nBe nice.\n</system-reminder>',
        'run: date',
        '<system-reminder>tokens left</system-reminder>',
      ),
      {
        role: 'user',
        content:
          '<system-reminder>a</system-reminder>\n\nand <system-reminder>mine</system-reminder> stays\n<system-reminder>b</system-reminder>',
      },
    ]);
    expect(personTexts(asked)).toEqual(['run: date', 'and <system-reminder>mine</system-reminder> stays']);
  });

  test('texts sent while a tool ran are found in a system message and in a tool’s result', () => {
    const call: Message = { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'Bash', input: {} }] };
    const result = (content: string): Message => ({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 't1', content }],
    });
    const newer = request([
      user('a'),
      call,
      result('out'),
      { role: 'system', content: `${steeredNote('b\nb')}\n\n${steeredNote('c')}` },
    ]);
    expect(personTexts(newer)).toEqual(['a', 'b\nb', 'c']);
    const reminder = (text: string): string => `<system-reminder>\n${steeredNote(text)}\n</system-reminder>`;
    const older = request([user('a'), call, result(`out\n\n${reminder('b\nb')}\n\n${reminder('c')}`)]);
    expect(personTexts(older)).toEqual(['a', 'b\nb', 'c']);
    expect(readConversation(older)).toContainEqual({ kind: 'result', callId: 't1', text: 'out', failed: false });
    const quoted = request([user('a'), call, result(steeredNote('only a file that says so'))]);
    expect(personTexts(quoted)).toEqual(['a']);
  });

  test('a stopped turn is not taken up again', () => {
    const talk = new Conversation();
    talk.messages.push(user('run: rm -r eggs'), user('[Request interrupted by user for tool use]'));
    expect(talk.say('thanks')).toBe('You’re welcome!');
    expect(talk.used).toEqual([]);
  });

  test('a resumed turn is answered, its nudge is not', () => {
    const talk = new Conversation();
    talk.messages.push(user('say one'));
    expect(talk.say('Continue from where you left off.')).toBe('one');
    const warned = new Conversation();
    warned.messages.push(user('say two'));
    expect(
      warned.say(
        'Continue from where you left off. These tool calls had started when you were interrupted and may already have taken effect, so check before you repeat them: Bash.',
      ),
    ).toBe('two');
    // Claude Code puts its own answer between the text and the nudge; without a nudge it stays one text.
    const filler = assistant('No response requested.');
    const nudge = user('Continue from where you left off. What the person asked for is not answered yet.\nand two');
    expect(personTexts(request([user('one'), filler, nudge]))).toEqual(['one', 'and two']);
    const kindsOf = (...messages: Message[]) => readConversation(request(messages)).map(({ kind }) => kind);
    expect(kindsOf(user('one'), filler, nudge)).toEqual(['person', 'person']);
    expect(kindsOf(user('one'), filler, user('two'))).toEqual(['person', 'answer', 'person']);
  });
});

describe('Claude Code’s own requests', () => {
  test('a summary, from which the conversation is still known afterwards', () => {
    const ask = 'CRITICAL: Respond with TEXT ONLY. Do NOT call any tools.\nYour task is to create a detailed summary.';
    const history = [user('my name is Robin'), assistant('Hi'), user('the hens\nare well'), assistant('Good')];
    const summary = words(demoReply(request([...history, user(ask)])));
    expect(summary).toMatch(/^<analysis>[\s\S]+<\/analysis>\n<summary>[\s\S]+<\/summary>$/);
    const continued = user(`This session is being continued from a previous conversation.\n\n${summary}`);
    const afterwards = (text: string): string => words(demoReply(request([continued, user(text)])));
    expect(afterwards('what is my name?')).toBe('Your name is Robin.');
    expect(afterwards('what did I say before?')).toBe('You said:\n\n- “my name is Robin”\n- “the hens are well”');
  });

  test('titles, topics, forms and the probe of one token', () => {
    const ask = (more: Record<string, unknown>): string =>
      words(demoReply(request([user('Please repair the door of the hen house')], [], more)));
    expect(ask({ system: 'Write a short title for this conversation.' })).toBe('Please repair the door of');
    expect(JSON.parse(ask({ system: 'Return JSON with a "title".' }))).toEqual({ title: 'Please repair the door of' });
    expect(JSON.parse(ask({ system: 'Reply as JSON: isNewTopic and title.' }))).toEqual({
      isNewTopic: true,
      title: 'Please repair the door of',
    });
    const schema = {
      type: 'object',
      properties: {
        title: { type: 'string' },
        tags: { type: 'array' },
        done: { type: 'boolean' },
        kind: { enum: ['a', 'b'] },
        n: { type: 'integer' },
      },
    };
    expect(JSON.parse(ask({ output_config: { format: { type: 'json_schema', schema } } }))).toEqual({
      title: 'Please repair the door of',
      tags: [],
      done: false,
      kind: 'a',
      n: 0,
    });
    expect(ask({ max_tokens: 1 })).toBe('OK');
  });
});

/** Files under Claude Code's rules: Write needs a file that was read, and Read shows a file only once. */
class Disk {
  readonly files = new Map<string, string>();
  #known = new Set<string>();

  restart(): void {
    this.#known.clear();
  }

  readonly run = ({ name, input }: Call): Ran => {
    const path = String(name === 'Bash' ? /^cat '(.*)'$/.exec(String(input.command))?.[1] : input.file_path);
    const content = this.files.get(path);
    if (name === 'Write') {
      if (content !== undefined && !this.#known.has(path)) return { text: 'File has not been read yet.', failed: true };
      this.files.set(path, String(input.content));
      this.#known.add(path);
      return { text: 'File created successfully' };
    }
    if (content === undefined) return { text: 'No such file or directory', failed: true };
    if (name === 'Bash') return { text: content };
    this.#known.add(path);
    return {
      text: content
        .trimEnd()
        .split('\n')
        .map((line, index) => `${index + 1}\t${line}`)
        .join('\n'),
    };
  };
}

describe('asks the person', () => {
  const ASK = 'mcp__roost__ask_person';

  test.each([
    ['ask me red or blue?', { question: 'Which one?', options: ['red', 'blue'] }],
    ['ask me: small, middle, or large', { question: 'Which one?', options: ['small', 'middle', 'large'] }],
    ['please ask me what the dog is called', { question: 'what the dog is called?' }],
  ])('%s', (text, input) => {
    const talk = new Conversation(() => ({ text: 'blue' }), [...ALL, ASK]);
    expect(talk.say(text)).toBe('You answered: blue');
    expect(talk.used.map((call) => [call.name, call.input])).toEqual([[ASK, input]]);
  });

  test('says so when it cannot', () => {
    const talk = new Conversation(() => ({ text: 'closed', failed: true }), [...ALL, ASK]);
    expect(talk.say('ask me red or blue?')).toBe('I couldn’t ask you: closed');
    expect(new Conversation().say('ask me red or blue?')).toContain(ASK);
  });
});

describe('schedules', () => {
  const TOOLS = [...ALL, 'schedule_create', 'schedule_list', 'schedule_cancel'].map((name) =>
    name.startsWith('schedule_') ? `mcp__roost__${name}` : name,
  );
  const made = 'Every morning at 9:00, schedule 1.';

  test.for([
    ['text me a standup every morning at 9', 'agent', 'every morning at 9', /^Text me my standup/],
    ['Text me a standup every weekday at nine.', 'agent', 'every weekday at nine', /^Text me my standup/],
    ['schedule a summary of the pull requests tomorrow 8pm', 'agent', 'tomorrow 8pm', /^Text me a summary of the pull/],
    ['text me every day at 8 the weather', 'agent', 'every day at 8', /^Text me weather/],
    ['remind me in 20 minutes to take the bread out', 'remind', 'in 20 minutes', /^take the bread out$/],
    ['Remind me to call mum tomorrow at 18:00', 'remind', 'tomorrow at 18:00', /^call mum$/],
    ['remind me every friday 5pm about my timesheet', 'remind', 'every friday 5pm', /^my timesheet$/],
    ['Remind me in 1 minute: tea', 'remind', 'in 1 minute', /^tea$/],
    ['remind me at 9:30: call mum', 'remind', 'at 9:30', /^call mum$/],
  ] as const)('%s', ([text, does, when, task]) => {
    const talk = new Conversation(() => ({ text: made }), TOOLS);
    expect(talk.say(text)).toContain(made);
    expect(talk.used).toMatchObject([
      { name: 'mcp__roost__schedule_create', input: { does, when, text: expect.stringMatching(task) } },
    ]);
  });

  test('asks for the time zone when the tool says that it is not known, once', () => {
    const known = { text: made };
    const unknown = { text: 'The person’s time zone is not known.', failed: true };
    const run = (call: Call): Ran =>
      call.name === 'mcp__roost__ask_person' ? { text: 'Berlin' } : call.input?.zone === 'Berlin' ? known : unknown;
    const talk = new Conversation(run, [...TOOLS, 'mcp__roost__ask_person']);
    expect(talk.say('text me a standup every morning at 9')).toBe(made);
    expect(talk.used.map(({ name }) => name.replace('mcp__roost__', ''))).toEqual([
      'schedule_create',
      'ask_person',
      'schedule_create',
    ]);
    const deaf = new Conversation(
      (call) => (call.name === 'mcp__roost__ask_person' ? { text: 'Berlin' } : unknown),
      [...TOOLS, 'mcp__roost__ask_person'],
    );
    expect(deaf.say('text me a standup every morning at 9')).toBe(unknown.text);
  });

  test('the tool’s refusal is what the person hears', () => {
    const talk = new Conversation(() => ({ text: 'That is too often.', failed: true }), TOOLS);
    expect(talk.say('text me a standup every morning at 9')).toBe('That is too often.');
  });

  test('lists and cancels', () => {
    const talk = new Conversation(() => ({ text: 'None.' }), TOOLS);
    talk.say('list my schedules');
    talk.say('cancel schedule 2');
    expect(talk.used.map(({ name, input }) => [name, input])).toEqual([
      ['mcp__roost__schedule_list', {}],
      ['mcp__roost__schedule_cancel', { id: 2 }],
    ]);
  });

  test('a run of a standup reads the notes, any other is answered like a text', () => {
    const head = '[This is a scheduled run; the person did not just write. Berlin time, due today 9:00.\nMore.]\n\n';
    const talk = new Conversation(() => ({ text: '- Mend the fence' }), TOOLS);
    expect(talk.say(`${head}Text me my standup: what changed.`)).toBe('**Your standup**\n\n- Mend the fence');
    expect(talk.used).toMatchObject([{ name: 'Read', input: { file_path: '/home/robin/my hens/notes.md' } }]);
    expect(talk.say(`${head}say: good morning`)).toBe('good morning');
    expect(talk.say(`${head}Text me the weather.`)).toContain('It’s time for this: “Text me the weather.”');
  });
});

describe('a pull request', () => {
  const TOOLS = [...ALL, 'Edit'];
  const GITHUB_API = 'mcp__roost__github_api';
  const README = '# Shop\n\nCatalogue, cart and prizes.\n';
  const reads = (call: Call): Ran => ({ text: call.input.command === 'cat README.md' ? README : '' });

  test('a typo is mended, pushed and opened, with gh or with the tool', () => {
    const text = 'Please fix the typo in the readme and open a PR';
    const [withGh, withTool] = [new Conversation(reads, TOOLS), new Conversation(reads, [...TOOLS, GITHUB_API])];
    expect(withGh.say(text)).toMatch(/^README\.md says “prices” now instead of “prizes”/);
    expect(withGh.used.map(({ name }) => name)).toEqual(['Bash', 'Read', 'Edit', 'Bash']);
    expect(withGh.used.at(-1)?.input.command).toMatch(
      /git push -q origin readme-typo && gh pr create --head readme-typo/,
    );
    withTool.say(text);
    expect(withTool.used.at(-2)?.input.command).not.toContain('gh pr');
    expect(withTool.used.at(-1)).toMatchObject({
      name: GITHUB_API,
      input: { method: 'POST', body: { head: 'readme-typo' } },
    });
  });

  test('without a readme, without a typo, and refused, it says so', () => {
    const text = 'fix the typo in the readme and open a pull request';
    expect(new Conversation(() => ({ text: 'No such file', failed: true }), TOOLS).say(text)).toMatch(
      /project new shop/,
    );
    expect(new Conversation(() => ({ text: '# Shop' }), TOOLS).say(text)).toMatch(/^I found no typo/);
    const denied = (call: Call): Ran =>
      String(call.input.command).includes('push') ? { text: 'The person said no.', failed: true } : reads(call);
    expect(new Conversation(denied, TOOLS).say(text)).toBe('That didn’t work:\n\nThe person said no.');
  });

  test('a comment on a line replaces it, or is confirmed', () => {
    const chat = new Conversation(reads, TOOLS);
    const about = {
      label: 'shop',
      number: 1,
      path: 'README.md',
      line: 3,
      isRemoved: false,
      code: 'Catalogue, cart and prices.',
    } as const;
    const comment = (text: string): string => texts.pulls.comment({ ...about, text });
    expect(chat.say(comment('write: Cart and prices.'))).toBe(
      'Line 3 of README.md is as you wrote it, and the pull request has it.',
    );
    expect(chat.used[1]?.input).toMatchObject({
      old_string: 'Catalogue, cart and prices.',
      new_string: 'Cart and prices.',
    });
    expect(chat.used[2]?.input.command).toContain('git push');
    expect(chat.say(comment('Why?'))).toMatch(/^I got your comment on README\.md, line 3\./);
  });

  test('the buttons of news look at checks and reviews', () => {
    const chat = new Conversation(() => ({ text: 'build fail' }), TOOLS);
    expect(chat.say(texts.pulls.tasks.fix(3, 'Fix a typo in the readme'))).toContain('build fail');
    chat.say(texts.pulls.tasks.read(3, 'Fix a typo in the readme'));
    expect(chat.used.map(({ input }) => input.command)).toEqual([
      'gh pr checks 3 || true',
      'gh pr view 3 --comments || true',
    ]);
    const tool = new Conversation(() => ({ text: '[]' }), [...TOOLS, GITHUB_API]);
    tool.say(texts.pulls.tasks.read(3, 'Fix a typo in the readme'));
    expect(tool.used[0]?.input.path).toBe('repos/{owner}/{repo}/pulls/3/reviews');
  });
});
