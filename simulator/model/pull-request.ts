import { contentOf, pathOf } from './files.ts';
import type { Outcome, Situation, Step } from './situation.ts';

// The demo model's skills in a project with a repository: mend a typo and open a pull request, follow a comment on a
// line, and look at checks and reviews. With gh, or with Roost's tool where there is no gh. Pure.

const README = 'README.md';
const BRANCH = 'readme-typo';
const TITLE = 'Fix a typo in the readme';
const TYPOS: readonly (readonly [wrong: string, right: string])[] = [
  ['prizes', 'prices'],
  ['teh', 'the'],
  ['recieve', 'receive'],
  ['seperate', 'separate'],
  ['adress', 'address'],
];
const GITHUB_TOOL = 'mcp__roost__github_api';

const say = (text: string): Step => ({ do: 'say', text });
const use = (tool: string, input: Record<string, unknown>): Step => ({ do: 'use', tool, input });
const bash = (command: string, description: string): Step => use('Bash', { command, description });

export const FIX_TYPO = /\btypos?\b[\s\S]{0,200}\b(?:pull request|pr)\b/i;

/** look → Read, which unlocks the file → Edit → commit and push → open. */
export function fixTypo({ tools, folder, outcomes }: Situation): Step {
  const [seen, , edited, pushed, opened] = outcomes;
  const file_path = pathOf(README, folder);
  if (!seen) return bash('cat README.md', 'Read the readme');
  if (seen.failed) return say(NO_README);
  const typo = TYPOS.find(([wrong]) => new RegExp(`\\b${wrong}\\b`).test(contentOf(seen)));
  if (typo === undefined) return say('I found no typo in README.md. I’m the demo model and know only a few.');
  const [wrong, right] = typo;
  if (outcomes.length === 1) return use('Read', { file_path });
  if (!edited) return use('Edit', { file_path, old_string: wrong, new_string: right });
  if (edited.failed) return failed(edited);
  const hasTool = tools.has(GITHUB_TOOL);
  const body = `“${wrong}” is now “${right}”.`;
  if (!pushed) {
    const open = hasTool ? '' : ` && gh pr create --head ${BRANCH} --title "${TITLE}" --body "${body}"`;
    const commands = `git checkout -q -b ${BRANCH} && git commit -qm "${TITLE}" ${README} && git push -q origin ${BRANCH}`;
    return bash(`${commands}${open}`, 'Push the change and open a pull request');
  }
  if (pushed.failed) return failed(pushed);
  if (hasTool && !opened) {
    const fields = { title: TITLE, head: BRANCH, base: 'main', body };
    return use(GITHUB_TOOL, { method: 'POST', path: 'repos/{owner}/{repo}/pulls', body: fields });
  }
  if (opened?.failed) return failed(opened);
  return say(
    `README.md says “${right}” now instead of “${wrong}”, and the pull request is open. Tap Changes to read it; a comment there like “write: Hello” replaces its line.`,
  );
}

const NO_README =
  'There’s no README.md here. Text `/project new shop robin-field/shop` first: that repository has one, with a typo in it.';
const failed = ({ text }: Outcome): Step => say(`That didn’t work:\n\n${text}`);

/** The head that the diff page writes above a comment. */
const COMMENT =
  /^\[A comment on (?:the changes|[^\n:]{1,100}): "([^"\n]{1,500})", line (\d{1,7})[^\n]{0,60}:\]\n> ([^\n]*)\n\n([\s\S]+)$/;
const WRITE = /^(?:please )?(?:write|make it|change it to)[:,]?\s+([^\n]+)$/i;

/** Null: the text is no comment on a line. */
export function followComment(text: string, { folder, outcomes }: Situation): Step | null {
  const [, path = '', line = '', code = '', words = ''] = COMMENT.exec(text.trim()) ?? [];
  if (path === '') return null;
  const wanted = WRITE.exec(words.trim())?.[1];
  if (wanted === undefined)
    return say(
      `I got your comment on ${path}, line ${line}. I’m the demo model: I can only replace a line. Comment with “write” and the new line.`,
    );
  const file_path = pathOf(path, folder);
  const [read, edited, pushed] = outcomes;
  if (!read) return use('Read', { file_path });
  if (read.failed) return failed(read);
  if (!edited) return use('Edit', { file_path, old_string: code, new_string: wanted });
  if (edited.failed) return failed(edited);
  const commands = `git commit -qm "Follow a comment" '${path.replaceAll("'", "'\\''")}' && git push -q origin HEAD`;
  if (!pushed) return bash(commands, 'Push the change');
  if (pushed.failed) return failed(pushed);
  return say(`Line ${line} of ${path} is as you wrote it, and the pull request has it.`);
}

/** The requests behind the buttons of news (src/texts/pull-requests.ts). */
export const CHECKS_FAILED = /^Checks of pull request #(\d{1,9})\b/;
export const REVIEW_CAME = /^A review came for pull request #(\d{1,9})\b/;

export const lookAtReview = (number: string, situation: Situation): Step =>
  lookAt(`pr view ${number} --comments`, `repos/{owner}/{repo}/pulls/${number}/reviews`, situation);

export const lookAtChecks = (number: string, situation: Situation): Step =>
  lookAt(`pr checks ${number}`, `repos/{owner}/{repo}/commits/refs/pull/${number}/head/check-runs`, situation);

function lookAt(command: string, path: string, { tools, outcomes: [outcome] }: Situation): Step {
  if (!outcome) {
    if (tools.has(GITHUB_TOOL)) return use(GITHUB_TOOL, { method: 'GET', path });
    // gh ends with a code of its own when checks failed or run.
    return bash(`gh ${command} || true`, 'Look at the pull request');
  }
  if (outcome.failed) return failed(outcome);
  return say(`It says:\n\n\`\`\`\n${outcome.text}\n\`\`\`\n\nI’m the demo model and can’t do more about it.`);
}
