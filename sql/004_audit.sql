-- Every move of an operator, written in the same transaction as the move itself. It is also what a crash between MySQL
-- and Redis is healed from: as long as a move is RECORDED, Redis may not have it.

CREATE TABLE coupon_audit (
  id             BIGINT       NOT NULL AUTO_INCREMENT,
  at             DATETIME(3)  NOT NULL,
  -- Where the move came from, e.g. `cli alice@host`, `api 127.0.0.1`, `auto-preload`.
  actor          VARCHAR(150) NOT NULL,
  action         VARCHAR(16)  NOT NULL,
  coupon_id      BIGINT       NOT NULL,
  -- Whose coupon was revoked.
  user_id        BIGINT       NULL,
  version_before BIGINT       NULL,
  version_after  BIGINT       NULL,
  -- JSON objects with the fields that the move changed.
  before_move    TEXT         NULL,
  after_move     TEXT         NULL,
  -- RECORDED: in MySQL. APPLIED: in Redis as well. REFUSED: nothing was changed, `detail` says why.
  result         VARCHAR(10)  NOT NULL,
  detail         VARCHAR(500) NULL,
  PRIMARY KEY (id),
  KEY coupon_audit_of_coupon (coupon_id, id),
  KEY coupon_audit_recorded (result, coupon_id),
  CONSTRAINT coupon_audit_result CHECK (result IN ('RECORDED', 'APPLIED', 'REFUSED'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
