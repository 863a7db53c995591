// The buttons or list of a reply, as stored in its row.

/** `description`: a line below the title, in lists. */
export type Choice = { id: string; title: string; description?: string };

/** A question with choices, for the channel. */
export type Offer = {
  question: string;
  /** The words above the buttons. The reply's body has these words and the numbered options. */
  text: string;
  /** Empty: sent as plain text. */
  items: Choice[];
  /** The button that opens a list, if it doesn't say “Choose”. */
  button?: string;
  /** The carrier's content that shows the choices, so that a retry shows the same; null until it exists. */
  content: string | null;
};
