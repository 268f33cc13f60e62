-- Pseudonyms: they stand for users who asked to be erased. The range is one that no user can have (src/pseudonym.ts), so
-- that a pseudonym goes through every column and script as a user id does.

CREATE TABLE erased_user (
  pseudonym    BIGINT      NOT NULL AUTO_INCREMENT,
  -- Whom it stands for, only while the erasure is under way: a crash in between is completed by asking again. NULL: done.
  user_id      BIGINT      NULL,
  requested_at DATETIME(3) NOT NULL,
  completed_at DATETIME(3) NULL,
  PRIMARY KEY (pseudonym),
  UNIQUE KEY erased_user_under_way (user_id)
) ENGINE = InnoDB AUTO_INCREMENT = 9006000000000001 DEFAULT CHARSET = utf8mb4;

-- What became of one user's coupon: support asks for it while somebody is on the phone.
CREATE INDEX coupon_audit_of_user ON coupon_audit (user_id, coupon_id);
