// A test file whose tests are done, and whose process does not end: something of the test's own is left open. That says
// nothing about couponrush, so it is told and ended, instead of running into the time limit of the file.
import { after } from 'node:test';

const ENDS_WITHIN_MS = 5000;

// Only in a process of the test runner: others start servers by the same modules.
if (process.env.NODE_TEST_CONTEXT) {
  after(() => {
    // Keeps nothing open itself: a process that can end does so before.
    setTimeout(() => {
      console.error(`held open by ${process.getActiveResourcesInfo().join(', ')}`);
      process.exit();
    }, ENDS_WITHIN_MS).unref();
  });
}
