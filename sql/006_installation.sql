-- Which installation this database belongs to, and what it wrote into its Redis to make that one its own: see
-- docs/decisions/installation.md. The one row of `installation` is written by the first process that looks for it.

CREATE TABLE installation (
  only_row TINYINT     NOT NULL DEFAULT 1,
  id       CHAR(36)    NOT NULL,
  made_at  DATETIME(3) NOT NULL,
  PRIMARY KEY (only_row),
  CONSTRAINT installation_only_row CHECK (only_row = 1)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;

CREATE TABLE installation_claim (
  claim   CHAR(36)    NOT NULL,
  made_at DATETIME(3) NOT NULL,
  PRIMARY KEY (claim),
  KEY installation_claim_age (made_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
