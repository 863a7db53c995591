import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The order of the test files: first the rings whose files have a worker each, then those whose files share one, which
// must stay together, `vm` before the others. Each ring's longest files come first, so that no long file runs alone at
// the end.

/**
 * Files that take more than 15 s on two idle cores, longest first. Others run in the order of vitest, which knows their
 * last duration.
 */
const LONG = [
  'faults/schedules',
  'scripts/setup',
  'journeys/conversation',
  'journeys/fly-gaps',
  'journeys/fly',
  'scripts/deploy',
  'hostile-shapes',
  'journeys/fly-loss',
  'journeys/npm-start',
  'journeys/standup',
  'faults/real-agent',
  'journeys/carrier-away',
  'journeys/files',
  'browser/reading-page',
  'journeys/npm-start-pull-request',
  'journeys/npm-start-fly',
  'scripts/doctor',
  'vm/cut-turns',
  'vm/escapes',
  'vm/restart',
  'vm/steer-and-stop',
  'vm/requests',
  'vm/actions-cut',
  'vm/project-setup',
  'vm/actions',
  'vm/pre-check',
  'vm/power-cut',
  'vm/instructions',
  'vm/tool-permissions',
  'vm/watchdogs',
  'vm/two-users',
  'vm/given-up',
  'vm/programs',
].map((name) => `test/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      const first = project.config.isolate ? 0 : project.name === 'vm' ? 1 : 2;
      return first * (LONG.length + 1) + (at < 0 || first === 2 ? LONG.length : at);
    };
    const ranks = new Map(files.map((file) => [file, rank(file)]));
    // The sort is stable: equal ranks keep vitest's order.
    return (await super.sort(files)).sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  }
}
