// A port on 127.0.0.1 for a server of a test: free a moment ago, outside the range of outgoing connections.
export { findFreePort as freePort } from '../../src/local/ports.ts';
