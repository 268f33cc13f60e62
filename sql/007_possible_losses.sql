-- Redis may have lost grants that only it and the HTTP workers knew of. Workers that lived through the loss declare
-- what they were told of (reissued_range). Whether all of them did is known from the first table; if not, the second
-- one keeps what may be lost.

CREATE TABLE grant_witness (
  -- Node and HTTP worker. The successor of a process has its name.
  name     VARCHAR(100) NOT NULL,
  -- The process that has the name; NULL: none.
  instance VARCHAR(32)  NULL,
  heard_at DATETIME(3)  NOT NULL,
  -- Up to this possible_loss.id the process has declared all that it knows.
  answered BIGINT       NOT NULL,
  -- 1: an earlier process of this name has ended, and MySQL may not have all that it was told of.
  ended    TINYINT      NOT NULL,
  PRIMARY KEY (name)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE possible_loss (
  id             BIGINT       NOT NULL AUTO_INCREMENT,
  coupon_id      BIGINT       NOT NULL,
  -- Of the Redis process that came back.
  run_id         VARCHAR(64)  NOT NULL,
  -- Grants of histories before this one may be lost.
  epoch          BIGINT       NOT NULL,
  -- What may be lost: numbers above this one, at most so many, granted within this time.
  after_sequence BIGINT       NOT NULL,
  numbers_max    BIGINT       NOT NULL,
  granted_after  DATETIME(3)  NOT NULL,
  granted_before DATETIME(3)  NOT NULL,
  reason         VARCHAR(200) NOT NULL,
  detected_at    DATETIME(3)  NOT NULL,
  -- NULL: the HTTP workers are being asked. The row is removed if all of them have answered.
  confirmed_at   DATETIME(3)  NULL,
  PRIMARY KEY (id),
  KEY possible_loss_of_coupon (coupon_id, id),
  KEY possible_loss_pending (confirmed_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
