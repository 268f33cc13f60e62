-- The log of events: what was issued, revoked, erased and moved, in one order for all coupons. It holds no user: an event
-- is an interval of rows of user_coupon, or a record of coupon_audit, and whom it concerns is read there when it is
-- delivered. See docs/decisions/event-log.md.

CREATE TABLE event_log (
  only_row   TINYINT      NOT NULL DEFAULT 1,
  -- Of the last event. Its row is locked by whoever appends, so ids are committed in their order.
  last_id    BIGINT       NOT NULL DEFAULT 0,
  -- Events up to this one were removed.
  removed_id BIGINT       NOT NULL DEFAULT 0,
  -- The node that appends and delivers, and until when. It saves work; the lock above is what keeps the order.
  owner      VARCHAR(100) NULL,
  owned_until DATETIME(3) NULL,
  PRIMARY KEY (only_row),
  CONSTRAINT event_log_only_row CHECK (only_row = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT IGNORE INTO event_log (only_row) VALUES (1);

-- Events with consecutive ids.
CREATE TABLE event_segment (
  first_id       BIGINT      NOT NULL,
  last_id        BIGINT      NOT NULL,
  coupon_id      BIGINT      NOT NULL,
  -- Issued: the number of the first event; the next ones follow. NULL: a move.
  first_sequence BIGINT      NULL,
  -- A move: its record in coupon_audit.
  audit_id       BIGINT      NULL,
  appended_at    DATETIME(3) NOT NULL,
  PRIMARY KEY (first_id),
  CONSTRAINT event_segment_order CHECK (last_id >= first_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- How much of a coupon is in the log.
CREATE TABLE event_progress (
  coupon_id     BIGINT  NOT NULL,
  -- Every row up to this number is in the log, but for those in event_hole.
  last_sequence BIGINT  NOT NULL,
  -- Every move up to this version is in the log.
  last_version  BIGINT  NOT NULL,
  -- Of the coupon's row when it was last looked at: as long as they are the same, nothing is new.
  seen_version  BIGINT  NOT NULL,
  seen_stock    BIGINT  NOT NULL,
  -- 1: something that was seen is not in the log yet.
  pending       TINYINT NOT NULL,
  PRIMARY KEY (coupon_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- Numbers below last_sequence that had no row when the log went past them. A row that comes later is found by them.
CREATE TABLE event_hole (
  coupon_id      BIGINT NOT NULL,
  first_sequence BIGINT NOT NULL,
  last_sequence  BIGINT NOT NULL,
  PRIMARY KEY (coupon_id, first_sequence),
  CONSTRAINT event_hole_order CHECK (last_sequence >= first_sequence)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

-- How far the webhook is.
CREATE TABLE webhook_delivery (
  only_row      TINYINT      NOT NULL DEFAULT 1,
  -- Events up to this one were accepted by the receiver, or are dead. NULL: not begun.
  delivered_id  BIGINT       NULL,
  -- Tries of the next batch that failed, and since when.
  attempts      INT          NOT NULL DEFAULT 0,
  failing_since DATETIME(3)  NULL,
  last_failure  VARCHAR(200) NULL,
  -- Events that were given up.
  dead          BIGINT       NOT NULL DEFAULT 0,
  PRIMARY KEY (only_row),
  CONSTRAINT webhook_delivery_only_row CHECK (only_row = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

INSERT IGNORE INTO webhook_delivery (only_row) VALUES (1);

CREATE INDEX coupon_audit_of_version ON coupon_audit (coupon_id, version_after);
