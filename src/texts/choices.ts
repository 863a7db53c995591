// What is said about the model and about how the assistant is called and sounds.

const list = (models: readonly string[]): string[] => models.map((model, n) => `${n + 1}. ${model}`);

export const choiceTexts = {
  model: (label: string, model: string | null, isChosen: boolean, models: readonly string[]): string =>
    [
      `${label} uses ${model ?? 'the agent’s own model'}${isChosen ? '' : ' (the default)'}.`,
      ...(models.length < 2 && !isChosen
        ? ['No other can be chosen here.']
        : ['', 'To choose from:', ...list(models), '/model NAME or its number sets it, /model default takes it back.']),
    ].join('\n'),
  modelSet: (label: string, model: string): string => `${label} uses ${model} from your next message on.`,
  modelDefault: (label: string, model: string | null): string =>
    `${label} uses ${model ?? 'the agent’s own model'}, the default, from your next message on.`,
  modelUnknown: (models: readonly string[], meant: string | null): string =>
    models.length === 0
      ? 'Other models aren’t enabled here.'
      : meant === null
        ? ['That model isn’t enabled here. You can choose:', ...list(models)].join('\n')
        : `That model isn’t enabled here. Did you mean ${meant}?`,
  assistant: (name: string | null, tone: string | null): string =>
    [
      name === null ? 'I have no name of my own yet.' : `I am called ${name}.`,
      tone === null ? 'I sound as I usually do.' : `I sound like this: ${tone}`,
      '/assistant name NAME and /assistant tone WORDS change it, /assistant reset takes it back.',
    ].join('\n'),
  assistantName: (name: string): string => `From your next message on I am ${name}.`,
  assistantTone: (tone: string): string => `From your next message on I sound like this: ${tone}`,
  assistantReset: 'From your next message on I am as I was set up here.',
  assistantUse: 'Text /assistant name Robin, /assistant tone dry and brief, or /assistant reset.',
  assistantLong: (what: 'name' | 'tone', most: number): string =>
    `That ${what} is too long: it may have ${most} characters.`,
} as const;
