// Login, logout, and the session that a reload of the page finds.
import { ApiError, request } from './api.ts';
import { ended, type Session, session } from './session-state.ts';

const PATH = '/admin/v1/session';

/** Resolves when it is known whether there is a session. @throws ApiError: the server does not say */
export async function findSession(): Promise<void> {
  try {
    session.value = (await request('GET', PATH)) as Session;
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    session.value = null;
  }
}

/** @throws ApiError: 401 for a wrong token */
export async function logIn(token: string): Promise<void> {
  session.value = (await request('POST', PATH, { token })) as Session;
  ended.value = false;
}

/** @throws ApiError: the session may still be valid */
export async function logOut(): Promise<void> {
  try {
    await request('DELETE', PATH);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  ended.value = false;
  session.value = null;
}
