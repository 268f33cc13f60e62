// One coupon of one user, as each of the stores has it.

export interface Numbered {
  readonly user: number;
  readonly sequence: number;
}

/** In MySQL. */
export interface IssuedRow extends Numbered {
  /** The row keeps its number, but its user does not hold the coupon any more. */
  readonly revoked: boolean;
}
