-- What the user that couponrush runs as may do in MySQL or MariaDB, and nothing else. Made from src/store/rights.ts by
-- `npm run docs`. `couponrush migrate` with MYSQL_MIGRATION_URL grants exactly this, after each migration; this file is for
-- those who give rights by hand. It needs the tables: migrate first. deploy/mysql/create-users.sh shows how the users are made.

GRANT SELECT, INSERT, UPDATE ON `couponrush`.`coupon` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE ON `couponrush`.`user_coupon` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE (result, user_id, detail) ON `couponrush`.`coupon_audit` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE (user_id, refusal, raw), DELETE ON `couponrush`.`dead_letter_resolution` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, DELETE ON `couponrush`.`declared_loss` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, DELETE ON `couponrush`.`reissued_range` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT ON `couponrush`.`installation` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, DELETE ON `couponrush`.`installation_claim` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON `couponrush`.`grant_witness` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON `couponrush`.`possible_loss` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE ON `couponrush`.`erased_user` TO 'couponrush_app'@'%';
GRANT SELECT ON `couponrush`.`user_id_type` TO 'couponrush_app'@'%';
GRANT SELECT, UPDATE ON `couponrush`.`event_log` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, DELETE ON `couponrush`.`event_segment` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, UPDATE ON `couponrush`.`event_progress` TO 'couponrush_app'@'%';
GRANT SELECT, INSERT, DELETE ON `couponrush`.`event_hole` TO 'couponrush_app'@'%';
GRANT SELECT, UPDATE ON `couponrush`.`webhook_delivery` TO 'couponrush_app'@'%';
GRANT SELECT ON `couponrush`.`schema_migration` TO 'couponrush_app'@'%';
