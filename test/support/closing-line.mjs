// A Jest reporter: one plain last line with the counts, for people and scripts alike.
import { writeSync } from 'node:fs';

/** Ends the output with `N passed, N failed`. A test file that cannot be loaded counts as one failure. */
export default class ClosingLine {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter((file) => file.testExecError !== undefined && file.numFailingTests === 0);
    const line = `${results.numPassedTests} passed, ${results.numFailedTests + broken.length} failed\n`;
    // Jest prints its own summary after the last reporter; only the end of the process comes later.
    process.once('exit', () => writeSync(1, line));
  }
}
