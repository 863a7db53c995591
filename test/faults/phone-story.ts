import { leftAtTheEnd } from './phone-end.ts';
import { PhoneNotices } from './phone-notices.ts';
import { PhoneTexts, type TextStanding } from './phone-texts.ts';
import { Repeats } from './repeats.ts';
import { idsIn, numberOf, read, type Said } from './said.ts';
import type { NoticeKind } from './sentences.ts';
import type { Evidence, Fault, Finding, Shown, Written } from './verdict.ts';

// Reads what one phone wrote and showed from first to last: each text is open until it is answered, dropped by a /stop,
// or perhaps given up; each sentence of the product is checked against that. Pure.

/** The relay gives a text to running work at once. */
const STEERED_WITHIN_MS = 2_000;

export class PhoneStory {
  readonly findings: Finding[] = [];
  readonly texts: PhoneTexts;
  readonly notices: PhoneNotices;
  /** Texts about which the person was asked. */
  readonly asked = new Set<string>();
  readonly rang = new Set<string>();
  /** Text → how often its file arrived. */
  readonly files = new Map<string, number>();
  readonly #evidence: Evidence;
  readonly #phone: string;
  readonly #repeats: Repeats;
  /** Text → its owner. */
  readonly #owners: ReadonlyMap<string, string>;
  /** The beginning of a sentence whose end comes with the next message. */
  #begun = '';

  constructor(phone: string, evidence: Evidence, owners: ReadonlyMap<string, string>) {
    this.#owners = owners;
    this.#repeats = new Repeats(evidence.guarantees);
    this.#phone = phone;
    this.#evidence = evidence;
    this.texts = new PhoneTexts(phone, evidence);
    this.notices = new PhoneNotices(this.texts, evidence);
    for (const shown of evidence.shown) if (shown.phone === phone) this.#show(shown);
    this.#endSentence();
    for (const { fault, id, what } of leftAtTheEnd(this)) this.#find(fault, id, what);
  }

  #find(fault: Fault, id: string | null, what: string): void {
    this.findings.push({ fault, id, phone: this.#phone, what });
  }

  #show(all: Shown): void {
    const { news, tooOften, isMarked, isUntrue } = this.#repeats.read(all, (since) => this.#hasWritten(since, all.at));
    for (const what of tooOften) this.#find('sent too often', idsIn(what)[0] ?? null, `once more: “${what}”`);
    if (isUntrue) this.#find('untrue notice', null, 'a possible repeat on a channel that has a list');
    if (isMarked) this.notices.note('may repeat');
    for (const id of news.files) this.#gotFile(id, news);
    for (const said of read(news.body)) this.#hear(said, news);
  }

  #hasWritten(since: number, until: number): boolean {
    return this.texts.written.some(({ handed }) => handed !== null && handed > since && handed <= until);
  }

  #hear(said: Said, shown: Shown): void {
    const stranger = said.ids.find((id) => (this.#owners.get(id) ?? this.#phone) !== this.#phone);
    if (stranger !== undefined) {
      this.#find('on the wrong phone', stranger, `somebody else’s: “${shown.body}”`);
      return;
    }
    if (said.kind !== 'unknown') this.#endSentence();
    switch (said.kind) {
      case 'answer':
        this.#answered(said, shown);
        break;
      case 'question':
        this.#question(said.ids[0] ?? '', shown);
        break;
      case 'reminder':
        this.#reminder(said.ids[0] ?? '', shown.at);
        break;
      case 'around':
        break;
      case 'unknown':
        this.#unknown(said.words, shown);
        break;
      default:
        if (said.kind === 'topic') this.#topic(said.label, shown);
        this.#notice(said, shown.at);
    }
  }

  /** On a channel of short messages a sentence may come in several. */
  #unknown(words: string, shown: Shown): void {
    const all = this.#begun === '' ? words : `${this.#begun} ${words}`;
    const [whole] = read(all);
    const isWhole = whole !== undefined && whole.kind !== 'unknown';
    this.#begun = isWhole ? '' : all;
    if (isWhole) this.#hear(whole, shown);
  }

  #endSentence(): void {
    if (this.#begun !== '') this.#find('untrue notice', null, `nobody knows this sentence: “${this.#begun}”`);
    this.#begun = '';
  }

  #notice(said: Extract<Said, { kind: NoticeKind }>, at: number): void {
    for (const what of this.notices.hear(said, at)) this.#find('untrue notice', said.ids[0] ?? null, what);
  }

  #answered({ ids, details, project }: Extract<Said, { kind: 'answer' }>, shown: Shown): void {
    const { at } = shown;
    for (const before of ids.flatMap((id) => this.texts.get(id)?.text.wants?.edits ?? [])) {
      const edited = this.texts.get(before);
      if (edited?.is === 'open' && !ids.includes(before)) edited.is = 'edited';
    }
    for (const id of ids) {
      const standing = this.texts.get(id);
      if (!standing) this.#find('doubled', id, 'answered, and nobody wrote it');
      else if (standing.is === 'answered') this.#find('doubled', id, 'answered again');
      else if (standing.is === 'edited') this.#find('doubled', id, 'answered after what it was changed to');
      else if (standing.is === 'stopped')
        this.#find('said after /stop', id, 'answered although it was said to be dropped');
    }
    for (const id of ids) {
      const standing = this.texts.get(id);
      if (!standing || standing.is === 'answered') continue;
      const { text } = standing;
      const passed = this.texts
        .open()
        .find(
          (other) =>
            !ids.includes(other.text.id) && this.#isBefore(other, standing) && !this.#isKeptBack(other.text.id, at),
        );
      if (passed) this.#find('disordered', id, `answered before ${passed.text.id}, which was taken earlier`);
      const { answer, steeredInto, isByWebhook } = text.wants ?? {};
      const isTold = !(isByWebhook && text.isFound);
      if (isTold && answer !== undefined && details.get(id) !== answer) {
        this.#find('answer lost', id, `the agent was told “${details.get(id) ?? 'nothing'}” and not “${answer}”`);
      }
      if (steeredInto !== undefined) this.#steered(text, steeredInto, ids, at);
      if (project !== null) this.#wasIn(text, project);
      this.#isShownIn(text, shown);
      if (text.wants?.files) this.#looked(id, details.get(id) ?? '');
      standing.is = 'answered';
      standing.answeredAt = at;
    }
  }

  /** After a lost disk, files are as old as the product said, or newer; without a word of it, none is missing. */
  #looked(id: string, found: string): void {
    const { filesAsOf } = this.notices;
    const isKept = ({ text, answeredAt }: TextStanding): boolean =>
      text.wants?.file === true && answeredAt !== null && this.texts.clockAt(answeredAt) <= filesAsOf;
    const gone = this.texts.all(isKept).filter(({ text }) => !found.split(' ').includes(numberOf(text.id)));
    for (const { text } of gone) {
      this.#find('older than told', id, `the agent ${found}, and the product said that ${text.id}’s file is there`);
    }
  }

  /** A topic's answers, questions and files are shown there, and all others outside topics. */
  #isShownIn({ id, thread }: Written, shown: Shown): void {
    if (thread === shown.thread) return;
    const [wanted, found] = [thread, shown.thread].map((one) =>
      one === undefined ? 'outside topics' : `in topic ${one}`,
    );
    this.#find('in the wrong topic', id, `written ${wanted}, and shown ${found}`);
  }

  #topic(label: string | null, { thread }: Shown): void {
    const made = this.texts.written.find((one) => one.what === 'topic' && one.thread === thread);
    if (made?.label !== label) this.#find('untrue notice', null, `this topic is not ${label}`);
  }

  /** A text belongs to its topic's project, to its phone's current project, or to the project of the answer it quotes. */
  #wasIn(text: Written, project: string): void {
    const wanted = this.#projectOf(text);
    if (wanted !== null && project !== wanted && !project.startsWith(`${wanted}-`)) {
      this.#find('in the wrong project', text.id, `it went to ${project} and not to ${wanted}`);
    }
  }

  /** Null when it is uncertain. */
  #projectOf({ wants, handed, taken, isFound, thread }: Written): string | null {
    const topic = this.texts.written.find((one) => one.what === 'topic' && one.thread === thread);
    if (topic) return topic.label ?? null;
    if (handed === null || taken === null) return null;
    if (wants?.project !== undefined) return isFound ? null : wants.project;
    const switches = this.texts.written.filter(({ what }) => what === '/project');
    const before = switches.filter((one) => one.handed !== null && one.handed < taken);
    const isSure = before.every((one) => one.taken !== null && one.taken <= handed && !one.isFound);
    // For a command that was not done, the product names the phone's current project in other words.
    const said = this.notices.projects.slice(0, before.length);
    const isDone = before.every(({ label }, n) => label === said[n]);
    return isSure && isDone ? (before.at(-1)?.label ?? FIRST_PROJECT) : null;
  }

  /** Texts steered into running work are answered with it, if nothing broke in between. */
  #steered(text: Written, into: string, ids: readonly string[], at: number): void {
    const isDisturbed = this.#evidence.away.some(
      ({ from, to, isHeld }) => !isHeld && from <= at && to >= (text.handed ?? at),
    );
    const wentOn = this.#evidence.wentOn.get(into) ?? 0;
    const wasThere = (text.steered ?? wentOn) < wentOn || (text.taken ?? wentOn) + STEERED_WITHIN_MS < wentOn;
    // A mode that was requested too late was never set, and the person was told.
    const isUnset = this.texts.written.some(({ what }) => what === '/queue') && !this.notices.count.has('queue mode');
    if (wasThere && !isUnset && !isDisturbed && !ids.includes(into)) {
      this.#find('not steered', text.id, `written into the work on ${into} and not answered with it`);
    }
  }

  /**
   * The order is certain only if the first text had been taken before the second left. A text that came back by /retry
   * has no fixed order, nor has one that may have been given up or whose answer can't be delivered: the sentence about
   * it may follow the answer to the next text.
   */
  #isBefore({ text: a }: TextStanding, { text: b }: TextStanding): boolean {
    const isPlaced = [a, b].every(
      ({ id, isSentAgain }) => !isSentAgain && !this.texts.broughtBack.has(id) && !this.texts.mayBeGivenUp(id),
    );
    return (
      isPlaced && !a.mayBeGivenUp && !a.undeliverable && a.taken !== null && b.handed !== null && a.taken <= b.handed
    );
  }

  /** Without a list of what the carrier took, an answer of unknown outcome is sent twice, and then waits for the person. */
  #isKeptBack(id: string, at: number): boolean {
    const { guarantees, sends } = this.#evidence;
    const before = sends?.get(id)?.filter((sentAt) => sentAt < at) ?? [];
    return guarantees.copiesOfDoubtful > 1 && before.length >= guarantees.copiesOfDoubtful;
  }

  #question(id: string, shown: Shown): void {
    const { buttons, body } = shown;
    const asking = this.texts.get(id)?.text;
    const options = asking?.wants?.options ?? [];
    if (asking) this.#isShownIn(asking, shown);
    if (this.asked.has(id) && !this.texts.broughtBack.has(id)) this.#find('question twice', id, 'asked again');
    this.asked.add(id);
    const isOffered = options.every((option) => buttons.includes(option) || body.includes(option));
    if (!isOffered) this.#find('question lost', id, `without its choices: ${options.join(', ')}`);
  }

  #reminder(id: string, at: number): void {
    const due = this.texts.writtenAs(id)?.wants?.rings;
    if (this.rang.has(id)) this.#find('doubled', id, 'reminded twice');
    this.rang.add(id);
    if (due === undefined || at < due) this.#find('untrue notice', id, 'a reminder before its time');
  }

  #gotFile(id: string, shown: Shown): void {
    if (this.#owners.get(id) !== this.#phone) this.#find('on the wrong phone', id, 'somebody else’s file');
    else this.files.set(id, (this.files.get(id) ?? 0) + 1);
    const text = this.texts.writtenAs(id);
    if (text) this.#isShownIn(text, shown);
  }
}

/** The project's name until the person renames it. */
export const FIRST_PROJECT = 'main';
