// What a reply offers to be tapped, as its row keeps it.

export type Choice = { id: string; title: string };

/** A question as the channel may show it. */
export type Offer = {
  question: string;
  /** The words above the buttons; the reply's body has them and the options, numbered. */
  text: string;
  /** None: it is to be sent as plain text. */
  items: Choice[];
  /** What the carrier was given to show them, so that another try shows the same; null until then. */
  content: string | null;
};
