// One couponrush for each port. uWebSockets.js listens with SO_REUSEPORT, so a second server on the same port would not
// fail: it would silently take half of the requests. So the port is claimed before a worker listens.
import { createServer, type Server } from 'node:net';

export class PortTaken extends Error {
  override name = 'PortTaken';
}

const RETRY_EVERY_MS = 200;

function listen(server: Server, options: { path: string } | { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ ...options, exclusive: true }, () => resolve(true));
  });
}

/** Whether nobody listens there, with or without SO_REUSEPORT: a plain bind meets both. */
async function isFree(host: string, port: number): Promise<boolean> {
  const probe = createServer();
  const free = await listen(probe, { host, port });
  await new Promise<void>((resolve) => (free ? probe.close(() => resolve()) : resolve()));
  return free;
}

/**
 * Claims the port for this process, until it ends however it ends. On Linux the claim is a socket in the abstract
 * namespace, which the kernel removes with its process. Workers of a primary that was just killed may hold the port for
 * as long as they drain: `waitMs` outlasts them.
 * @throws PortTaken
 */
export async function claimPort(host: string, port: number, waitMs: number): Promise<void> {
  if (process.platform === 'linux') {
    const claim = createServer();
    if (!(await listen(claim, { path: `\0couponrush-port-${port}` }))) {
      throw new PortTaken(`port ${port} is served by another couponrush`);
    }
    claim.unref();
  }
  const startMs = performance.now();
  while (!(await isFree(host, port))) {
    if (performance.now() - startMs > waitMs) throw new PortTaken(`port ${port} on ${host} is in use`);
    await new Promise((resolve) => setTimeout(resolve, RETRY_EVERY_MS));
  }
}
