/** The service window of one of our addresses: 24 hours from the person's last message, unless the carrier refuses. */
export type Window = {
  sender: string;
  lastInboundAt: number;
  refusedAt: number | null;
  nudgedAt: number | null;
  /** When the person was told elsewhere that replies come there instead, or null. */
  movedAt: number | null;
};
