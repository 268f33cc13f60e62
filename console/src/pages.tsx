// Which component draws which address, and what stands in the navigation. A new page: a line here, one in
// route.ts, its file in pages/, its texts in texts/en and texts/ko, its styles in styles/pages.
import type { ComponentType } from 'preact';
import type { Operations } from './api-types.ts';
import { After } from './pages/after.tsx';
import { Create } from './pages/create.tsx';
import { Events } from './pages/events.tsx';
import { People } from './pages/people.tsx';
import { Rehearsal } from './pages/rehearsal.tsx';
import { Runbook } from './pages/runbook.tsx';
import { Rush } from './pages/rush.tsx';
import { System } from './pages/system.tsx';
import { User } from './pages/user.tsx';
import type { PageName, PageProps } from './route.ts';

interface Page {
  readonly component: ComponentType<PageProps>;
  readonly title: `${Exclude<PageName, 'users'>}.title`;
  /** The operation that the page is of no use without. */
  readonly needs: keyof Operations;
}

export const pages: Readonly<Record<PageName, Page>> = {
  events: { component: Events, title: 'events.title', needs: 'listCoupons' },
  create: { component: Create, title: 'create.title', needs: 'createCoupon' },
  rush: { component: Rush, title: 'rush.title', needs: 'readCoupon' },
  after: { component: After, title: 'after.title', needs: 'readReport' },
  users: { component: User, title: 'user.title', needs: 'readUser' },
  user: { component: User, title: 'user.title', needs: 'readUser' },
  people: { component: People, title: 'people.title', needs: 'listCoupons' },
  system: { component: System, title: 'system.title', needs: 'readSystem' },
  rehearsal: { component: Rehearsal, title: 'rehearsal.title', needs: 'listRehearsals' },
  runbook: { component: Runbook, title: 'runbook.title', needs: 'readStatus' },
};

/** In this order. */
export const navigation: readonly PageName[] = ['events', 'create', 'users', 'rehearsal', 'people', 'system'];
