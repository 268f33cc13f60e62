// Whether the admin API of a running couponrush answers: with it the persister is there, too.
import { ADMIN_TOKEN, type App } from './app.ts';

export async function adminAnswers(app: App): Promise<boolean> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const reply = await fetch(`${app.adminUrl}/admin/v1/coupons`, { headers }).catch(() => null);
  return reply?.status === 200;
}
