-- Sequence numbers that were given to users, and are in no store any more: Redis lost them before MySQL had them.
-- They explain gaps in the sequence, and are the only numbers that may be given again.

CREATE TABLE declared_loss (
  id             BIGINT       NOT NULL AUTO_INCREMENT,
  coupon_id      BIGINT       NOT NULL,
  first_sequence BIGINT       NOT NULL,
  last_sequence  BIGINT       NOT NULL,
  reason         VARCHAR(200) NOT NULL,
  detected_at    DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  UNIQUE KEY declared_loss_range (coupon_id, first_sequence),
  CONSTRAINT declared_loss_order CHECK (first_sequence >= 1 AND last_sequence >= first_sequence)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
