// Texts about the model, and about the assistant's name and tone.

const list = (models: readonly string[]): string[] => models.map((model, n) => `${n + 1}. ${model}`);

export const choiceTexts = {
  model: (label: string, model: string | null, isChosen: boolean, models: readonly string[]): string =>
    [
      `${label} uses ${model === null ? 'the default model' : `${model}${isChosen ? '' : ' (the default)'}`}.`,
      ...(models.length < 2 && !isChosen
        ? ['Other models aren’t enabled here.']
        : ['', 'You can choose:', ...list(models), '/model NAME or its number sets it, /model default resets it.']),
    ].join('\n'),
  modelSet: (label: string, model: string): string => `From your next message on, ${label} uses ${model}.`,
  modelDefault: (label: string, model: string | null): string =>
    `From your next message on, ${label} uses ${model === null ? 'the default model' : `${model}, the default`}.`,
  modelUnknown: (models: readonly string[], meant: string | null): string =>
    models.length === 0
      ? 'Other models aren’t enabled here.'
      : meant === null
        ? ['That model isn’t enabled here. You can choose:', ...list(models)].join('\n')
        : `That model isn’t enabled here. Did you mean ${meant}?`,
  assistant: (name: string | null, tone: string | null): string =>
    [
      name === null ? 'I don’t have a name yet.' : `I’m called ${name}.`,
      tone === null ? 'My tone is the usual one.' : `My tone: ${tone}`,
      'To change it: /assistant name NAME, /assistant tone WORDS, /assistant reset.',
    ].join('\n'),
  assistantName: (name: string): string => `From your next message on, I’m ${name}.`,
  assistantTone: (tone: string): string => `From your next message on, my tone is: ${tone}`,
  assistantReset: 'Name and tone are back to the defaults, from your next message on.',
  assistantUse: 'Text /assistant name Robin, /assistant tone dry and brief, or /assistant reset.',
  assistantLong: (what: 'name' | 'tone', most: number): string =>
    `That ${what} is too long: ${most} characters at most.`,
} as const;
