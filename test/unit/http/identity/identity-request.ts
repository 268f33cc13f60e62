// A request as the ways of identification see it.

import type { HttpRequest } from '../../../../src/http/engine/engine.ts';
import { RequestHeaders } from '../../../../src/http/request-headers.ts';

export function identityRequest(path: string, ...headers: [string, string][]): [RequestHeaders, HttpRequest] {
  const request = {
    getUrl: () => path,
    forEach: (visit: (name: string, value: string) => void) => {
      for (const [name, value] of headers) visit(name, value);
    },
  } as unknown as HttpRequest;
  const read = new RequestHeaders();
  read.read(request);
  return [read, request];
}
