// Answers that are sent as they are made: a million lines in flat memory, because a reader that is slow is waited for.
// A failure after the first line breaks the connection: a list that ends in good order is complete.
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A reader that takes nothing for so long is cut off. */
const STALL_MS = 120_000;

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
  if (socket instanceof Socket) {
    socket.setTimeout(stallMs, () => socket.destroy());
    stream.once('close', () => socket.setTimeout(0));
  }
  return reply.send(stream);
}
