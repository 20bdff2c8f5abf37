// A Jest reporter: one plain last line with the counts, for people and scripts alike.

/** Prints `N passed, N failed` after everything else. A test file that cannot be loaded counts as one failure. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter((file) => file.testExecError !== undefined && file.numFailingTests === 0);
    const failed = results.numFailedTests + broken.length;
    process.stderr.write(`\n${results.numPassedTests} passed, ${failed} failed\n`);
  }
}
