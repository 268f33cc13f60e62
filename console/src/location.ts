// The page that is shown, as the address says.
import { signal } from '@preact/signals';
import { linkTo, type PageName, parseRoute, type Route } from './route.ts';

/** null: no page has this address. */
export const route = signal<Route | null>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  route.value = parseRoute(location.hash);
});

export function goTo(...target: Parameters<typeof linkTo>): void {
  location.hash = linkTo(...target);
}

/** Changes what stands behind the ? without a new page in the browser's history. */
export function replaceQuery(page: PageName, query: Readonly<Record<string, string | number>>): void {
  const { params = {} } = route.value ?? {};
  history.replaceState(null, '', linkTo(page, params, query));
  route.value = parseRoute(location.hash);
}
