-- The system of record. Statements end with a semicolon at the end of a line.
-- MySQL 8.0 and later, MariaDB 10.11 and later: nothing here is known to only one of them.

CREATE TABLE coupon (
  id              BIGINT       NOT NULL AUTO_INCREMENT,
  name            VARCHAR(100) NOT NULL,
  total_stock     BIGINT       NOT NULL,
  -- What is left: total_stock minus the rows of user_coupon that are not revoked.
  stock           BIGINT       NOT NULL,
  discount_type   VARCHAR(8)   NOT NULL DEFAULT 'FIXED',
  -- FIXED: in the currency's smallest unit. PERCENT: 1 to 100.
  discount_amount BIGINT       NOT NULL DEFAULT 0,
  opens_at        DATETIME(3)  NULL,
  closes_at       DATETIME(3)  NULL,
  expired_at      DATETIME(3)  NULL,
  -- DRAFT: not preloaded. OPEN: in Redis, and the clock decides within the window. PAUSED, CLOSED, ARCHIVED.
  state           VARCHAR(8)   NOT NULL DEFAULT 'DRAFT',
  -- Rises with each move of an operator. Redis' meta holds the version it knows of.
  version         BIGINT       NOT NULL DEFAULT 0,
  -- Rises each time Redis' content is compared with the rows or rebuilt from them. What a persister read from the outbox
  -- under an earlier epoch may contradict what Redis has decided since: it is refused, and read again.
  epoch           BIGINT       NOT NULL DEFAULT 0,
  created_at      DATETIME(3)  NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
  PRIMARY KEY (id),
  -- I1, held by the database itself.
  CONSTRAINT coupon_stock_left CHECK (stock >= 0 AND stock <= total_stock),
  CONSTRAINT coupon_discount_type CHECK (discount_type IN ('FIXED', 'PERCENT')),
  CONSTRAINT coupon_state CHECK (state IN ('DRAFT', 'OPEN', 'PAUSED', 'CLOSED', 'ARCHIVED'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- No foreign key to coupon: its shared lock on the coupon row, taken by each insert thread before the stock update of
-- the same transaction wants it exclusively, deadlocks two threads. The insert reads the coupon row instead.
CREATE TABLE user_coupon (
  id              BIGINT       NOT NULL AUTO_INCREMENT,
  coupon_id       BIGINT       NOT NULL,
  user_id         BIGINT       NOT NULL,
  sequence        BIGINT       NOT NULL,
  status          VARCHAR(10)  NOT NULL DEFAULT 'ISSUED',
  -- What the user was promised, as it was when the coupon was issued.
  name            VARCHAR(100) NOT NULL,
  discount_type   VARCHAR(8)   NOT NULL,
  discount_amount BIGINT       NOT NULL,
  expired_at      DATETIME(3)  NULL,
  issued_at       DATETIME(3)  NOT NULL,
  persisted_at    DATETIME(3)  NOT NULL,
  PRIMARY KEY (id),
  -- I2, held by the database itself.
  UNIQUE KEY user_coupon_one_each (coupon_id, user_id),
  -- A gap in the sequence proves a loss (I3), a repeated number an issuance too many.
  UNIQUE KEY user_coupon_sequence (coupon_id, sequence),
  KEY user_coupon_of_user (user_id, id),
  CONSTRAINT user_coupon_status CHECK (status IN ('ISSUED', 'USED', 'CANCELLED', 'EXPIRED', 'REVOKED'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
