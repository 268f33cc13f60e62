// Waiting for something outside this process, and going on without it after a while.

/** @returns what `work` gave within the time, else undefined; any later outcome is dropped */
export async function orUndefinedAfter<T>(work: Promise<T>, withinMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), Math.max(0, withinMs));
  });
  work.catch(() => {});
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
