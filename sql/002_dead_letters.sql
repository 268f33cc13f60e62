-- Grants that an operator gave up on purpose: a row that MySQL refuses and that will never be written.
-- The user stays a holder in Redis; this record is what explains the gap in the sequence.

CREATE TABLE dead_letter_resolution (
  id          BIGINT       NOT NULL AUTO_INCREMENT,
  coupon_id   BIGINT       NOT NULL,
  -- Id of the dead letter in Redis' stream coupon:{id}:dead.
  dead_id     VARCHAR(41)  NOT NULL,
  -- NULL where the outbox entry could not be read; raw then holds what it contained.
  user_id     BIGINT       NULL,
  sequence    BIGINT       NULL,
  issued_at   DATETIME(3)  NULL,
  code        VARCHAR(64)  NOT NULL,
  refusal     VARCHAR(500) NOT NULL,
  raw         TEXT         NULL,
  reason      VARCHAR(500) NOT NULL,
  resolved_at DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY dead_letter_resolution_once (coupon_id, dead_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
