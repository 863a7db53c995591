// What a channel can do, as data: decisions ask this and never which channel it is.

export type Capabilities = {
  /** The part of its addresses before the colon; `sms` for bare numbers. */
  scheme: string;
  /** As people call it: `WhatsApp`. */
  name: string;
  /** The service that takes our messages, in sentences: `Twilio`. */
  operator: string;
  /** The companies that carry messages, and could read them. */
  carriers: readonly string[];
  /** A phone number names the person, so that they can be found on other such channels; or an id of the channel's own. */
  identity: 'number' | 'own';
  /** For this long after the person's last text any reply may leave; null: always. */
  windowMs: number | null;
  /** An approved template can ask a person to write while the window is closed. */
  template: boolean;
  /**
   * How a doubtful send is cleared up. list: sent messages can be looked up. probe: only whether the service answers, so
   * that the reply may come twice.
   */
  reconcile: 'list' | 'probe';
  limits: Limits;
  /**
   * How a reply's marks look. chat: as they are written. entities: the channel turns them into its own. plain: they are
   * left out.
   */
  markup: 'chat' | 'entities' | 'plain';
  /** Typing is shown for about this long (ms); null: never. */
  typing: { refreshMs: number } | null;
  /**
   * The agent's newest words can be shown as a preview that is no message, for about this long (ms). It replaces
   * messages about progress; without words it shows that the agent is at work. `stopId`: the id of the turn's draft,
   * which a press on its stop button names; null: it has no such button.
   */
  draft: { refreshMs: number; stopId: ((turn: string) => string) | null } | null;
  /** We hear when a person changes the words of a text. */
  edits: boolean;
  /** We hear which message a text answers. */
  quotes: boolean;
  /** A chat can have topics, each for a project. */
  threads: boolean;
  /** The carrier acts on STOP, START and HELP by itself. */
  optOutWords: boolean;
  /** The pause between two messages to one person (ms). */
  paceMs: number;
  /** The first progress leaves after this much work (ms). */
  progressFirstMs: number;
  /** Fit for links that give rights, and its senders can't be forged. */
  isSecret: boolean;
  /** The price of a message: as on WhatsApp, by segments, or nothing. */
  price: 'meta' | 'segments' | 'free';
  /** Reads the channel's id of a person's text, if such ids say anything. */
  readId?: (id: string) => TextId | null;
};

export type Limits = {
  /** Characters of one message, and of the words below a file. */
  text: number;
  caption: number;
  /** Choices that one message shows as buttons or as a list; 0: choices are numbered in its words. */
  choices: number;
  /** Characters of a choice's title. */
  title: number;
  /** Bytes of the largest file from a person; 0: none comes. */
  fileIn: number;
  /** Bytes of the largest file that leaves as one; larger ones leave as links. */
  fileOut: number;
};

/**
 * `of`: the text itself, or the one that this changed. `number`: grows from text to text of one chat; null for a change,
 * which is written later than its text.
 */
export type TextId = { of: string; number: number | null };

export type ChannelOf = (address: string) => Capabilities;
