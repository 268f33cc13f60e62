-- Sequence numbers that were given to users by a Redis that lost them before MySQL had them, and that were above everything
-- that survived: its successor gives them again. Only the HTTP workers still knew of them, and wrote this down.

CREATE TABLE reissued_range (
  coupon_id      BIGINT      NOT NULL,
  epoch          BIGINT      NOT NULL,
  first_sequence BIGINT      NOT NULL,
  last_sequence  BIGINT      NOT NULL,
  detected_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (coupon_id, epoch),
  CONSTRAINT reissued_range_order CHECK (first_sequence >= 1 AND last_sequence >= first_sequence)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
