import { read, type Said } from './said.ts';
import type { NoticeKind } from './sentences.ts';
import type { Evidence, Fault, Finding, Shown, Written } from './verdict.ts';

// What one phone wrote and showed, read from its first message to its last: each text is open until it is answered, was
// dropped by a /stop, or may have been given up; each sentence of the product is held against that. Pure.

type Standing = { text: Written; is: 'open' | 'stopped' | 'answered'; answeredAt: number | null; keptAt?: number };
/** A sentence that says that something was given up, with what was open then. */
type GivenUp = { at: number; open: readonly Standing[] };
type Retried = { at: number; count: number; kept: readonly Standing[] };

export class PhoneStory {
  readonly findings: Finding[] = [];
  /** How often the phone showed a sentence of each kind. */
  readonly notices = new Map<NoticeKind, number>();
  /** Text → how often a /retry may have brought it back. */
  readonly broughtBack = new Map<string, number>();
  readonly #evidence: Evidence;
  readonly #phone: string;
  /** Text → whose it is. */
  readonly #owners: ReadonlyMap<string, string>;
  readonly #texts: ReadonlyMap<string, Standing>;
  readonly #written: readonly Written[];
  readonly #givenUp: GivenUp[] = [];
  readonly #retried: Retried[] = [];
  readonly #asked = new Set<string>();
  readonly #rang = new Set<string>();
  readonly #files = new Map<string, number>();
  readonly #late = new Set<string>();
  /** Commands that came so late that they were not done, as the person was told. */
  readonly #leftUndone = new Set<string>();
  #summaries = 0;
  #progressAt = Number.NEGATIVE_INFINITY;

  constructor(phone: string, evidence: Evidence, owners: ReadonlyMap<string, string>) {
    this.#owners = owners;
    this.#phone = phone;
    this.#evidence = evidence;
    this.#written = evidence.written.filter((text) => text.phone === phone);
    this.#texts = new Map(
      this.#written
        .filter(({ what }) => what === 'words')
        .map((text) => [text.id, { text, is: 'open', answeredAt: null }]),
    );
    for (const shown of evidence.shown) if (shown.phone === phone) this.#show(shown);
    this.#end();
  }

  /** Those of its texts that were answered, anywhere on it. */
  answered(): string[] {
    return [...this.#texts.values()].filter(({ is }) => is === 'answered').map(({ text }) => text.id);
  }

  #find(fault: Fault, id: string | null, what: string): void {
    this.findings.push({ fault, id, phone: this.#phone, what });
  }

  #show(shown: Shown): void {
    for (const id of shown.files) this.#gotFile(id);
    for (const said of read(shown.body)) this.#hear(said, shown);
  }

  #hear(said: Said, shown: Shown): void {
    const stranger = said.ids.find((id) => (this.#owners.get(id) ?? this.#phone) !== this.#phone);
    if (stranger !== undefined) {
      this.#find('on the wrong phone', stranger, `somebody else’s: “${shown.body}”`);
      return;
    }
    switch (said.kind) {
      case 'answer':
        this.#answered(said, shown.at);
        break;
      case 'question':
        this.#question(said.ids[0] ?? '', shown);
        break;
      case 'reminder':
        this.#reminder(said.ids[0] ?? '', shown.at);
        break;
      case 'summary':
        this.#summaries += 1;
        break;
      case 'unknown':
        this.#find('untrue notice', null, `nobody knows this sentence: “${said.words}”`);
        break;
      default:
        this.notices.set(said.kind, (this.notices.get(said.kind) ?? 0) + 1);
        this.#notice(said, shown.at);
    }
  }

  #answered({ ids, details }: Extract<Said, { kind: 'answer' }>, at: number): void {
    for (const id of ids) {
      const standing = this.#texts.get(id);
      if (!standing) this.#find('doubled', id, 'answered, and nobody wrote it');
      else if (standing.is === 'answered') this.#find('doubled', id, 'answered again');
      else if (standing.is === 'stopped')
        this.#find('said after /stop', id, 'answered although it was said to be dropped');
    }
    for (const id of ids) {
      const standing = this.#texts.get(id);
      if (!standing || standing.is === 'answered') continue;
      const { text } = standing;
      const passed = this.#open().find((other) => !ids.includes(other.text.id) && this.#isBefore(other, standing));
      if (passed) this.#find('disordered', id, `answered before ${passed.text.id}, which was taken earlier`);
      const { answer, steeredInto, isByWebhook } = text.wants ?? {};
      const isTold = !(isByWebhook && text.isFound);
      if (isTold && answer !== undefined && details.get(id) !== answer) {
        this.#find('answer lost', id, `the agent was told “${details.get(id) ?? 'nothing'}” and not “${answer}”`);
      }
      if (steeredInto !== undefined) this.#steered(text, steeredInto, ids, at);
      standing.is = 'answered';
      standing.answeredAt = at;
    }
  }

  /** What was written into running work is answered with it, when nothing broke in between. */
  #steered(text: Written, into: string, ids: readonly string[], at: number): void {
    const isDisturbed = this.#evidence.away.some(
      ({ from, to, isHeld }) => !isHeld && from <= at && to >= (text.handed ?? at),
    );
    const wentOn = this.#evidence.wentOn.get(into) ?? 0;
    const wasThere = (text.steered ?? wentOn) < wentOn || (text.taken ?? wentOn) + STEERED_WITHIN_MS < wentOn;
    if (wasThere && !isDisturbed && !ids.includes(into)) {
      this.#find('not steered', text.id, `written into the work on ${into} and not answered with it`);
    }
  }

  /** Certain only when the one had been taken when the other left. A text that came back by /retry has no place. */
  #isBefore({ text: a }: Standing, { text: b }: Standing): boolean {
    const isPlaced = [a, b].every(
      ({ id, isSentAgain }) => !isSentAgain && !this.broughtBack.has(id) && !this.#mayBeGivenUp(id),
    );
    return isPlaced && a.taken !== null && b.handed !== null && a.taken <= b.handed;
  }

  /** The plan breaks the agent over it, or its machine's disk was full. */
  #hasReason({ text }: Standing, at: number): boolean {
    const wasFull = this.#evidence.away.some(
      ({ from, to, isFull }) => isFull && from <= at && to >= (text.handed ?? at) - TOLD_WITHIN_MS,
    );
    return text.mayBeGivenUp === true || wasFull;
  }

  #mayBeGivenUp(id: string): boolean {
    return this.#givenUp.some(({ open }) => open.some(({ text }) => text.id === id));
  }

  #question(id: string, { buttons, body }: Shown): void {
    const options = this.#texts.get(id)?.text.wants?.options ?? [];
    if (this.#asked.has(id) && !this.broughtBack.has(id)) this.#find('question twice', id, 'asked again');
    this.#asked.add(id);
    const isOffered = options.every((option) => buttons.includes(option) || body.includes(option));
    if (!isOffered) this.#find('question lost', id, `without its choices: ${options.join(', ')}`);
  }

  #reminder(id: string, at: number): void {
    const due = this.#written.find((text) => text.id === id)?.wants?.rings;
    if (this.#rang.has(id)) this.#find('doubled', id, 'reminded twice');
    this.#rang.add(id);
    if (due === undefined || at < due) this.#find('untrue notice', id, 'a reminder before its time');
  }

  #gotFile(id: string): void {
    if (this.#owners.get(id) !== this.#phone) this.#find('on the wrong phone', id, 'somebody else’s file');
    else this.#files.set(id, (this.#files.get(id) ?? 0) + 1);
  }

  #notice(said: Extract<Said, { kind: NoticeKind }>, at: number): void {
    const untrue = (what: string): void => this.#find('untrue notice', said.ids[0] ?? null, `“${said.kind}”: ${what}`);
    const open = this.#open();
    switch (said.kind) {
      case 'gave up':
        this.#givenUp.push({ at, open });
        for (const standing of open) standing.keptAt = at;
        if (!open.some((standing) => this.#hasReason(standing, at)))
          untrue('nothing that is open had reason to be given up');
        break;
      case 'stopped':
        for (const id of said.ids) {
          const standing = this.#texts.get(id);
          if (standing?.is === 'answered') untrue('it had been answered');
          if (standing?.is === 'open') Object.assign(standing, { is: 'stopped', keptAt: at });
        }
        break;
      case 'retrying':
        this.#bringBack(said.count, at);
        break;
      case 'nothing to retry':
        if (this.#kept().some(({ is }) => is === 'stopped')) untrue('something is stopped');
        break;
      case 'nothing to stop': {
        const before = open.filter(({ text }) => text.taken !== null && text.taken <= this.#lastHanded('/stop', at));
        if (before.some(({ text }) => !this.#mayBeGivenUp(text.id))) untrue('a text was open');
        break;
      }
      case 'progress':
        if (at - this.#progressAt < TOGETHER_MS) untrue('two at once');
        this.#progressAt = at;
        if (open.length === 0) untrue('nothing is open');
        break;
      case 'waiting':
        if (open.length === 0) untrue('nothing is open');
        break;
      case 'unreachable':
        if (!this.#evidence.away.some(({ from, to }) => from <= at && to >= at - TOLD_WITHIN_MS))
          untrue('it was there');
        break;
      case 'session lost':
        if (!this.#evidence.diskLost.some((when) => when <= at)) untrue('no disk was lost');
        break;
      case 'late':
      case 'left undone':
        for (const id of said.ids) {
          this.#late.add(id);
          if (said.kind === 'left undone') this.#leftUndone.add(id);
          if (!this.#written.some((text) => text.id === id && text.isLate)) untrue(`${id} came in time`);
        }
        break;
      case 'machine':
        if (!this.#evidence.ownMachines) untrue('nobody has a machine of their own');
        break;
      case 'undeliverable': {
        const told = open.find(({ text }) => text.undeliverable);
        if (told) Object.assign(told, { is: 'answered', answeredAt: at });
        else untrue('its answer can be delivered');
      }
    }
  }

  #bringBack(count: number, at: number): void {
    const all = this.#kept();
    const wanted = all.filter(({ text }) => !text.staysStopped);
    // What was dropped or given up last comes back, and what was before stays.
    const last = Math.max(...wanted.map(({ keptAt = 0 }) => keptAt));
    const newest = wanted.filter(({ keptAt = 0 }) => keptAt === last);
    const kept = newest.length >= count ? newest : wanted.length >= count ? wanted : all;
    if (kept.length < count)
      this.#find('untrue notice', null, `“retrying”: ${count}, and only ${kept.length} are kept`);
    this.#retried.push({ at, count: Math.min(count, kept.length), kept });
    for (const standing of kept) {
      const { id } = standing.text;
      standing.is = 'open';
      this.broughtBack.set(id, (this.broughtBack.get(id) ?? 0) + 1);
    }
  }

  #lastHanded(what: Written['what'], before: number): number {
    return Math.max(
      0,
      ...this.#written.flatMap((t) => (t.what === what && (t.handed ?? before) < before ? [t.handed ?? 0] : [])),
    );
  }

  /** Neither answered nor dropped. */
  #open(): Standing[] {
    return [...this.#texts.values()].filter(({ is, text }) => is === 'open' && text.handed !== null);
  }

  /** What a /retry may bring back. */
  #kept(): Standing[] {
    return [...this.#texts.values()].filter(
      ({ is, text }) => is === 'stopped' || (is === 'open' && this.#mayBeGivenUp(text.id)),
    );
  }

  #end(): void {
    for (const [index, { at, open }] of this.#givenUp.entries()) this.#wasGivenUp(at, open, index);
    for (const { at, count, kept } of this.#retried) {
      const back = kept.filter(({ answeredAt }) => answeredAt !== null && answeredAt >= at);
      const isGivenUpAgain = this.#givenUp.some((given) => given.at > at) || kept.some(({ is }) => is === 'stopped');
      if (back.length < count && !isGivenUpAgain) {
        this.#find(
          'not brought back',
          kept[0]?.text.id ?? null,
          `/retry was to bring ${count} back and answered ${back.length}`,
        );
      }
    }
    for (const text of this.#written) this.#wasDone(text);
    for (const [id, times] of this.#files) {
      const most = 1 + (this.broughtBack.get(id) ?? 0);
      if (times > most) this.#find('file twice', id, `its file came ${times} times`);
    }
    this.#commands();
  }

  /** True when at least one of them stayed without an answer until the person did something. */
  #wasGivenUp(at: number, open: readonly Standing[], index: number): void {
    const acted = Math.min(
      Number.POSITIVE_INFINITY,
      ...this.#written.flatMap(({ handed }) => (handed !== null && handed > at ? [handed] : [])),
    );
    const meant = open.filter((standing) => this.#hasReason(standing, at));
    const isAnswered = ({ answeredAt }: Standing): boolean =>
      answeredAt !== null && answeredAt >= at && answeredAt < acted;
    if (meant.length > 0 && meant.every(isAnswered)) {
      this.#find(
        'untrue notice',
        meant[0]?.text.id ?? null,
        '“gave up”: it was answered, and nobody had texted /retry',
      );
    }
    const before = this.#givenUp.slice(0, index).filter((other) => other.open.some((one) => meant.includes(one)));
    const retries = this.#retried.filter((retry) => retry.at <= at).length;
    if (meant.length > 0 && before.length >= retries + meant.length) {
      this.#find('untrue notice', null, `“gave up” was said ${before.length + 1} times of ${meant.length} texts`);
    }
  }

  #wasDone(text: Written): void {
    const { id, wants, what } = text;
    const standing = this.#texts.get(id);
    const isAnswered = standing?.is === 'answered';
    const wasTaken = text.taken !== null || isAnswered;
    if (!wasTaken && text.handed !== null) {
      this.#find('never accepted', id, 'the relay never had it');
      return;
    }
    if (what === 'words' && !isAnswered && text.handed !== null) {
      const isKept = standing?.is === 'stopped' || this.#mayBeGivenUp(id);
      if (!isKept) this.#find('lost', id, 'accepted and never answered');
      else if (!text.staysStopped) this.#find('not brought back', id, 'it is kept, and no /retry had it answered');
    }
    if (wants?.options && isAnswered && !this.#asked.has(id))
      this.#find('question lost', id, 'the person was never asked');
    if (wants?.file && isAnswered && !this.#files.has(id)) this.#find('file lost', id, 'its file never came');
    if (wants?.rings !== undefined && !this.#rang.has(id) && !this.#leftUndone.has(id))
      this.#find('lost', id, 'the reminder never came');
    if (text.isLate && text.isOvertaken && isAnswered && !this.#late.has(id)) {
      this.#find('untrue notice', id, 'later texts came before it, and the person was not told');
    }
  }

  /** Each command is answered once. */
  #commands(): void {
    for (const [what, kinds] of Object.entries(ANSWERS)) {
      const texted = this.#written.filter((text) => text.what === what && text.taken !== null);
      const named = texted.filter(({ id }) => this.#leftUndone.has(id)).length;
      const shown = kinds.reduce((sum, kind) => sum + (this.notices.get(kind) ?? 0), 0);
      const wanted = texted.length - named;
      const undone = this.notices.get('left undone') ?? 0;
      const late = this.#written.filter(
        (text) => text.what === what && text.taken === null && text.handed !== null,
      ).length;
      if (shown + undone < wanted) this.#find('command unanswered', null, `${what}: ${shown} answers to ${wanted}`);
      if (shown > wanted + late) this.#find('command answered twice', null, `${what}: ${shown} answers to ${wanted}`);
    }
  }
}

/** The relay gives a text to running work at once. */
const STEERED_WITHIN_MS = 2_000;
/** What says how long the work takes is said minutes apart. */
const TOGETHER_MS = 2_500;
/** A machine that is away is told of after ten seconds, and the words may wait for the carrier. */
const TOLD_WITHIN_MS = 60_000;

const ANSWERS: { readonly [what in Exclude<Written['what'], 'words' | 'choice'>]: readonly NoticeKind[] } = {
  '/stop': ['stopped', 'nothing to stop'],
  '/retry': ['retrying', 'nothing to retry', 'still stopping'],
  '/queue': ['queue mode'],
  '/project': ['project'],
  '/deep': ['deep work'],
  '/end': ['deep work over'],
  '/remind': ['reminder set'],
  '/compact': ['compacted'],
};
