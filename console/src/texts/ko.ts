import type { en as english } from './en.ts';
import { after } from './ko/after.ts';
import { create } from './ko/create.ts';
import { errors } from './ko/errors.ts';
import { events } from './ko/events.ts';
import { frame } from './ko/frame.ts';
import { gaps } from './ko/gaps.ts';
import { login } from './ko/login.ts';
import { moves } from './ko/moves.ts';
import { people } from './ko/people.ts';
import { phase } from './ko/phase.ts';
import { rehearsal } from './ko/rehearsal.ts';
import { runbook } from './ko/runbook.ts';
import { rush } from './ko/rush.ts';
import { system } from './ko/system.ts';
import { user } from './ko/user.ts';

export const ko = {
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
} satisfies Record<keyof typeof english, object>;
