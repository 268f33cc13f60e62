#!lua
-- begin-rebuild: closes one coupon for its rebuild. Without a stock and a state nothing is decided (NOT_READY), even if
-- an operator sets the stock manually meanwhile. So the holders stand still until lua/load.lua opens it again. A crash
-- in between leaves the coupon closed, never half loaded and open.
--
-- KEYS[1] lock     string: token of the rebuild that may write
-- KEYS[2] stock    string, deleted
-- KEYS[3] staging  set, emptied
-- KEYS[4] revoked  set, emptied: MySQL knows all of it
-- KEYS[5] meta     hash, loses its state
-- ARGV[1] token    of the caller
-- ARGV[2] lockMs   from now until the lock expires
--
-- Reply 1, or 0 if the caller does not hold the lock (any more): nothing was changed.
local lockKey, stockKey, stagingKey, revokedKey, metaKey = unpack(KEYS)
local token, lockMs = ARGV[1], tonumber(ARGV[2])

if #KEYS ~= 5 or #ARGV ~= 2 or token == '' or not lockMs or lockMs < 1 then
  return redis.error_reply('ERR begin-rebuild: malformed arguments')
end
if redis.call('GET', lockKey) ~= token then
  return 0
end
redis.call('PEXPIRE', lockKey, lockMs)
redis.call('HDEL', metaKey, 'state')
redis.call('UNLINK', stockKey, stagingKey, revokedKey)
return 1
