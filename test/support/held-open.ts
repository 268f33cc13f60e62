// A test file whose tests are done, and whose process does not end: a test has left something open. That fails the
// file, by name and within seconds, instead of at the time limit.
import { after } from 'node:test';

const ENDS_WITHIN_MS = Number(process.env.TEST_ENDS_WITHIN_MS ?? 5000);

// Only in a process of the test runner: others start servers by the same modules.
if (process.env.NODE_TEST_CONTEXT) {
  after(() => {
    // Keeps nothing open itself: a process that can end does so before.
    setTimeout(() => {
      console.error(`held open by ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit(1);
    }, ENDS_WITHIN_MS).unref();
  });
}
