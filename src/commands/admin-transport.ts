// The way to an admin API: over HTTP, or in this process.

export interface AdminRequestText {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** With its query, behind /admin/v1. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  /** Called with the progress of long work; not over HTTP. */
  readonly report?: Report;
}

export interface AdminReply {
  readonly status: number;
  readonly mediaType: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The way to an admin API. */
export interface AdminTransport {
  /** Named in sentences. */
  readonly place: string;
  send(request: AdminRequestText): Promise<AdminReply>;
}

export type Report = (done: number, total: number | null) => void;
