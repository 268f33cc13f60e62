// The admin API, as one list. Its paths, schemas and codes make openapi.json, and a test holds docs/api.md against it.
import type { AdminRoute } from './route.ts';
import { couponRoutes } from './routes/coupons.ts';
import { eventRoutes } from './routes/events.ts';
import { liveRoutes } from './routes/live.ts';
import { moveRoutes } from './routes/moves.ts';
import { overviewRoutes } from './routes/overview.ts';
import { peopleRoutes } from './routes/people.ts';
import { recoveryRoutes } from './routes/recovery.ts';
import { rehearsalRoutes } from './routes/rehearsals.ts';
import { reportRoutes } from './routes/reports.ts';
import { sessionRoutes } from './routes/session.ts';
import { systemRoutes } from './routes/system.ts';
import { userRoutes } from './routes/users.ts';

export function adminRoutes(): readonly AdminRoute[] {
  return [
    ...sessionRoutes,
    ...liveRoutes,
    ...overviewRoutes(),
    ...systemRoutes,
    ...couponRoutes,
    ...moveRoutes,
    ...peopleRoutes,
    ...eventRoutes,
    ...userRoutes,
    ...reportRoutes,
    ...rehearsalRoutes(),
    ...recoveryRoutes,
  ];
}
