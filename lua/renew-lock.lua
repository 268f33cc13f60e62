#!lua
-- renew-lock: keeps a lock that the caller still holds. One that expired is not taken again: another process may have
-- held it in between.
--
-- KEYS[1] lock    string with expiry
-- ARGV[1] token   of the caller
-- ARGV[2] lockMs  from now until the lock expires
--
-- Reply 1, or 0 if the caller does not hold the lock (any more).
local lockKey, token, lockMs = KEYS[1], ARGV[1], tonumber(ARGV[2])

if #KEYS ~= 1 or #ARGV ~= 2 or token == '' or not lockMs or lockMs < 1 then
  return redis.error_reply('ERR renew-lock: malformed arguments')
end
if redis.call('GET', lockKey) ~= token then
  return 0
end
return redis.call('PEXPIRE', lockKey, lockMs)
