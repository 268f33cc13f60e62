// Redis and MySQL in containers, for a machine that has Docker but not the servers.
// Promise: the same settings and the same folders as on the machine itself; each container is the foreground of one
// `docker run --rm` child, and its port is published on 127.0.0.1 only.
// A kill -9 of that child leaves the container: it has a name made of its folder, and the next start removes it.
import { createHash } from 'node:crypto';
import type { MysqlProgram, Program } from './program.ts';
import { readOutput } from './run-program.ts';

const REDIS_IMAGE = 'redis:7.0';
const MYSQL_IMAGE = 'mysql:8.0';
/** What the container calls the folder. */
const FOLDER = '/data';
const ANSWER_WITHIN_MS = 5000;
const COMMAND_WITHIN_MS = 30_000;
const PULL_WITHIN_MS = 600_000;

export async function dockerAnswers(): Promise<boolean> {
  return (await readOutput('docker', ['info', '--format', '{{.ServerVersion}}'], ANSWER_WITHIN_MS)) !== null;
}

async function ensureImage(image: string, progress: (line: string) => void): Promise<void> {
  if ((await readOutput('docker', ['image', 'inspect', image], COMMAND_WITHIN_MS)) !== null) return;
  progress(`docker pull ${image} (a minute or more) ...`);
  if ((await readOutput('docker', ['pull', image], PULL_WITHIN_MS)) === null) {
    throw new Error(`Docker could not get the image ${image}: try \`docker pull ${image}\``);
  }
}

function inContainer(image: string, entrypoint: string, containerPort: number): Program {
  const nameFor = (folder: string): string =>
    `couponrush-${entrypoint}-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`;
  // The files belong to the user who runs us, as with a server on the machine itself.
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  return {
    place: () => ({ folder: FOLDER, port: containerPort, address: '0.0.0.0' }),
    launch(args, folder, port) {
      const name = nameFor(folder);
      const publish = port === null ? [] : ['--publish', `127.0.0.1:${port}:${containerPort}`];
      const run = ['run', '--rm', '--name', name, '--user', user, '--volume', `${folder}:${FOLDER}`, ...publish];
      return {
        file: 'docker',
        args: [...run, '--entrypoint', entrypoint, image, ...args],
        signal: async (signal) =>
          (await readOutput('docker', ['kill', '--signal', signal, name], COMMAND_WITHIN_MS)) !== null,
      };
    },
    async clear(folder) {
      await readOutput('docker', ['rm', '--force', nameFor(folder)], COMMAND_WITHIN_MS);
    },
  };
}

export async function dockerRedis(progress: (line: string) => void): Promise<Program> {
  await ensureImage(REDIS_IMAGE, progress);
  return inContainer(REDIS_IMAGE, 'redis-server', 6379);
}

export async function dockerMysql(progress: (line: string) => void): Promise<MysqlProgram> {
  await ensureImage(MYSQL_IMAGE, progress);
  return { ...inContainer(MYSQL_IMAGE, 'mysqld', 3306), flavour: 'mysql', installDb: null };
}
