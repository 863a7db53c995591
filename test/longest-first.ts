import { BaseSequencer, type TestSpecification } from 'vitest/node';

// The order of the test files: first the rings that wait for processes, each ring's longest files first, so that no
// long file runs alone at the end; then the rings whose files share a worker, which must stay together.

/**
 * Files that take more than 15 s on two idle cores, longest first. Others run in the order of vitest, which knows their
 * last duration.
 */
const LONG = [
  'hostile-shapes',
  'journeys/fly-gaps',
  'journeys/npm-start',
  'vm/cut-turns',
  'scripts/deploy',
  'scripts/setup',
  'vm/restart',
  'vm/escapes',
  'faults/schedules',
  'vm/actions-cut',
  'journeys/fly',
  'journeys/standup',
  'journeys/fly-loss',
  'browser/phone',
  'journeys/npm-start-fly',
  'journeys/carrier-away',
  'vm/instructions',
  'vm/project-setup',
  'vm/two-users',
  'vm/watchdogs',
  'vm/steer-and-stop',
  'vm/image',
  'vm/sandbox',
  'faults/real-agent',
].map((name) => `test/${name}.test.ts`);

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      if (!project.config.isolate) return LONG.length + 1;
      const at = LONG.findIndex((path) => moduleId.endsWith(path));
      return at < 0 ? LONG.length : at;
    };
    const ranks = new Map(files.map((file) => [file, rank(file)]));
    // The sort is stable: equal ranks keep vitest's order.
    return (await super.sort(files)).sort((a, b) => (ranks.get(a) ?? 0) - (ranks.get(b) ?? 0));
  }
}
