#!lua
-- lower-stock: lowers the stock before MySQL does, so that no coupon is issued that MySQL would then have no room for.
-- Never raises: what is smaller already, set manually or by another lowering, stays as it is. So a caller who has lost
-- the lock of MySQL's coupon row does no harm. If MySQL does not follow, a restore raises the stock again, which is a
-- move with a version of its own (see src/coupons/restore.ts).
--
-- KEYS[1] stock    string
-- KEYS[2] holders  set
-- KEYS[3] meta     hash: version; total is lowered too, so that no manual change takes it back. Gets `lowering` until
--                  apply-coupon, which distinguishes this from a stock set manually
-- KEYS[4] lock     string: token of a rebuild, if there is one
-- ARGV[1] version  of MySQL's coupon row
-- ARGV[2] stock    the new one
--
-- Reply {status, holders}, where status is
--   lowered       no more than the new stock are issued from now on
--   below-issued  there are more holders than the new stock; nothing was changed
--   not-ready     not complete in Redis, at another version, or being rebuilt (with what MySQL said before); nothing
--                 was changed
local stockKey, holdersKey, metaKey, lockKey = unpack(KEYS)
local version, stock = ARGV[1], tonumber(ARGV[2])

if #KEYS ~= 4 or #ARGV ~= 2 or not stock or not string.find(ARGV[2], '^%d+$') then
  return redis.error_reply('ERR lower-stock: malformed arguments')
end
local holders = redis.call('SCARD', holdersKey)
if redis.call('EXISTS', lockKey) == 1 or redis.call('EXISTS', stockKey) == 0
  or redis.call('HGET', metaKey, 'version') ~= version then
  return { 'not-ready', holders }
end
if holders > stock then
  return { 'below-issued', holders }
end
local function isLarger(text)
  return not (text and string.find(text, '^%d+$') and #text <= 15 and tonumber(text) <= stock)
end
local present, total = redis.call('GET', stockKey), redis.call('HGET', metaKey, 'total')
redis.call('HSET', metaKey, 'lowering', version)
if isLarger(total) then
  redis.call('HSET', metaKey, 'total', ARGV[2])
end
if isLarger(present) then
  redis.call('SET', stockKey, ARGV[2])
end
return { 'lowered', holders }
