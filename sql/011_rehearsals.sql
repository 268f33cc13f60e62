-- A coupon that is there to be rehearsed with. It is made so and never changes. A version that does not know the column
-- makes coupons that are none.

ALTER TABLE coupon ADD COLUMN rehearsal TINYINT NOT NULL DEFAULT 0;
