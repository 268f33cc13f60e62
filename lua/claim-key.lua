#!lua
-- claim-key: binds an Idempotency-Key of a user to the coupon that it was sent for first.
--
-- KEYS[1] claim    string: id of that coupon
-- ARGV[1] coupon   id
-- ARGV[2] claimMs  from now for which the binding holds at least
--
-- Reply: id of the coupon that the key is bound to.
local claimKey, coupon, claimMs = KEYS[1], ARGV[1], tonumber(ARGV[2])

if #KEYS ~= 1 or #ARGV ~= 2 or not claimMs or claimMs < 1 or not string.find(coupon, '^[1-9]%d*$') then
  return redis.error_reply('ERR claim-key: malformed arguments')
end
local bound = redis.call('GET', claimKey)
if not bound then
  redis.call('SET', claimKey, coupon, 'PX', claimMs)
  return coupon
end
if bound == coupon and redis.call('PTTL', claimKey) < claimMs then
  redis.call('PEXPIRE', claimKey, claimMs)
end
return bound
