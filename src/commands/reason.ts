// --reason: kept in the audit table, and shown to anyone who reads it.
import { InvalidArgumentError } from 'commander';
import { isLine, LINE_MEANING } from '../coupons/text.ts';

const REASON_LENGTH_MAX = 500;

export function reasonOption(text: string): string {
  const length = [...text].length;
  if (length < 1 || length > REASON_LENGTH_MAX || !isLine(text)) {
    throw new InvalidArgumentError(`It must be ${LINE_MEANING}; 1 to ${REASON_LENGTH_MAX} characters.`);
  }
  return text;
}
