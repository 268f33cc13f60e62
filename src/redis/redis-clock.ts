// Redis' clock as seen from this process. Deadlines are decided by Redis TIME, never by a caller's wall clock, so a
// deadline on our monotonic clock must be expressed in Redis' time.

export class RedisClock {
  #offsetMs: number | null = null;

  /**
   * @param redisMs Redis TIME, milliseconds since 1970, read while the call was executed
   * @param receivedAtMs monotonic time at which the reply was here
   */
  observe(redisMs: number, receivedAtMs: number): void {
    // The reply was on its way since redisMs, so the true offset is this or more: a deadline computed with it comes
    // early by that delay, never late. Only the last reply counts: Redis' clock may have been set.
    this.#offsetMs = redisMs - receivedAtMs;
  }

  /** Redis' milliseconds at this moment, or a little before; null before the first observation. */
  now(): number | null {
    return this.#offsetMs === null ? null : this.toRedisMs(performance.now());
  }

  /** The monotonic time `atMs` in Redis' milliseconds, rounded down. 0 before the first observation: always past. */
  toRedisMs(atMs: number): number {
    return this.#offsetMs === null ? 0 : Math.floor(atMs + this.#offsetMs);
  }
}
