// Bodies of the admin API as bytes: they must be UTF-8. Otherwise each broken sequence would become U+FFFD on its way,
// and a name in another encoding would be stored as something that its operator never wrote. An empty body is an empty
// object.
import type { FastifyError, FastifyInstance } from 'fastify';

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function readJsonStrictly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      const error: Partial<FastifyError> = new Error('The body is not UTF-8');
      error.statusCode = 400;
      done(error as FastifyError);
      return;
    }
    // Clients that always send the header send it without a body as well.
    if (text.trim() === '') {
      done(null, {});
      return;
    }
    void parseJson(request, text, done);
  });
}
