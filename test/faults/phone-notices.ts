import { type PhoneTexts, TOLD_WITHIN_MS } from './phone-texts.ts';
import type { Said } from './said.ts';
import type { NoticeKind } from './sentences.ts';
import { FREE_AFTER_MS } from './storms.ts';
import type { Evidence, Written } from './verdict.ts';

// Checks each sentence of the product against what its phone has written and shown so far, and notes what it says about
// texts. In memory.

/** Sentences about how long the work takes come minutes apart. */
const TOGETHER_MS = 2_500;
/** The longest time of the agent for the summary of deep work. */
const SUMMARY_MS = 300_000;

export class PhoneNotices {
  /** The number of sentences of each kind that the phone showed. */
  readonly count = new Map<NoticeKind, number>();
  /** Texts that the product called late. */
  readonly late = new Set<string>();
  /** Commands and reminders that the product said were not done. */
  readonly leftUndone = new Set<string>();
  /** The phone's projects as the product told it, in order. */
  readonly projects: string[] = [];
  /** The product said that the files are at least as new as this, by the clock of the conversation. */
  filesAsOf = Number.POSITIVE_INFINITY;
  /** Commands that the product said came after newer messages. */
  readonly #undone = new Set<string>();
  #progressAt = Number.NEGATIVE_INFINITY;
  readonly #texts: PhoneTexts;
  readonly #evidence: Evidence;

  constructor(texts: PhoneTexts, evidence: Evidence) {
    this.#texts = texts;
    this.#evidence = evidence;
  }

  /** The untrue part of it. */
  hear(said: Extract<Said, { kind: NoticeKind }>, at: number): string[] {
    this.note(said.kind);
    const wrong = this.#untruths(said, at);
    return wrong.map((what) => `“${said.kind}”: ${what}`);
  }

  /** The phone showed a sentence of that kind. */
  note(kind: NoticeKind): void {
    this.count.set(kind, (this.count.get(kind) ?? 0) + 1);
  }

  /** The agent works on a text, on a command, or for a while after deep work on its summary. */
  #isAtWork(at: number): boolean {
    const handed = (what: Written['what'], since: number): number =>
      this.#texts.written.filter(
        (text) => text.what === what && text.handed !== null && text.handed <= at && text.handed > since,
      ).length;
    return (
      this.#texts.open().length > 0 ||
      handed('/compact', 0) > (this.count.get('compacted') ?? 0) ||
      handed('/end', at - SUMMARY_MS) > 0
    );
  }

  #untruths(said: Extract<Said, { kind: NoticeKind }>, at: number): string[] {
    const unless = (isTrue: boolean, what: string): string[] => (isTrue ? [] : [what]);
    const texts = this.#texts;
    switch (said.kind) {
      case 'gave up':
        return unless(texts.giveUp(at), 'nothing that is open had reason to be given up');
      case 'stopped':
        return this.#stopped(said, at);
      case 'retrying': {
        const problem = texts.bringBack(said.count, at);
        return unless(problem === null, problem ?? '');
      }
      case 'nothing to retry':
        return unless(!texts.kept().some(({ is }) => is === 'stopped'), 'something is stopped');
      case 'nothing to stop': {
        const stoppedAt = texts.lastHanded('/stop', at);
        const before = texts.open().filter(({ text }) => text.taken !== null && text.taken <= stoppedAt);
        return unless(
          before.every(({ text }) => texts.mayBeGivenUp(text.id)),
          'a text was open',
        );
      }
      case 'progress': {
        const isApart = at - this.#progressAt >= TOGETHER_MS;
        this.#progressAt = at;
        return [...unless(isApart, 'two at once'), ...unless(this.#isAtWork(at), 'nothing is open')];
      }
      case 'waiting':
        return unless(this.#isAtWork(at), 'nothing is open');
      case 'queue full':
        return unless(texts.open().length >= said.count, `not so many are open: ${texts.open().length}`);
      case 'unreachable':
        return unless(
          this.#wasAway(at, () => true),
          'it was there',
        );
      case 'file trouble':
      case 'schedule missed':
        for (const id of said.ids) this.leftUndone.add(id);
        return unless(
          this.#wasAway(at, ({ isHeld }) => !isHeld, this.#writtenSince(at)),
          'everything was there',
        );
      case 'session lost':
        this.#noteAge(said, at);
        return unless(
          this.#evidence.diskLost.some((when) => when <= at),
          'no disk was lost',
        );
      case 'late':
      case 'left undone':
      case 'missed':
        return said.ids
          .flatMap((id) => {
            this.late.add(id);
            if (said.kind !== 'late') this.leftUndone.add(id);
            return unless(texts.writtenAs(id)?.isLate === true, `${id} came in time`);
          })
          .concat(said.kind === 'left undone' ? this.#leftUndone(said, at) : []);
      case 'project':
        if (said.label !== null) this.projects.push(said.label);
        return [];
      case 'deep work left':
        return unless(texts.lastHanded('/deep', texts.lastElsewhere(at)) > 0, 'nobody went on to another project');
      case 'goes elsewhere':
        return unless(
          texts.written.some(({ wants, handed }) => wants?.isByWebhook && (handed ?? at) < at),
          'nothing was quoted',
        );
      case 'question left':
        return said.ids.flatMap((id) => unless(texts.get(id)?.is === 'open', `${id} is not worked on`));
      case 'question over':
      case 'decided':
        return unless(texts.lastHanded('choice', at) > 0, 'nothing was chosen');
      case 'in doubt':
        return unless(
          texts.written.some(({ what, handed, isLate }) => what === 'choice' && (handed ?? at) < at && isLate === true),
          'no answer came late',
        );
      case 'voice note unheard':
        return unless(
          texts.written.some(({ wants, handed }) => wants?.isVoice && (handed ?? at) < at),
          'there was no voice note',
        );
      case 'aside':
        return unless(texts.lastHanded('/btw', at) > 0, 'nothing was asked on the side');
      case 'machine':
        return unless(this.#evidence.ownMachines, 'nobody has a machine of their own');
      case 'empty': {
        const told = texts.open().find(({ text }) => text.wants?.isVoice && text.isFound);
        if (told) Object.assign(told, { is: 'told' });
        return unless(told !== undefined, 'no voice note was found in the list');
      }
      case 'undeliverable': {
        const told = texts.open().find(({ text }) => text.undeliverable);
        if (told) Object.assign(told, { is: 'answered', answeredAt: at });
        return unless(told !== undefined, 'its answer can be delivered');
      }
      case 'out of place':
        return [`${said.place}, and nothing in the plan leads to it`];
      default:
        return [];
    }
  }

  /** The age is counted from the loss of the disk at the earliest. */
  #noteAge({ age }: Extract<Said, { kind: NoticeKind }>, at: number): void {
    const lostAt = this.#evidence.diskLost.findLast((when) => when <= at);
    if (age !== null && lostAt !== undefined) this.filesAsOf = this.#texts.clockAt(lostAt) - age;
  }

  /** A command is left undone only behind newer messages. */
  #leftUndone({ ids, command }: Extract<Said, { kind: NoticeKind }>, at: number): string[] {
    const { written } = this.#texts;
    const isMeant = ({ id, what }: Written): boolean => (ids.length > 0 ? ids.includes(id) : what === command);
    const late = written.find((one) => isMeant(one) && one.isLate === true && !this.#undone.has(one.id));
    if (!late) return [`no ${command ?? 'command'} came late`];
    this.#undone.add(late.id);
    const newer = written.slice(written.indexOf(late) + 1);
    const isOvertaken = newer.some(({ handed, taken }) => (handed ?? taken ?? Number.POSITIVE_INFINITY) <= at);
    return isOvertaken ? [] : [`nothing newer had come than ${late.id}`];
  }

  /** A text without words is not named, and of many texts only the first are. */
  #stopped({ ids, count }: Extract<Said, { kind: NoticeKind }>, at: number): string[] {
    const stoppedAt = this.#texts.lastHanded('/stop', at);
    const unnamed = this.#texts
      .open()
      .filter(({ text }) => !ids.includes(text.id) && text.taken !== null && text.taken <= stoppedAt)
      .sort((a, b) => Number(b.text.wants?.isVoice ?? false) - Number(a.text.wants?.isVoice ?? false))
      .slice(0, count - ids.length);
    for (const standing of unnamed) Object.assign(standing, { is: 'stopped', keptAt: at });
    return ids.flatMap((id) => {
      const standing = this.#texts.get(id);
      if (standing?.is === 'open') Object.assign(standing, { is: 'stopped', keptAt: at });
      return standing?.is === 'answered' ? ['it had been answered'] : [];
    });
  }

  #wasAway(at: number, counts: (away: Evidence['away'][number]) => boolean, since = at): boolean {
    return this.#evidence.away.some((away) => counts(away) && away.from <= at && away.to >= since - TOLD_WITHIN_MS);
  }

  /** When words that are no progress may have been written: an outage keeps them. */
  #writtenSince(at: number): number {
    const { outages = [] } = this.#evidence;
    return Math.min(
      at,
      ...outages.filter(({ from, to }) => from <= at && at <= to + FREE_AFTER_MS).map(({ from }) => from),
    );
  }
}
