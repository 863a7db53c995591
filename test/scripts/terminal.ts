import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import { endFamily, family } from '../../scripts/local/process-families.ts';
import { inheritEnvironment } from '../inherit-environment.ts';
import { screenText } from './screen-text.ts';

// A script in a real terminal, as a person has it: the screen, typing, Ctrl-C, its exit. Waits for prompts, never
// sleeps; a wait that takes too long fails with the screen.

const root = resolve(import.meta.dirname, '../..');
const COLUMNS = 120;
const WAIT_MS = 100_000;
const LOOK_AFTER_MS = 10;
/** The symbols with which a prompt says that it is open, answered, or refused. */
const OPEN = '◆  ';
const REFUSED = '▲  ';
const CLOSED = ['◇  ', REFUSED, '■  '];

export class Terminal {
  readonly exit: Promise<number>;
  /** The command lines of all its child processes, to search for secrets. */
  readonly commandLines = new Set<string>();
  #bytes = '';
  #code: number | null = null;
  readonly #checks = new Set<() => void>();
  readonly #pty: IPty;
  readonly #watch: NodeJS.Timeout;
  #look: NodeJS.Timeout | undefined;

  constructor(script: string, args: string[], env: Record<string, string>) {
    this.#pty = spawn(process.execPath, [resolve(root, script), ...args], {
      cwd: root,
      cols: COLUMNS,
      rows: 50,
      env: { ...inheritEnvironment(), TERM: 'xterm-256color', NO_COLOR: '1', ...env },
    });
    this.#pty.onData((text) => {
      this.#bytes += text;
      // A prompt is written in many pieces, and each look at the screen reads all of them.
      this.#look ??= setTimeout(() => {
        this.#look = undefined;
        for (const check of this.#checks) check();
      }, LOOK_AFTER_MS);
    });
    this.exit = new Promise((done) =>
      this.#pty.onExit(({ exitCode }) => {
        this.#code = exitCode;
        clearInterval(this.#watch);
        for (const check of this.#checks) check();
        done(exitCode);
      }),
    );
    this.#watch = setInterval(() => this.#noteCommandLines(), 250);
  }

  /** The current screen, with everything that has scrolled away above it. */
  get screen(): string {
    return screenText(this.#bytes, COLUMNS);
  }
  /** The whole output, including overwritten text. */
  get written(): string {
    return this.#bytes;
  }

  async said(text: string): Promise<void> {
    await this.#until(() => this.screen.replace(/\s+│?\s*/g, ' ').includes(text.replace(/\s+/g, ' ')), `“${text}”`);
  }

  async asked(message: string): Promise<void> {
    await this.#until(() => this.#isOpen(message), `the question “${message}”`);
  }

  /** Waits for the question, types, and waits until the answer was accepted or refused. */
  async answer(message: string, text = ''): Promise<void> {
    await this.asked(message);
    await this.#type(message, text);
  }

  /** Deletes the default, or the refused answer, then answers. */
  async answerInstead(message: string, text: string): Promise<void> {
    const isThere = (): boolean => this.#isOpen(message) || this.#isRefused(message);
    await this.#until(isThere, `the question “${message}”`);
    await this.#type(message, `\u0015${text}`);
  }

  async #type(message: string, text: string): Promise<void> {
    const before = this.#closings(message);
    this.#pty.write(`${text}\r`);
    await this.#until(() => this.#closings(message) > before, `an end of the question “${message}”`);
  }

  /** The nth of the choices below the marked one. */
  async choose(message: string, down: number): Promise<void> {
    await this.answer(message, '\u001b[B'.repeat(down));
  }

  /** The first of these questions to be open and not in `but`; null: the script has ended. */
  async next(messages: readonly string[], but: string | null = null): Promise<string | null> {
    const open = (): string | undefined => messages.find((one) => one !== but && this.#isOpen(one));
    await this.#until(() => open() !== undefined || this.#code !== null, `one of the questions ${messages.join(', ')}`);
    return open() ?? null;
  }

  interrupt(): void {
    this.#pty.write('\u0003');
  }

  async end(): Promise<void> {
    clearInterval(this.#watch);
    await endFamily(this.#pty.pid, 2_000);
  }

  #isOpen(message: string): boolean {
    const open = this.#bytes.lastIndexOf(OPEN + message);
    return open !== -1 && CLOSED.every((sign) => this.#bytes.lastIndexOf(sign + message) < open);
  }

  #isRefused(message: string): boolean {
    const signs = [OPEN, ...CLOSED].map((sign) => ({ sign, at: this.#bytes.lastIndexOf(sign + message) }));
    const last = signs.sort((a, b) => b.at - a.at)[0];
    return last !== undefined && last.at !== -1 && last.sign === REFUSED;
  }

  #closings(message: string): number {
    return CLOSED.reduce((sum, sign) => sum + this.#bytes.split(sign + message).length - 1, 0);
  }

  #until(isThere: () => boolean, what: string): Promise<void> {
    return new Promise((done, failed) => {
      const finish = (end: () => void): void => {
        this.#checks.delete(check);
        clearTimeout(clock);
        end();
      };
      const check = (): void => {
        if (isThere()) finish(done);
        else if (this.#code !== null) {
          finish(() => failed(new Error(`It ended with ${this.#code} before there was ${what}:\n${this.screen}`)));
        }
      };
      const clock = setTimeout(
        () => finish(() => failed(new Error(`There was no ${what} in time:\n${this.screen}`))),
        WAIT_MS,
      );
      this.#checks.add(check);
      check();
    });
  }

  #noteCommandLines(): void {
    for (const { pid } of family(this.#pty.pid)) {
      try {
        this.commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // Gone already, or not Linux.
      }
    }
  }
}

/** Every file below, as text, to search for secrets. */
export function textsBelow(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => resolve(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
