#!lua
-- release-lock: gives a lock back, if the caller still holds it.
--
-- KEYS[1] lock   string with expiry
-- ARGV[1] token  of the caller
--
-- Reply 1, or 0 if the caller does not hold the lock (any more).
local lockKey, token = KEYS[1], ARGV[1]

if #KEYS ~= 1 or #ARGV ~= 1 or token == '' then
  return redis.error_reply('ERR release-lock: malformed arguments')
end
if redis.call('GET', lockKey) ~= token then
  return 0
end
return redis.call('DEL', lockKey)
