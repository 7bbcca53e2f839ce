import { existsSync, readFileSync } from 'node:fs';

// Adds up what jest wrote about several runs (--json --outputFile), names every skipped test, and closes with the
// line `N passed, N failed, N skipped`. Fails where a test failed or was skipped, a suite or a
// run did not come to its end, or nothing passed.

const paths = process.argv.slice(2);
const unfinished = paths.filter((path) => !existsSync(path));
const runs = paths.filter(existsSync).map((path) => JSON.parse(readFileSync(path, 'utf8')));
const suites = runs.flatMap((run) => run.testResults);
const tests = suites.flatMap((suite) => suite.assertionResults);
const broken = suites.filter((suite) => suite.status === 'failed' && suite.assertionResults.length === 0);
const skipped = tests.filter((test) => !['passed', 'failed'].includes(test.status));

const passed = tests.filter((test) => test.status === 'passed').length;
const failed = tests.filter((test) => test.status === 'failed').length + broken.length + unfinished.length;

for (const path of unfinished) console.log(`a run ended without a result: ${path}`);
for (const suite of broken) console.log(`did not run: ${suite.name}`);
for (const test of skipped) console.log(`skipped: ${test.fullName}`);
process.exitCode = failed > 0 || skipped.length > 0 || passed === 0 ? 1 : 0;
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
