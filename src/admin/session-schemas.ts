// What the login of the console takes and answers, as JSON Schema.
import { timeOut } from './answer-schemas.ts';
import { roles } from './principal.ts';
import { nullable, object, text } from './schemas.ts';

export const login = object({
  token: {
    type: 'string',
    minLength: 1,
    maxLength: 512,
    description: "an operator's own, or the shared one",
    examples: ['dcd8wRZ7cwvHXSxqYXhFBfvMO1bWz5fyUuE8QmDzPCU'],
  },
});
export const session = object({
  operator: { ...nullable(text), description: 'the name of the operator; null: the holder of the shared token' },
  role: { type: 'string', enum: roles },
  expiresAt: {
    ...nullable(timeOut),
    description: 'the end of the session if no other request comes; null: the request has a token, and no session',
  },
});
export const nothing = object({});
