import type { Reporter, TestModule } from 'vitest/node';

// Ends every run with the plain line `N passed, N failed, N skipped`. A file that could not be loaded counts as failed.

export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    let passed = 0;
    // Checks that failed before the tests began (scripts/test.ts) count as failures of the run.
    let failed = errors.length + Number(process.env.ROOST_FAILED_CHECKS ?? 0);
    let skipped = 0;
    for (const module of modules) {
      if (module.errors().length > 0) failed++;
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (state === 'passed') passed++;
        else if (state === 'failed') failed++;
        else skipped++;
      }
    }
    console.log(`\n${passed} passed, ${failed} failed, ${skipped} skipped`);
  }
}
