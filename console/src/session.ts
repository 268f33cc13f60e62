// Login, logout, and the session that a reload of the page finds.
import { ApiError, call } from './api.ts';
import { ended, session } from './session-state.ts';

/** Resolves when it is known whether there is a session. @throws ApiError: the server does not say */
export async function findSession(): Promise<void> {
  try {
    session.value = await call('readSession');
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    session.value = null;
  }
}

/** @throws ApiError: 401 for a wrong token */
export async function logIn(token: string): Promise<void> {
  session.value = await call('beginSession', { body: { token } });
  ended.value = false;
}

/** @throws ApiError: the session may still be valid */
export async function logOut(): Promise<void> {
  try {
    await call('endSession');
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
  }
  ended.value = false;
  session.value = null;
}
