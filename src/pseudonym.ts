// Ids that stand for users who were erased (src/coupons/erase.ts). They are user ids to every column, script and
// comparison, and no user can have one: the issue API refuses them. Sixteen digits that begin with 9006.

export const PSEUDONYM_FIRST = 9_006_000_000_000_000;
export const PSEUDONYM_LAST = 9_006_999_999_999_999;

export function isPseudonym(userId: number): boolean {
  return userId >= PSEUDONYM_FIRST && userId <= PSEUDONYM_LAST;
}
