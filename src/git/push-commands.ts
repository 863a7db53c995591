// Reads what a push asks for: the pkt-lines before its pack, as they arrive. Knows nothing of the pack itself. Anything
// unusual is refused, because a host may read it in another way than this reader does.

/** `old` or `new` is all zeros for a ref that is created or deleted. */
export type PushCommand = { ref: string; old: string; new: string };
export type Push = { commands: PushCommand[]; capabilities: string[] };
export type PushProblem = 'too-many-commands' | 'certificate' | 'options' | 'no-report' | 'malformed';

/** The room for commands: some five hundred refs. */
export const COMMAND_BYTES_MAX = 65_536;
const REF_CHARS_MAX = 1000;
const HEADER = /^[0-9a-f]{4}$/;
const COMMAND = /^([0-9a-f]{40}|[0-9a-f]{64}) ([0-9a-f]{40}|[0-9a-f]{64}) ([^\0]+)(?:\0([^\0]*))?$/;
const SHALLOW = /^shallow ([0-9a-f]{40}|[0-9a-f]{64})$/;
/** What git forbids in the name of a ref. */
const NOT_IN_REF = /[\p{Cc} ~^:?*[\\]|\/\/|\.\.|@\{|\/\.|\.lock(\/|$)|[/.]$/u;
const KNOWN =
  /^(report-status|report-status-v2|side-band-64k|quiet|atomic|delete-refs|ofs-delta|no-thin|object-format=sha(1|256)|(agent|session-id)=[\x21-\x7e]{1,200})$/;

export const isZero = (oid: string): boolean => /^0+$/.test(oid);

/**
 * What the beginning of a body says. `push` beside a problem: what was read of it. `probe`: git asks with an empty push
 * whether it may push at all.
 */
export type PushReading = { push: Push } | 'probe' | { problem: PushProblem; push: Push };

export class PushReader {
  readonly #held = new Uint8Array(COMMAND_BYTES_MAX);
  #length = 0;
  #at = 0;
  #capabilities: string[] | null = null;
  readonly #commands: PushCommand[] = [];

  /** Takes the next bytes of the body. Null: the commands go on in later ones. */
  read(bytes: Uint8Array): PushReading | null {
    const room = this.#held.length - this.#length;
    this.#held.set(bytes.subarray(0, room), this.#length);
    this.#length += Math.min(room, bytes.length);
    for (;;) {
      const line = this.#nextLine();
      if (line === null) return this.#length === this.#held.length ? this.#problem('too-many-commands') : null;
      if (line === 'malformed') return this.#problem('malformed');
      if (line === 'flush') return this.#end();
      const problem = this.#take(line.text);
      if (problem !== null) return this.#problem(problem);
    }
  }

  #nextLine(): { text: string } | 'flush' | 'malformed' | null {
    const left = this.#held.subarray(this.#at, this.#length);
    const header = textOf(left.subarray(0, 4));
    if (left.length < 4) return null;
    if (header === null || !HEADER.test(header)) return 'malformed';
    const length = Number.parseInt(header, 16);
    if (length === 0) return 'flush';
    if (length < 5) return 'malformed';
    if (left.length < length) return null;
    this.#at += length;
    const text = textOf(left.subarray(4, length));
    return text === null ? 'malformed' : { text: text.endsWith('\n') ? text.slice(0, -1) : text };
  }

  #take(line: string): PushProblem | null {
    if (line.startsWith('push-cert')) {
      this.#capabilities ??= capabilitiesOf(line.split('\0')[1]);
      return 'certificate';
    }
    if (this.#capabilities === null && SHALLOW.test(line)) return null;
    const [, old, next, ref, said] = COMMAND.exec(line) ?? [];
    if (old === undefined || next === undefined || ref === undefined || old.length !== next.length) return 'malformed';
    if (!isRef(ref) || (isZero(old) && isZero(next))) return 'malformed';
    // The first command brings the capabilities, and no other one.
    if ((said === undefined) === (this.#capabilities === null)) return 'malformed';
    this.#capabilities ??= capabilitiesOf(said);
    this.#commands.push({ ref, old, new: next });
    return null;
  }

  #end(): PushReading {
    if (this.#capabilities === null) return this.#at === 0 ? 'probe' : this.#problem('malformed');
    if (this.#capabilities.includes('push-options')) return this.#problem('options');
    if (!this.#capabilities.every((each) => KNOWN.test(each))) return this.#problem('malformed');
    if (!this.#capabilities.some((each) => each.startsWith('report-status'))) return this.#problem('no-report');
    const refs = new Set(this.#commands.map(({ ref }) => ref));
    return refs.size === this.#commands.length ? { push: this.#push() } : this.#problem('malformed');
  }

  #push(): Push {
    return { commands: this.#commands, capabilities: this.#capabilities ?? [] };
  }

  #problem(problem: PushProblem): PushReading {
    return { problem, push: this.#push() };
  }
}

const capabilitiesOf = (said = ''): string[] => said.split(' ').filter((each) => each !== '');

const isRef = (name: string): boolean =>
  name.startsWith('refs/') && name.length <= REF_CHARS_MAX && !NOT_IN_REF.test(name);

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}
