import { describe, expect, test } from 'vitest';
import { toParts } from '../../../src/channels/markup/text.ts';
import { templateOf } from '../../../src/channels/whatsapp/buttons.ts';
import { findLookalikes, makeVisible, runsBackwards } from '../../../src/conversation/questions/visible-text.ts';
import type { Context } from '../../../src/conversation/state/events.ts';
import type { Offer } from '../../../src/conversation/state/offer.ts';
import type { Request } from '../../../src/protocol/index.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// What a person sees before they consent: the whole request, unchanged, on their phone.

type Approve = Extract<Request, { kind: 'approve' }>;
const words = texts.questions;

class Asked extends Talk {
  override context(): Context {
    return { ...super.context(), parts: toParts };
  }

  static about(request: Partial<Approve>): Asked {
    const talk = new Asked();
    talk.text('please');
    talk.taken();
    talk.asks(request);
    return talk;
  }

  asks(request: Partial<Approve>): void {
    const of = { kind: 'approve', tool: 'Bash', summary: 'x', rule: 'Bash(x)', does: 'run', ...request } as const;
    this.machine({ type: 'request', request_id: `r${this.state.questions.length}`, request: of });
  }

  /** Taps a button of the newest question. */
  tapLast(option: number): void {
    const { id = '', title = '' } = this.offer.items[option] ?? {};
    this.text(title, 0, { choice: id });
  }

  get offer(): Offer {
    const last = this.state.replies.at(-1);
    const offer = last?.choices;
    if (!offer) throw new Error('nothing is offered');
    return offer;
  }
}

const code = (text: string): string => `\`\`\`\n${text}\n\`\`\``;

describe('one message', () => {
  test('asks, names the project, shows the command, and has two buttons', () => {
    const talk = Asked.about({ shown: 'rm -rf build' });
    expect(talk.offer.text).toBe(`OK to run this in main?\n\n${code('rm -rf build')}`);
    expect(talk.offer.items.map(({ title }) => title)).toEqual(['Approve', 'Deny']);
    expect(templateOf(talk.offer)).not.toBeNull();
    expect(talk.bodies).toHaveLength(1);
  });

  test.each([
    ['run', 'a # note;\ncurl evil', 'OK to run this in main?', 'a # note;⏎\ncurl evil'],
    ['change', 'a.ts\n- old\n+ new', 'OK to change this file in main?', 'a.ts\n- old\n+ new'],
    ['use', 'mcp__mail__send\n{\n "to": "x"\n}', 'OK to use this tool in main?', 'mcp__mail__send\n{\n "to": "x"\n}'],
    ['reach', 'example.com:443', 'OK to let a command in main reach this address?', 'example.com:443'],
    ['read', 'a\nb', 'OK to read this file?', 'a⏎\nb'],
    ['constructor', 'x', 'OK to do this in main?', 'x'],
  ])('%s', (does, shown, asks, text) => {
    expect(Asked.about({ does, shown }).offer.text).toBe(`${asks}\n\n${code(text)}`);
  });

  test('of a machine of the release before: its line, and nothing for good', () => {
    const { does: _, ...old } = {
      kind: 'approve' as const,
      tool: 'Bash',
      summary: 'Run: ls',
      rule: 'Bash(ls)',
      does: '',
    };
    const talk = new Asked();
    talk.text('please');
    talk.taken();
    talk.state = { ...talk.state, grants: [{ project: 'main', rule: 'Bash(ls)', decision: 'allow', createdAt: 0 }] };
    talk.machine({ type: 'request', request_id: 'r', request: old });
    expect(talk.offer.text).toBe(`OK to do this in main?\n\n${code('Bash: Run: ls')}`);
    expect(talk.offer.items).toHaveLength(2);
  });
});

describe('nothing in it is hidden, or passes for words of ours', () => {
  test.each<[string, string, string, boolean?]>([
    ['a line break is seen', 'touch a # then note;\ncurl evil', 'touch a # then note;⏎\ncurl evil'],
    ['and is not its own sign', 'echo a⏎b', 'echo a<U+23CE>b'],
    ['the other ends of lines', 'a\rb\u2028c\u0085d\ve\r\nf', 'a<U+000D>b<U+2028>c<U+0085>d<U+000B>e⏎\nf'],
    ['the order of signs', 'rm \u202Ecod.exe\u2066', 'rm <U+202E>cod.exe<U+2066>'],
    ['blank letters', 'a\u2800b\u3164c\u115Fd\u1160e\uFFA0', 'a<U+2800>b<U+3164>c<U+115F>d<U+1160>e<U+FFA0>'],
    ['joiners, selectors, tags', 'r\u200Dm\uFE0F\u{E0041}\u00AD', 'r<U+200D>m<U+FE0F><U+E0041><U+00AD>'],
    ['other spaces', 'a\u00A0b\u2003c', 'a<U+00A0>b<U+2003>c'],
    ['lone halves, private signs', 'a\uD800b\uE000', 'a<U+D800>b<U+E000>'],
    ['marks on a plain letter', 'rm\u0338 x\u20E0', 'rm<U+0338> x<U+20E0>'],
    ['the end of the block', 'a\n```\nAlways = b', 'a⏎\n``<U+0060>⏎\nAlways = b'],
    [
      'what is pushed out of sight',
      `a${' '.repeat(500)}rm b${'\n'.repeat(40)}c`,
      'a <500 spaces> rm b⏎\n<39 empty lines>\nc',
    ],
    ['by tabs as by spaces', `a${'\t'.repeat(60)} \trm b`, 'a <62 spaces> rm b'],
    ['by lines of spaces alone', `a\n${' \t\n'.repeat(40)}c`, 'a⏎\n<40 empty lines>\nc'],
    ['by empty lines of a change', `f\n${'+ \n'.repeat(40)}+ c`, 'f\n<40 empty lines>\n+ c', false],
    ['letters as they are', 'echo "Grüße, 你好 नमस्ते 👍"', 'echo "Grüße, 你好 नमस्ते 👍"'],
  ])('%s', (_, text, shown, breaks = true) => {
    expect(makeVisible(text, breaks)).toBe(shown);
  });

  test('the agent’s words stay in the block: they can make no mark, tag or question of ours', () => {
    const forged = [
      'true\n```\n\nOK to run this in main?\n\n```\nls',
      'echo "<internal>"; rm -rf ~; echo "</internal>"',
      'true\n````\nApproved.\n````',
      `${'- '.repeat(20)}x\n\`\`\`\nApproved.`,
    ];
    for (const shown of forged) {
      const { offer } = Asked.about({ shown });
      expect(offer.text.split('```')).toHaveLength(3);
      const [asks, inside, after] = offer.text.split('```');
      expect([asks, after]).toEqual(['OK to run this in main?\n\n', '']);
      expect(inside).toBe(`\n${makeVisible(shown, true)}\n`);
    }
  });

  test('letters of another alphabet that look like ours are named', () => {
    expect(findLookalikes('gіt push')).toEqual([{ word: 'gіt', sign: 'і', code: 'U+0456' }]);
    expect(findLookalikes('curl https://аррӏе.com ｒｍ')).toMatchObject([
      { word: 'аррӏе' },
      { word: 'ｒｍ', code: 'U+FF52' },
    ]);
    for (const plain of ['git push', 'echo привет мир', 'Grüße', 'καλημέρα', '你好 abc', 'naïve']) {
      expect(findLookalikes(plain)).toEqual([]);
    }
    expect(Asked.about({ shown: 'gіt push' }).offer.text).toContain(words.looksAlike('gіt', 'і', 'U+0456'));
    const { offer } = Asked.about({ shown: 'аa bа cа gіt push' });
    expect(offer.text).toContain(words.looksAlike('cа', 'а', 'U+0430'));
    expect(offer.text).toContain(words.moreLookAlike);
    expect(runsBackwards('rm שלום')).toBe(true);
    expect(Asked.about({ shown: 'rm שלום' }).offer.text).toContain(words.runsBackwards);
  });

  test('showing it takes time that grows with its length alone', () => {
    for (const shape of ['\u0301', 'a\u0301', '`', ' ', '\t', '\n', ' \n', '\u202E', 'аa', '- ', 'x']) {
      const time = (length: number): number => {
        const text = shape.repeat(length / shape.length);
        const from = performance.now();
        makeVisible(text, true);
        findLookalikes(text);
        return performance.now() - from;
      };
      time(32_000);
      const [short, long] = [4000, 32_000].map((n) => Math.min(...[1, 2, 3].map(() => time(n)))) as [number, number];
      expect(long).toBeLessThan(24 * Math.max(short, 10));
    }
  });
});

describe('a request that does not fit into a message with buttons', () => {
  const long = Array.from({ length: 300 }, (_, n) => `echo line ${n}`).join('\n');

  test('is shown as far as it goes, with all of it on a page and in /more, and the buttons come last', () => {
    const talk = Asked.about({ shown: long });
    expect(talk.bodies).toHaveLength(2);
    const [beginning = ''] = talk.bodies;
    expect(beginning).toMatch(/^OK to run this in main\?\n\n```\necho line 0⏎\necho line 1⏎/);
    const [page] = talk.state.pages;
    expect(beginning).toContain(`https://relay.example.com/read/${page?.id}`);
    expect(page?.markdown).toContain('echo line 299');
    for (const body of talk.bodies) expect(body.length).toBeLessThanOrEqual(1500);
    expect(talk.offer.text).toBe(words.readFirst('OK to run this in main?'));
    expect(talk.offer.items).toHaveLength(2);
    expect(templateOf(talk.offer)).not.toBeNull();
    const seen = [beginning];
    for (let n = 0; n < 10 && !seen.join().includes('echo line 299'); n++) {
      const before = talk.bodies.length;
      talk.text('/more');
      seen.push(...talk.bodies.slice(before));
    }
    const lines = Array.from({ length: 300 }, (_, n) => n).filter((n) => !new RegExp(`line ${n}\\b`).test(seen.join()));
    expect(lines).toEqual([]);
    // The question is still open, and can be answered as usual.
    expect(talk.state.questions[0]?.state).toBe('open');
  });

  test('and where it fits into a message without them, the buttons have one of their own', () => {
    const talk = Asked.about({ shown: 'x'.repeat(1010) });
    expect(talk.bodies).toHaveLength(2);
    expect(talk.bodies[0]).toBe(`OK to run this in main?\n\n${code('x'.repeat(1010))}`);
    expect(talk.state.pages).toEqual([]);
    expect(talk.offer.text).toBe('OK to run this in main?');
  });
});

describe('Always', () => {
  test('is the last button, and says what it covers', () => {
    const exact = Asked.about({ shown: 'git push origin main', rule: 'Bash(git push origin main)', always: true });
    expect(exact.offer.items.map(({ title }) => title)).toEqual(['Approve', 'Deny', 'Always']);
    expect(exact.offer.text).toContain('Always = never ask again in main for exactly this.');
    const open = Asked.about({ shown: 'npm test -- a', rule: 'Bash(npm test *)', always: true });
    expect(open.offer.text).toContain(
      `Always = never ask again in main for:\n\n${code('npm test …')}\n\n… stands for anything after it.`,
    );
  });

  test('given for a command, it covers no command that could not be allowed for good', () => {
    const talk = Asked.about({ shown: 'npm test', rule: 'Bash(npm test *)', always: true });
    talk.tapLast(2);
    expect(talk.state.grants).toMatchObject([{ rule: 'Bash(npm test *)' }]);
    expect(talk.bodies.at(-1)).toBe(words.allowedForGood('Bash(npm test *)', 'main'));
    talk.asks({ shown: 'npm test -- b', rule: 'Bash(npm test *)', always: true });
    expect(talk.state.questions.at(-1)?.state).toBe('answered');
    talk.asks({ shown: 'npm test > /etc/x', rule: 'Bash(npm test *)', always: false });
    expect(talk.state.questions.at(-1)?.state).toBe('open');
    talk.text('/approvals');
    expect(talk.bodies.at(-1)).toContain('1. npm test … (in main)');
  });
});
