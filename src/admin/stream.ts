// Answers that are sent as they are made: a million lines in flat memory, because a reader that is slow is waited for.
// A failure after the first line breaks the connection: a list that ends in good order is complete.
import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A reader that takes nothing for so long is cut off. */
const STALL_MS = 120_000;
/** Streams of a connection that have not ended; a client may ask for the next one before it has read the first. */
const running = new WeakMap<Socket, Set<Readable>>();

/** @param onEnd called once, however it ends */
export function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  texts: AsyncGenerator<string>,
  onEnd: () => void,
  stallMs = STALL_MS,
): FastifyReply {
  // HEAD wants to know that there is something, not what.
  const stream = request.method === 'HEAD' ? Readable.from([]) : Readable.from(texts, { objectMode: false });
  stream.once('close', onEnd);
  const { socket } = request.raw;
  if (socket instanceof Socket) endWithConnection(stream, socket, reply.raw, stallMs);
  return reply.send(stream);
}

/** An answer that waits for its turn on the connection does not hear by itself that the connection was closed. */
function endWithConnection(stream: Readable, socket: Socket, answer: ServerResponse, stallMs: number): void {
  const streams = running.get(socket) ?? new Set();
  if (!running.has(socket)) {
    running.set(socket, streams);
    socket.once('timeout', () => socket.destroy());
    socket.once('close', () => {
      for (const each of streams) each.destroy();
    });
  }
  streams.add(stream);
  socket.setTimeout(stallMs);
  if (socket.destroyed) stream.destroy();
  stream.once('close', () => {
    streams.delete(stream);
    // Once the answer is sent, the timeout is that of a connection at rest.
    if (streams.size === 0 && !answer.writableFinished) socket.setTimeout(0);
  });
}
