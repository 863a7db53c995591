import { type Copy, type Dockerfile, DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';

// The rules for the image's Dockerfile, each as the problem it reports. `script` is the image's entrypoint.

export const RULES = {
  'every base is pinned by digest': (file) => {
    const stages = file.getFROMs().map((from) => from.getBuildStage());
    return file
      .getFROMs()
      .filter((from) => !stages.includes(from.getImage()) && !/^sha256:[0-9a-f]{64}$/.test(from.getImageDigest() ?? ''))
      .map((from) => `${from.getImage()} may be another image tomorrow`);
  },
  'nothing is fetched by ADD': (file) => all(file, 'ADD').map(() => 'ADD fetches and unpacks: use COPY'),
  'COPY names what it takes': (file) =>
    file
      .getCOPYs()
      .flatMap(sources)
      .filter((path) => /^(\.|\*|\/)\/?$/.test(path))
      .map((path) => `COPY ${path} takes everything there is`),
  'no secret in ENV or ARG': (file) =>
    [...all(file, 'ENV'), ...all(file, 'ARG')]
      .flatMap((line) => [...(line.getArgumentsContent() ?? '').matchAll(/(?:^|\s)(\w+)(?:=|\s|$)/g)])
      .map((match) => match[1] ?? '')
      .filter((name) => /KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTH/i.test(name))
      .map((name) => `${name} would stay in the image's history`),
  'apt installs what is named and leaves no lists': (file) =>
    commands(file, /apt-get\s+install/).flatMap((text) => [
      ...(text.includes('--no-install-recommends') ? [] : ['apt-get install without --no-install-recommends']),
      ...(/rm -rf \/var\/lib\/apt\/lists\/\*\s*$/.test(text) ? [] : ['the package lists stay in the layer']),
      ...(/apt-get\s+update\s*&&/.test(text) ? [] : ['apt-get install without update in the same layer']),
    ]),
  'packages are those of the lock file': (file) =>
    commands(file, /\bnpm\b/)
      .filter((text) => !/^npm ci\b/.test(text))
      .map((text) => `${text}: not what was tested`),
  'the image has no packages for development': (file) => {
    const taken = file
      .getCOPYs()
      .filter((line) => values(line).some((path) => path.endsWith('/node_modules')))
      .map((line) => line.getFromFlag()?.getValue());
    return runsOf(file, /\bnpm\b/)
      .filter(({ stage, text }) => taken.includes(stage ?? undefined) && !text.includes('--omit=dev'))
      .map(({ text }) => `${text}: for development, too`);
  },
  'WORKDIR is absolute': (file) =>
    all(file, 'WORKDIR')
      .map((line) => line.getArgumentsContent() ?? '')
      .filter((path) => !path.startsWith('/'))
      .map((path) => `WORKDIR ${path} depends on the base`),
  'ENTRYPOINT is in exec form, with an init': (file) => {
    const args = strings(file.getENTRYPOINTs().at(-1));
    if (args.length === 0) return ['a shell would take the signals'];
    return args[0]?.endsWith('/tini') ? [] : ['nobody reaps what the agent leaves behind'];
  },
  'a health check asks the server': (file) => {
    const line = file.getHEALTHCHECKs().at(-1);
    if (line?.getSubcommand()?.getValue().toUpperCase() !== 'CMD') return ['there is no health check'];
    return line.getArgumentsContent()?.includes('/healthz') ? [] : ['the health check does not ask /healthz'];
  },
  'nothing on the volume is a home or on a path of the server': (file) =>
    all(file, 'ENV')
      .flatMap(
        (line) => (line.getArgumentsContent() ?? '').match(/\b(HOME|PATH|\w*PREFIX|NODE_\w+)=\S*\/data\S*/g) ?? [],
      )
      .map((variable) => `${variable} is the agent’s to write`),
  'agents are another user': (_file, script) =>
    /^ +export AGENT_UID AGENT_GID\b/m.test(script.slice(0, script.search(/^\s*exec setpriv/m)))
      ? []
      : ['agents can read what the server has'],
  'the server is no root': (file, script) => {
    const user = all(file, 'USER').at(-1)?.getArgumentsContent();
    if (user) return /^(root|0)(:|$)/.test(user) ? [`USER ${user}`] : [];
    const drops = script.search(/^\s*exec setpriv --reuid="?\$?\w/m);
    const serves = script.search(/^exec "\$@"$/m);
    return drops >= 0 && drops < serves ? [] : ['nobody leaves root before the server starts'];
  },
} as const satisfies Record<string, (file: Dockerfile, script: string) => string[]>;

export type RuleName = keyof typeof RULES;

export const problemsOf = (rule: RuleName, text: string, script: string): string[] =>
  RULES[rule](DockerfileParser.parse(text), script);

/** The paths copied from the repository, in order: source and target. */
export function copied(text: string, stage?: string): { from: string[]; to: string }[] {
  const file = DockerfileParser.parse(text);
  return file
    .getCOPYs()
    .filter((line) => line.getFromFlag() === null && stageOf(file, line) === (stage ?? null))
    .map((line) => ({ from: sources(line), to: values(line).at(-1) ?? '' }));
}

/** The name of the line's stage; null where the stage has none. */
const stageOf = (file: Dockerfile, line: Instruction): string | null =>
  file
    .getFROMs()
    .findLast((from) => from.getRange().start.line < line.getRange().start.line)
    ?.getBuildStage() ?? null;

/** The commands of a stage that begin with `word`. */
export const runs = (text: string, word: RegExp): string[] => commands(DockerfileParser.parse(text), word);

export const exported = (text: string): Record<string, string> =>
  Object.fromEntries(
    DockerfileParser.parse(text)
      .getENVs()
      .flatMap((line) => line.getProperties())
      .map((property) => [property.getName(), property.getValue() ?? '']),
  );

export const entrypoint = (text: string): string[] => strings(DockerfileParser.parse(text).getENTRYPOINTs().at(-1));

/** The command of the health check. */
export const healthCheck = (text: string): string[] =>
  JSON.parse(/^HEALTHCHECK .*\\\n\s*CMD (\[.*\])$/m.exec(text)?.[1] ?? '[]') as string[];

const all = (file: Dockerfile, keyword: string): Instruction[] =>
  file.getInstructions().filter((line) => line.getKeyword() === keyword);

const values = (line: Instruction): string[] => line.getArguments().map((argument) => argument.getValue());

const sources = (line: Copy): string[] => (line.getFromFlag() === null ? values(line).slice(0, -1) : []);

const commands = (file: Dockerfile, pattern: RegExp): string[] => runsOf(file, pattern).map(({ text }) => text);

const runsOf = (file: Dockerfile, pattern: RegExp) =>
  all(file, 'RUN')
    .map((line) => ({
      stage: stageOf(file, line),
      text: (line.getRawArgumentsContent() ?? '').replace(/\\\n\s*/g, ' ').trim(),
    }))
    .filter(({ text }) => pattern.test(text));

const strings = (line: JSONInstruction | undefined): string[] =>
  (line?.getJSONStrings() ?? []).map((string) => string.getJSONValue());
