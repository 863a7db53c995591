import { capabilitiesOf, sendersOf } from '../channels/registry.ts';
import { adminListsOf } from '../config/access.ts';
import type { Config } from '../config/config.ts';
import { maskAddress } from '../conversation/access/change.ts';
import { type MergePlan, planAgreed, planMerge, refusalToMerge } from '../conversation/access/merge-plan.ts';
import { noLinkFrom } from '../conversation/access/secret-ways.ts';
import {
  CODE_TRIES,
  CODE_WAIT_MS,
  LINK_CODE_FOR_MS,
  REFUSED_FOR_MS,
  WRONG_CODES_A_DAY,
} from '../conversation/policy/access.ts';
import type { AddressState } from '../conversation/state/address.ts';
import type { MergeFacts } from '../conversation/state/merge-events.ts';
import { bringsRights } from '../conversation/state/standing.ts';
import type { Actor, PersonEntry, Said } from '../conversation/state/wishes.ts';
import { printCode } from '../input/access-code.ts';
import type { Wish } from '../input/access-command.ts';
import { newLinkCode, readLinkWord } from '../input/link-code.ts';
import { sealWords } from '../links/sealed-words.ts';
import { texts } from '../texts/index.ts';
import { DAY } from '../units.ts';
import { type Link, LinkStore } from './stores/link-store.ts';
import type { AccessDeskDeps, Desk, Knock } from './stranger-desk.ts';

// The directory's part in /link: makes codes, and asks whoever texts one before their address becomes the person's. Rows
// are written before calls, and every call can be repeated.

const said = texts.links;
const { merging } = texts;

type LinkWish = Extract<Wish, { op: 'link' }>;
type Join = Omit<LinkWish, 'op' | 'code'>;

export class LinkDesk {
  readonly #deps: AccessDeskDeps;
  readonly #desk: Desk;
  readonly #links: LinkStore;

  constructor(deps: AccessDeskDeps, desk: Desk) {
    this.#deps = deps;
    this.#desk = desk;
    this.#links = new LinkStore(deps.storage.sql);
  }

  /** Deletes the person's code, and the one that they said yes to. */
  forget(home: string): void {
    this.#links.removeOf(home);
    this.#links.removeAsked(joinerOf({ id: home }));
  }

  /** The merge `op` is done. `from`: the home that went. */
  useUp(from: string, op: string): void {
    this.#links.useUp(from, op);
  }

  /** Deletes what these addresses were asked. */
  forgetAsked(addresses: readonly string[], config: Config): void {
    for (const address of addresses) this.#links.removeAsked(seal('who', address, config));
  }

  /** A new code for this person, or what another person's code means for them. */
  async answer({ code, ...join }: LinkWish, actor: Actor, config: Config): Promise<Said> {
    return code === null ? { text: await this.#make(actor, config) } : this.#join(code, join, actor, config);
  }

  /** Keeps this code for a home, in place of the one before. Safe to repeat: a code that was texted stays as it is. */
  keep(home: string, id: string, code: string, expiresAt: number, config: Config): void {
    const sealed = seal('code', code, config);
    if (this.#links.byCode(sealed) !== null) return;
    this.#links.put({ home, id, code: sealed, state: 'open', asked: null, expiresAt });
  }

  /** A new code takes the place of the one before. */
  async #make(actor: Actor, config: Config): Promise<string> {
    const now = Date.now();
    const code = newLinkCode(() => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0);
    this.#links.clean(now - REFUSED_FOR_MS);
    this.#links.put({
      home: actor.id,
      id: this.#deps.id(),
      code: seal('code', code, config),
      state: 'open',
      asked: null,
      expiresAt: now + LINK_CODE_FOR_MS,
    });
    const words = `LINK ${printCode(code)}`;
    const senders = sendersOf(config).filter((sender) => capabilitiesOf(sender).isSecret);
    const ours = senders.map((sender) => this.#desk.chats.find(config, sender, words));
    return said.code(printCode(code), await Promise.all(ours));
  }

  /**
   * Somebody with a conversation of their own has texted a code, and is asked whether both become one. `agreed`: they
   * have said yes to that. Until then the code isn't used up.
   */
  async #join(code: string, { agreed }: Join, actor: Actor, config: Config): Promise<Said> {
    if (this.#isTired(actor.id, Date.now())) return { text: texts.access.codesWait };
    const sealed = seal('code', code, config);
    const home = this.#links.byCode(sealed)?.home ?? null;
    const facts = home === null || home === actor.id ? null : await this.#factsOf(home, actor.id);
    // Read after the calls: meanwhile somebody else may have texted the code.
    const now = Date.now();
    const link = this.#links.byCode(sealed);
    if (link === null) {
      this.#desk.store.countWrongCode(actor.id, now - CODE_WAIT_MS, now);
      return { text: said.unknown };
    }
    if (link.home === actor.id) return { text: said.yourself };
    // A repeat of the yes that was carried out, or was cut.
    const isAsked = link.asked === joinerOf(actor);
    if (link.state === 'used' && isAsked && agreed !== undefined)
      return { text: agreed === 'merge' ? merging.accepted : '' };
    const isOurs = link.state === 'taken' && isAsked;
    if (link.state !== 'open' && !isOurs) return { text: said.used };
    if (!isOurs && now >= link.expiresAt) return { text: said.expired };
    if (facts === null) return { text: said.expired };
    const { maker, texter } = facts;
    // A repeat goes on as it began.
    const plan = isOurs && agreed !== undefined ? planAgreed(maker, texter, agreed) : planMerge(maker, texter);
    const refusal = isOurs ? null : refusalToMerge(plan);
    if (refusal !== null) return { text: refusal };
    if (agreed !== plan.how) return { text: questionOf(plan, maker), join: code, how: plan.how };
    return this.#begin({ ...link, state: 'taken', asked: joinerOf(actor) }, plan, actor);
  }

  /** The row is written before both homes hear of it, so that a repeated yes begins the same job. */
  async #begin(link: Link, { how, goes, stays }: MergePlan, actor: Actor): Promise<Said> {
    this.#links.put(link);
    const isUnused = how !== 'merge';
    const tells = ({ id }: MergeFacts): boolean => !isUnused && id !== actor.id;
    const begins =
      (await this.#deps.home(stays.id).expectMerge(link.id, goes.id, tells(stays), isUnused)) &&
      (await this.#deps.home(goes.id).beginMerge(link.id, stays.id, tells(goes), isUnused));
    this.#links.put({ ...link, state: begins ? 'used' : 'over' });
    if (!begins) {
      await this.#deps.home(stays.id).callOffMerge(link.id);
      return { text: isUnused ? said.notNow : merging.isMerging };
    }
    // Both chats hear when it is done, which is at once.
    return { text: isUnused ? '' : merging.accepted };
  }

  async #factsOf(maker: string, texter: string): Promise<{ maker: MergeFacts; texter: MergeFacts } | null> {
    const [one, other] = [await this.#deps.home(maker).mergeFacts(), await this.#deps.home(texter).mergeFacts()];
    return one === null || other === null ? null : { maker: one, texter: other };
  }

  /** Somebody without a conversation has texted. none: it isn't about a code. */
  async hear(knock: Knock): Promise<'taken' | 'none'> {
    const config = this.#deps.config();
    const word = readLinkWord(knock.arrival.text);
    if (!config || word === null) return 'none';
    const who = seal('who', knock.from, config);
    if ('code' in word) {
      await this.#ask(knock, who, seal('code', word.code, config));
      return 'taken';
    }
    const link = this.#links.askedOf(who);
    if (link === null) return 'none';
    await this.#settle(knock, link, who, word.yes);
    return 'taken';
  }

  /** Whether this text was answered: no object stores a stranger's code, nor their no. */
  hasAnswered(providerId: string): boolean {
    const config = this.#deps.config();
    return config !== null && this.#links.isAnswered(seal('text', providerId, config));
  }

  /** The first address that texts a code is asked whether it is the person's. */
  async #ask(knock: Knock, who: string, code: string): Promise<void> {
    const now = Date.now();
    if (this.#isTired(who, now)) return;
    const forged = this.#refusalIfForged(knock.from);
    if (forged !== null) return this.#refuse(knock, who, forged);
    const home = this.#links.byCode(code)?.home;
    const maker = home === undefined ? null : await this.#deps.home(home).entry();
    // Read after the call: meanwhile somebody else may have texted the code.
    const link = this.#links.byCode(code);
    if (link === null) return this.#refuse(knock, who, said.unknown);
    if (link.asked !== null && link.asked !== who) return this.#refuse(knock, who, said.used);
    // A repeat of the text that was answered.
    if (link.state === 'taken' || link.state === 'used') return;
    const refusal = link.state === 'over' || now >= link.expiresAt ? said.expired : this.#refusalOf(maker, knock);
    if (refusal !== null || maker === null) return this.#refuse(knock, who, refusal ?? said.expired);
    this.#links.put({ ...link, state: 'asked', asked: who });
    this.#say(knock, said.sure(maker.name, maker.masked));
  }

  /** The address answers. */
  async #settle(knock: Knock, link: Link, who: string, yes: boolean): Promise<void> {
    const isLate = link.state === 'asked' && Date.now() >= link.expiresAt;
    if (!yes || isLate) {
      if (link.state === 'taken') return;
      this.#links.put({ ...link, state: 'over' });
      return this.#say(knock, yes ? said.expired : said.not);
    }
    const maker = await this.#deps.home(link.home).entry();
    const refusal = this.#refusalIfForged(knock.from) ?? this.#refusalOf(maker, knock);
    // Meanwhile the person may have made a new code, or the address may have said no.
    const now = this.#links.askedOf(who);
    if (now?.id !== link.id) return this.#say(knock, said.expired);
    if (refusal !== null) {
      this.#links.put({ ...link, state: 'over' });
      return this.#say(knock, refusal);
    }
    this.#links.put({ ...link, state: 'taken' });
    const became = (await this.#deps.home(link.home).link(knock.arrival)) ?? 'gone';
    const notLinked = WHY_NOT_LINKED[became];
    if (notLinked !== undefined) {
      this.#links.put({ ...link, state: 'over' });
      return this.#say(knock, notLinked);
    }
    this.#links.put({ ...link, state: 'used' });
    // An admin's answer to an earlier request of the address would count for the person.
    this.#desk.store.removePairings(who);
    const detail = maskAddress(knock.from, capabilitiesOf);
    this.#desk.record({ actor: link.home, action: 'linked an address', subject: link.home, detail }, link.id);
  }

  /** Answers a code that links nothing. Above the bounds of the address and of the day it says nothing. */
  #refuse(knock: Knock, who: string, text: string): void {
    const { store } = this.#desk;
    const now = Date.now();
    store.clean(now - REFUSED_FOR_MS);
    const count = store.countWrongCode(who, now - CODE_WAIT_MS, now);
    if (store.wrongCodes(EVERYBODY, now - DAY) >= WRONG_CODES_A_DAY) return;
    store.countWrongCode(EVERYBODY, now - DAY, now);
    this.#say(knock, count >= CODE_TRIES ? texts.access.codesWait : text);
  }

  /** Why this person's code can't link the address now, or null. It may bring the person no rights. */
  #refusalOf(maker: PersonEntry | null, { arrival }: Knock): string | null {
    if (maker?.standing !== 'in') return maker?.standing === 'locked' ? said.makerLocked : said.expired;
    const config = this.#deps.config();
    return config && bringsRights(arrival, maker.role, adminListsOf(config)) ? said.needsRole : null;
  }

  /** Why neither a code nor a yes counts from this address, or null: others could write in the sender's name. */
  #refusalIfForged(from: string): string | null {
    const config = this.#deps.config();
    return capabilitiesOf(from).isSecret ? null : noLinkFrom(from, config ? sendersOf(config) : [], capabilitiesOf);
  }

  #isTired(who: string, now: number): boolean {
    return this.#desk.store.wrongCodes(who, now - CODE_WAIT_MS) >= CODE_TRIES;
  }

  #say({ from, arrival }: Knock, text: string): void {
    const config = this.#deps.config();
    const now = Date.now();
    this.#links.clean(now - REFUSED_FOR_MS);
    if (config) this.#links.noteAnswered(seal('text', arrival.providerId, config), now);
    this.#deps.background(this.#deps.send(from, arrival.to, text));
  }
}

/** The answer to the texter, by the home's reason for not making the link. */
const WHY_NOT_LINKED: Readonly<Partial<Record<AddressState | 'merging' | 'gone', string>>> = {
  gone: said.expired,
  claimed: said.isElses,
  merging: said.isMerging,
};

/** Stands for an address in the count of all strangers together. */
const EVERYBODY = 'everybody';

const seal = (label: 'code' | 'who' | 'text', words: string, { MACHINE_SIGNING_KEY }: Config): string =>
  sealWords(label, MACHINE_SIGNING_KEY, words);

const joinerOf = ({ id }: Pick<Actor, 'id'>): string => `join ${id}`;

function questionOf({ how, stays }: MergePlan, maker: MergeFacts): string {
  if (how === 'merge') return merging.sure(maker.name, maker.masked, stays !== maker);
  return (how === 'joins' ? said.sure : said.sureTakes)(maker.name, maker.masked);
}
