#!lua
-- stage: adds users to a set of an unfinished rebuild, and renews its lock.
--
-- KEYS[1] lock    string: token of the rebuild that may write
-- KEYS[2] target  set: staging or revoked
-- ARGV[1] token   of the caller
-- ARGV[2] lockMs  from now until the lock expires
-- ARGV[3...] user at most 5000, of the form USER_ID (src/user-id.ts); none only renews the lock
--
-- Reply: how many were new, or -1 if the caller does not hold the lock (any more): nothing was changed.
local lockKey, targetKey = KEYS[1], KEYS[2]
local token, lockMs = ARGV[1], tonumber(ARGV[2])
local FIRST_USER = 3

if #KEYS ~= 2 or token == '' or not lockMs or lockMs < 1 or #ARGV > 5002 then
  return redis.error_reply('ERR stage: malformed arguments')
end
for index = FIRST_USER, #ARGV do
  if not string.find(ARGV[index], '^' .. USER_ID .. '$') then
    return redis.error_reply('ERR stage: malformed user id')
  end
end
local kind = redis.call('TYPE', targetKey).ok
if kind ~= 'set' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE stage: ' .. targetKey .. ' is not a set')
end
if redis.call('GET', lockKey) ~= token then
  return -1
end
redis.call('PEXPIRE', lockKey, lockMs)
if #ARGV < FIRST_USER then
  return 0
end
return redis.call('SADD', targetKey, unpack(ARGV, FIRST_USER))
