-- What user ids are in this database: see USER_ID_TYPE in docs/user-ids.md. The one row is written by the process that
-- migrates (src/store/user-id-type.ts): a database that was used before is `number`. `to-text` for as long as
-- `couponrush migrate --user-ids text` changes the columns: no server starts then.

CREATE TABLE user_id_type (
  only_row    TINYINT     NOT NULL DEFAULT 1,
  type        VARCHAR(8)  NOT NULL,
  recorded_at DATETIME(3) NOT NULL,
  PRIMARY KEY (only_row),
  CONSTRAINT user_id_type_only_row CHECK (only_row = 1),
  CONSTRAINT user_id_type_known CHECK (type IN ('number', 'text', 'to-text'))
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
