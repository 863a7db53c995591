// Texts around the result of a schedule that goes to others.

export const deliveryTexts = {
  /** Above the words, for whom they are for. */
  from: (number: string, schedule: number): string => `From ${number}’s schedule ${schedule}:`,
  cut: '(The rest was too long to send.)',
} as const;
