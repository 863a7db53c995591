import * as clack from '@clack/prompts';
import { Interrupted } from './step.ts';
import { words } from './words.ts';

// Shows and asks, and knows nothing about the content. Uses prompts in a terminal and plain lines elsewhere; secrets
// are shown as dots.

export type Prompt = {
  message: string;
  where?: string | undefined;
  link?: string | undefined;
  isSecret?: boolean | undefined;
  initial?: string | undefined;
  choices?: { value: string; label: string; hint?: string }[] | undefined;
  shape?: ((value: string) => string | undefined) | undefined;
};

export type Screen = {
  /** False when nobody is there to answer. */
  readonly asks: boolean;
  readonly hasColours: boolean;
  title(text: string): void;
  step(text: string): void;
  done(text: string): void;
  note(text: string): void;
  /** Raw output without the bar at the left, for selecting, clicking and scanning. */
  copy(lines: readonly string[]): void;
  warn(text: string): void;
  problem(text: string): void;
  end(text: string): void;
  /** Throws Interrupted when the person cancels. */
  ask(prompt: Prompt): Promise<string>;
  confirm(message: string, initial: boolean): Promise<boolean>;
};

export function terminalScreen(): Screen {
  return {
    asks: true,
    hasColours: !process.env.NO_COLOR,
    title: (text) => clack.intro(text),
    step: (text) => clack.log.step(text),
    done: (text) => clack.log.success(wrapped(text)),
    note: (text) => clack.log.info(wrapped(text)),
    copy,
    warn: (text) => clack.log.warn(wrapped(text)),
    problem: (text) => clack.log.error(wrapped(text)),
    end: (text) => clack.outro(text),
    async ask(prompt) {
      if (prompt.where) clack.log.info(wrapped(prompt.where));
      if (prompt.link) copy([prompt.link]);
      return answered(await shown(prompt)).trim();
    },
    confirm: async (message, initialValue) => answered(await clack.confirm({ message, initialValue })),
  };
}

const copy = (lines: readonly string[]): void => void process.stdout.write(`\n${lines.join('\n')}\n`);

function shown({ message, isSecret, initial, choices, shape }: Prompt): Promise<string | typeof clack.CANCEL_SYMBOL> {
  const validate = (value: string | undefined): string | undefined => shape?.((value ?? '').trim());
  if (choices) {
    const options = choices.map(({ value, label, hint }) => ({ value, label, ...(hint ? { hint } : {}) }));
    return clack.select({ message, options, ...(initial ? { initialValue: initial } : {}) });
  }
  if (isSecret) return clack.password({ message, validate, clearOnError: true });
  return clack.text({ message, validate, ...(initial ? { initialValue: initial } : {}) });
}

/** Wraps at words, so that the bar at the left stays whole. Indented lines, which people copy, stay as they are. */
function wrapped(text: string): string {
  const width = Math.max(40, (process.stdout.columns ?? 80) - 4);
  const line = new RegExp(`(?! )(.{1,${width}})(?: +|$)|\\S+(?: +|$)`, 'gu');
  const isToCopy = (one: string): boolean => one.startsWith(' ');
  const wrap = (one: string): string =>
    one.length <= width || isToCopy(one) ? one : (one.match(line) ?? [one]).join('\n');
  return text.split('\n').map(wrap).join('\n');
}

function answered<T>(value: T | typeof clack.CANCEL_SYMBOL): T {
  if (clack.isCancel(value)) throw new Interrupted();
  return value as T;
}

export function plainScreen(print: (line: string) => void = (line) => console.log(line)): Screen {
  const nobody = (): never => {
    throw new Error(words.nobodyToAsk);
  };
  return {
    asks: false,
    hasColours: false,
    title: print,
    step: print,
    done: (text) => print(`  ✓ ${text}`),
    note: (text) => print(`  ${text.replaceAll('\n', '\n  ')}`),
    copy: (lines) => print(lines.join('\n')),
    warn: (text) => print(`  ! ${text}`),
    problem: (text) => print(`  ✗ ${text}`),
    end: print,
    ask: nobody,
    confirm: nobody,
  };
}
