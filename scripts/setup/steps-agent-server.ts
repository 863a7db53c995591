import { ask, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../local/dev-vars.ts';
import { AGENT_ENV, agentEnvName, isAgentEnvWritten, writeAgentEnv } from './agent-env.ts';
import { agentServerWords as words } from './creation-words.ts';
import type { Step } from './step.ts';

// The steps for an agent server that people run themselves: a file with its settings, the commands that use it, then a
// question for its address. Starting the server takes a while, so setup can be stopped here and continued later.

const isStatic = (answers: Vars): boolean => answers.MACHINE_PROVIDER === 'static';

export const agentSettingsStep: Step = {
  name: 'agent-settings',
  title: words.settingsTitle,
  minutes: 0,
  applies: isStatic,
  isNoted: ({ answers }) => answers().MACHINE_URL !== undefined,
  isDone: async (context) => context.answers().MACHINE_URL !== undefined && isAgentEnvWritten(context.answers()),
  async perform({ answers, record, screen }) {
    const file = agentEnvName();
    record.add({ kind: 'file', id: AGENT_ENV, account: 'this computer' });
    writeAgentEnv(answers());
    screen.note(words.start(file));
    screen.copy(words.commands.docker(file));
    screen.note(words.orOnFly);
    screen.copy(words.commands.fly(file));
    return words.written(file);
  },
};

export const agentServerStep: Step = {
  name: 'agent-server',
  title: words.title,
  minutes: 10,
  applies: isStatic,
  questions: () => [
    {
      name: 'MACHINE_URL',
      message: words.url,
      where: `${words.urlWhere} ${words.leave}`,
      shape: (value) => (/^https?:\/\/\S+$/.test(value) ? undefined : words.badUrl),
      async check(value) {
        const said = await ask(`${value.replace(/\/+$/, '')}/healthz`).then(
          ({ status }) => `status ${status}`,
          (error: unknown) => (error instanceof Unreachable ? error.reason : String(error)),
        );
        return said === 'status 200' ? { ok: true, note: words.answers } : { ok: false, problem: words.silent(said) };
      },
    },
  ],
};
