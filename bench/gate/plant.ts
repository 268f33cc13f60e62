// A planted regression, to show that the gate sees one: each reading of the clock in an HTTP worker also spins. Loaded
// by `node --import` before everything else, in no process but those that the gate starts with --plant.

const spinMs = Number(process.env.BENCH_PLANT_MICROS ?? 0) / 1000;

if (process.env.HTTP_WORKER_NUMBER !== undefined && spinMs > 0) {
  const read = performance.now.bind(performance);
  performance.now = () => {
    const startMs = read();
    let nowMs = startMs;
    while (nowMs - startMs < spinMs) nowMs = read();
    return nowMs;
  };
}
