#!lua
-- load: opens one coupon with the holders of a finished rebuild. All of it changes in this one step.
--
-- KEYS[1] lock     string: token of the rebuild that may write; released
-- KEYS[2] stock    string, set
-- KEYS[3] holders  set, replaced by staging
-- KEYS[4] meta     hash, replaced
-- KEYS[5] staging  set of user ids
-- KEYS[6] revoked  set of user ids
-- KEYS[7] keys     hash, removed: which number was issued under which Idempotency-Key may not be true any more
-- KEYS[8] brake    hash: while it exists, a coupon that MySQL says is open is paused (see lua/brake.lua)
-- ARGV[1] token     of the caller
-- ARGV[2] stock     how many coupons may be issued in total
-- ARGV[3] state     open, paused or closed
-- ARGV[4] opensAt   milliseconds since 1970, 0 = no bound
-- ARGV[5] closesAt  milliseconds since 1970, 0 = no bound
-- ARGV[6] sequence  last number given
-- ARGV[7] epoch     of MySQL's coupon row: what was read from the outbox under an earlier one is refused there
-- ARGV[8] version   of MySQL's coupon row
--
-- Reply {status, holders}, where status is
--   loaded  open for decisions. meta.unheld = sequence - holders - revoked: the numbers that no one holds. As long as
--           only decisions change the coupon it stays the same, which shows whether anything else changed it.
--           meta.base = sequence: what is given from now on is above it. meta.total = stock: a larger stock that is set
--           manually later issues nothing more
--   fenced  the caller does not hold the lock (any more), or the coupon was moved to a later version since it was read
--           (meta.moved, see lua/apply-coupon.lua); nothing was changed
--   over    there are more holders than stock (I1); nothing was changed
local lockKey, stockKey, holdersKey, metaKey, stagingKey, revokedKey, keysKey, brakeKey = unpack(KEYS)
local token, stock, state, opensAt, closesAt = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local sequence, epoch, version = ARGV[6], ARGV[7], ARGV[8]

local function isCount(text)
  return string.find(text, '^%d+$') and #text <= 15
end
if #KEYS ~= 8 or #ARGV ~= 8 or token == '' or not isCount(stock) or not isCount(opensAt) or not isCount(closesAt)
  or not isCount(sequence) or not isCount(epoch) or not isCount(version)
  or not (state == 'open' or state == 'paused' or state == 'closed') then
  return redis.error_reply('ERR load: malformed arguments')
end
if redis.call('GET', lockKey) ~= token then
  return { 'fenced', 0 }
end
local moved = redis.call('HGET', metaKey, 'moved')
if moved and tonumber(moved) > tonumber(version) then
  return { 'fenced', 0 }
end
local holders, revoked = redis.call('SCARD', stagingKey), redis.call('SCARD', revokedKey)
if holders > tonumber(stock) then
  return { 'over', holders }
end

if state == 'open' and redis.call('EXISTS', brakeKey) == 1 then
  state = 'paused'
end
redis.call('UNLINK', holdersKey, metaKey, keysKey)
if holders > 0 then
  redis.call('RENAME', stagingKey, holdersKey)
end
redis.call('HSET', metaKey, 'state', state, 'opensAt', opensAt, 'closesAt', closesAt, 'sequence', sequence,
  'epoch', epoch, 'version', version, 'total', stock, 'base', sequence,
  'unheld', string.format('%.0f', tonumber(sequence) - holders - revoked))
redis.call('SET', stockKey, stock)
redis.call('DEL', lockKey)
return { 'loaded', holders }
