import { after } from './en/after.ts';
import { create } from './en/create.ts';
import { errors } from './en/errors.ts';
import { events } from './en/events.ts';
import { frame } from './en/frame.ts';
import { gaps } from './en/gaps.ts';
import { login } from './en/login.ts';
import { moves } from './en/moves.ts';
import { people } from './en/people.ts';
import { phase } from './en/phase.ts';
import { rehearsal } from './en/rehearsal.ts';
import { runbook } from './en/runbook.ts';
import { rush } from './en/rush.ts';
import { system } from './en/system.ts';
import { user } from './en/user.ts';

/** One file for each page, and six for what all of them use. */
export const en = {
  after,
  create,
  errors,
  events,
  frame,
  gaps,
  login,
  moves,
  people,
  phase,
  rehearsal,
  runbook,
  rush,
  system,
  user,
};
