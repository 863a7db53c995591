// Reads a GraphQL document: operations, fragments, fields and their arguments. Bounded and strict. Block strings,
// descriptions and definitions of types are no part of what an API client sends, so they are refused.

export type Value =
  | { kind: 'variable'; name: string }
  | { kind: 'scalar'; value: string | number | boolean | null }
  | { kind: 'list'; items: Value[] }
  | { kind: 'object'; fields: Record<string, Value> };
export type Field = { kind: 'field'; name: string; args: Record<string, Value>; selections: Selection[] | null };
export type Selection = Field | { kind: 'inline'; selections: Selection[] } | { kind: 'spread'; name: string };
export type Operation = { type: 'query' | 'mutation'; defaults: Record<string, Value>; selections: Selection[] };
export type Document = { operations: Operation[]; fragments: ReadonlyMap<string, Selection[]> };

const CHARS_MAX = 100_000;
const DEPTH_MAX = 30;
/** Clients send one operation with some fragments. */
const OPERATIONS_MAX = 10;
const FRAGMENTS_MAX = 100;
const IGNORED = /(?:[\s,]+|#[^\n\r]*)*/y;
const TOKEN = /(\.\.\.|[!$&()[\]{}:=@|])|([_A-Za-z]\w*)|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|("(?:[^"\\\n\r]|\\.)*")/y;

/** Null: unreadable, too long, too deep, or of too many parts. */
export function readDocument(text: string): Document | null {
  if (text.length > CHARS_MAX) return null;
  try {
    return new Reader(text).document();
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

class Unreadable extends Error {}

type Token = { kind: 'mark' | 'name' | 'number' | 'string' | 'end'; text: string };

class Reader {
  readonly #text: string;
  #at = 0;
  #token: Token = { kind: 'end', text: '' };
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#next();
  }

  document(): Document {
    const operations: Operation[] = [];
    const fragments = new Map<string, Selection[]>();
    do {
      if (this.#token.text === 'fragment') this.#fragment(fragments);
      else operations.push(this.#operation());
      if (operations.length > OPERATIONS_MAX || fragments.size > FRAGMENTS_MAX) throw new Unreadable();
    } while (this.#token.kind !== 'end');
    return { operations, fragments };
  }

  #operation(): Operation {
    if (this.#is('{')) return { type: 'query', defaults: {}, selections: this.#selections() };
    const type = this.#name();
    if (type !== 'query' && type !== 'mutation') throw new Unreadable();
    if (this.#token.kind === 'name') this.#name();
    const defaults: Record<string, Value> = Object.create(null);
    if (this.#takes('(')) {
      while (!this.#takes(')')) {
        this.#mark('$');
        const name = this.#name();
        this.#mark(':');
        this.#type();
        if (this.#takes('=')) defaults[name] = this.#value();
      }
    }
    return { type, defaults, selections: this.#selections() };
  }

  #fragment(fragments: Map<string, Selection[]>): void {
    this.#name();
    const name = this.#name();
    if (this.#name() !== 'on' || fragments.has(name)) throw new Unreadable();
    this.#name();
    fragments.set(name, this.#selections());
  }

  #selections(): Selection[] {
    return this.#deeper(() => {
      this.#mark('{');
      const found: Selection[] = [];
      while (!this.#takes('}')) found.push(this.#selection());
      if (found.length === 0) throw new Unreadable();
      return found;
    });
  }

  #selection(): Selection {
    if (!this.#takes('...')) return this.#field();
    if (this.#token.kind === 'name' && this.#token.text !== 'on') {
      const name = this.#name();
      this.#directives();
      return { kind: 'spread', name };
    }
    if (this.#token.text === 'on') {
      this.#name();
      this.#name();
    }
    this.#directives();
    return { kind: 'inline', selections: this.#selections() };
  }

  #field(): Field {
    const first = this.#name();
    const name = this.#takes(':') ? this.#name() : first;
    const args = this.#args();
    this.#directives();
    return { kind: 'field', name, args, selections: this.#is('{') ? this.#selections() : null };
  }

  #args(): Record<string, Value> {
    return this.#takes('(') ? this.#fields(')') : Object.create(null);
  }

  #fields(end: string): Record<string, Value> {
    const fields: Record<string, Value> = Object.create(null);
    while (!this.#takes(end)) {
      const name = this.#name();
      if (name in fields) throw new Unreadable();
      this.#mark(':');
      fields[name] = this.#value();
    }
    return fields;
  }

  #directives(): void {
    while (this.#takes('@')) {
      const name = this.#name();
      if (name !== 'include' && name !== 'skip') throw new Unreadable();
      this.#args();
    }
  }

  #value(): Value {
    return this.#deeper(() => {
      if (this.#takes('$')) return { kind: 'variable', name: this.#name() };
      if (this.#takes('{')) return { kind: 'object', fields: this.#fields('}') };
      if (this.#takes('[')) {
        const items: Value[] = [];
        while (!this.#takes(']')) items.push(this.#value());
        return { kind: 'list', items };
      }
      return { kind: 'scalar', value: this.#scalar() };
    });
  }

  #scalar(): string | number | boolean | null {
    const { kind, text } = this.#token;
    this.#next();
    if (kind === 'number') return Number(text);
    if (kind === 'string') return stringOf(text);
    if (kind !== 'name') throw new Unreadable();
    return text === 'true' || text === 'false' ? text === 'true' : text === 'null' ? null : text;
  }

  #type(): void {
    this.#deeper(() => {
      if (this.#takes('[')) {
        this.#type();
        this.#mark(']');
      } else this.#name();
    });
    this.#takes('!');
  }

  #deeper<T>(work: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw new Unreadable();
    const result = work();
    this.#depth -= 1;
    return result;
  }

  #name(): string {
    const { kind, text } = this.#token;
    if (kind !== 'name') throw new Unreadable();
    this.#next();
    return text;
  }

  #mark(mark: string): void {
    if (!this.#takes(mark)) throw new Unreadable();
  }

  #takes(mark: string): boolean {
    if (!this.#is(mark)) return false;
    this.#next();
    return true;
  }

  #is(mark: string): boolean {
    return this.#token.kind === 'mark' && this.#token.text === mark;
  }

  #next(): void {
    IGNORED.lastIndex = this.#at;
    IGNORED.exec(this.#text);
    TOKEN.lastIndex = IGNORED.lastIndex;
    if (TOKEN.lastIndex === this.#text.length) {
      this.#token = { kind: 'end', text: '' };
      return;
    }
    const [all, mark, name, number, string] = TOKEN.exec(this.#text) ?? [];
    if (all === undefined) throw new Unreadable();
    this.#at = TOKEN.lastIndex;
    // `""` before a third mark begins a block string.
    if (string === '""' && this.#text[this.#at] === '"') throw new Unreadable();
    if (mark !== undefined) this.#token = { kind: 'mark', text: mark };
    else if (name !== undefined) this.#token = { kind: 'name', text: name };
    else if (number !== undefined) this.#token = { kind: 'number', text: number };
    else this.#token = { kind: 'string', text: string ?? '' };
  }
}

function stringOf(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new Unreadable();
  }
}
