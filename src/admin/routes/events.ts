// What happened, for order, CRM and push systems: the log of events, read by a cursor.
import { MoveRefused } from '../../coupons/move.ts';
import { CursorExpired, eventJson, readEvents } from '../../events/feed.ts';
import type { Statements } from '../../store/database.ts';
import * as answers from '../answer-schemas.ts';
import { type AdminRoute, route } from '../route.ts';
import * as schemas from '../schemas.ts';

export const eventRoutes: readonly AdminRoute[] = [
  route<undefined, { after: number; limit: number }>({
    method: 'GET',
    path: '/admin/v1/events',
    operationId: 'listEvents',
    summary: 'What was issued, revoked, erased and moved, in one order',
    description:
      'A row of MySQL becomes an event within about a second after it was written. Ids rise, and no event is ' +
      'ever put in before one that was shown. Ask with the cursor of each answer for the next one.',
    query: schemas.eventsQuery,
    answer: answers.eventList,
    problems: ['CURSOR_EXPIRED', 'VALIDATION_FAILED'],
    handle: async ({ database }, { query }) => ({ body: await listEvents(database, query) }),
  }),
];

async function listEvents(
  database: Pick<Statements, 'query'>,
  { after, limit }: { after: number; limit: number },
): Promise<object> {
  try {
    const { events, cursor, hasMore } = await readEvents(database, after, limit);
    return { events: events.map(eventJson), cursor, hasMore };
  } catch (error) {
    if (!(error instanceof CursorExpired)) throw error;
    const detail = `Events after ${after} were removed, up to ${error.removedId}: begin again, with after=0`;
    throw new MoveRefused('CURSOR_EXPIRED', detail);
  }
}
