// How the commands of operators do their work: all through the admin API, so that each is written once.
// With COUPONRUSH_ADMIN_URL it is a server's, over HTTP: no password of a database is needed, and the server checks who
// asks. Without it, it is the same code in this process, on the stores of this machine: anyone who has their passwords
// is admin.
import type { Config } from '../config.ts';
import { CommandFailure, EXIT_FAILED, EXIT_USAGE } from './action.ts';
import type { AdminReply, AdminRequestText, AdminTransport, Report } from './admin-transport.ts';
import type { LocalNeeds } from './local-admin.ts';
import { remoteAdmin } from './remote-admin.ts';

/** What JSON makes of it. */
export type Json<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? readonly Json<Item>[]
    : T extends object
      ? { readonly [Key in keyof T]: Json<T[Key]> }
      : T;

export type Parameters = Readonly<Record<string, string | number | undefined>>;

export class AdminClient {
  readonly #transport: AdminTransport;
  constructor(transport: AdminTransport) {
    this.#transport = transport;
  }

  /** @throws CommandFailure */
  get<T>(path: string, parameters: Parameters = {}, report?: Report): Promise<T> {
    return this.#ask({ method: 'GET', path: withQuery(path, parameters), ...(report && { report }) });
  }

  /** @throws CommandFailure */
  post<T>(path: string, body: object = {}, report?: Report): Promise<T> {
    return this.#ask({ method: 'POST', path, body: JSON.stringify(body), ...(report && { report }) });
  }

  /** @throws CommandFailure */
  patch<T>(path: string, body: object): Promise<T> {
    return this.#ask({ method: 'PATCH', path, body: JSON.stringify(body) });
  }

  /** An answer that is no JSON, in pieces as they come. @throws CommandFailure, also in the midst of it */
  async *stream(path: string, parameters: Parameters = {}): AsyncGenerator<Uint8Array> {
    const reply = await this.#transport.send({ method: 'GET', path: withQuery(path, parameters) });
    if (reply.status !== 200) throw this.#refusal(reply, await this.#text(reply));
    yield* this.#pieces(reply);
  }

  async #ask<T>(request: AdminRequestText): Promise<T> {
    const reply = await this.#transport.send(request);
    const text = await this.#text(reply);
    if (reply.status >= 300) throw this.#refusal(reply, text);
    const answer = parse(text);
    if (answer === undefined || !reply.mediaType.startsWith('application/json')) throw this.#stranger(reply);
    return answer as T;
  }

  async *#pieces({ body }: AdminReply): AsyncGenerator<Uint8Array> {
    try {
      yield* body;
    } catch (error) {
      throw new CommandFailure(`the answer of ${this.#transport.place} broke off: ${(error as Error).message}`);
    }
  }

  async #text(reply: AdminReply): Promise<string> {
    const pieces: Uint8Array[] = [];
    for await (const piece of this.#pieces(reply)) pieces.push(piece);
    return Buffer.concat(pieces).toString('utf8');
  }

  #refusal(reply: AdminReply, text: string): CommandFailure {
    const problem = parse(text) as { code?: string; title?: string; detail?: string; fields?: Field[] } | undefined;
    const code = problem?.code;
    if (problem === undefined || code === undefined || !reply.mediaType.startsWith('application/problem+json'))
      return this.#stranger(reply);
    if (code === 'UNAUTHENTICATED_OPERATOR') {
      return new CommandFailure(
        `${this.#transport.place} does not know the token of COUPONRUSH_ADMIN_TOKEN`,
        EXIT_FAILED,
        code,
      );
    }
    // Every command asks for a path that the admin API has.
    if (code === 'NOT_FOUND') {
      const question = 'is this PORT instead of ADMIN_PORT, or an older server?';
      return new CommandFailure(`no such admin API at ${this.#transport.place} (404): ${question}`, EXIT_FAILED, code);
    }
    const fields = problem.fields?.map(({ field, problem: what }) => `${field.replace(/^\//, '')} ${what}`) ?? [];
    const sentence = fields.length > 0 ? fields.join('; ') : (problem.detail ?? problem.title ?? code);
    return new CommandFailure(sentence, EXIT_FAILED, code);
  }

  #stranger({ status }: AdminReply): CommandFailure {
    return new CommandFailure(
      `what answers at ${this.#transport.place} is not an admin API of couponrush (status ${status})`,
    );
  }
}

interface Field {
  readonly field: string;
  readonly problem: string;
}

/**
 * Runs the work with the admin API, and releases it in every case.
 * @throws CommandFailure if it can't be reached
 */
export async function withAdmin<T>(
  config: Config,
  work: (admin: AdminClient) => Promise<T>,
  needs: LocalNeeds = {},
): Promise<T> {
  const { adminUrl, adminClientToken } = config;
  if (adminUrl === null && adminClientToken === null) {
    // A framework and its schemas: not for commands that ask a server, or only print help.
    const { localAdmin } = await import('./local-admin.ts');
    return localAdmin(config, (transport) => work(new AdminClient(transport)), needs);
  }
  if (adminUrl === null || adminClientToken === null) {
    throw new CommandFailure('COUPONRUSH_ADMIN_URL and COUPONRUSH_ADMIN_TOKEN (or its _FILE) go together', EXIT_USAGE);
  }
  return work(new AdminClient(remoteAdmin(adminUrl, adminClientToken)));
}

function withQuery(path: string, parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** undefined: no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
