#!lua
-- amend-outbox: replaces one outbox entry by others (or by none), or adds entries, for a rebuild.
--
-- KEYS[1] lock     string: token of the rebuild that may write
-- KEYS[2] outbox   stream
-- ARGV[1] token    of the caller
-- ARGV[2] lockMs   from now until the lock expires
-- ARGV[3] group    consumer group of the outbox
-- ARGV[4] replaced entry id, or '' if entries are only added
-- ARGV[5...] run   three for each new entry: s (first sequence), t (issuedAt, '' = now by Redis' clock), u
--                  (user,user,..., of the form USER_IDS: src/user-id.ts)
--
-- Reply 1, or 0 if the caller does not hold the lock (any more): nothing was changed.
local lockKey, outboxKey = KEYS[1], KEYS[2]
local token, lockMs, group, replaced = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local FIRST_RUN = 5

if #KEYS ~= 2 or #ARGV < 4 or (#ARGV - 4) % 3 ~= 0 or token == '' or not lockMs or lockMs < 1 or group == '' then
  return redis.error_reply('ERR amend-outbox: malformed arguments')
end
if replaced ~= '' and not string.find(replaced, '^%d+%-%d+$') then
  return redis.error_reply('ERR amend-outbox: malformed entry id')
end
for run = FIRST_RUN, #ARGV, 3 do
  if not string.find(ARGV[run], '^[1-9]%d*$') or not string.find(ARGV[run + 1], '^%d*$')
    or not string.find(ARGV[run + 2], '^' .. USER_IDS .. '$') then
    return redis.error_reply('ERR amend-outbox: malformed run')
  end
end
if redis.call('GET', lockKey) ~= token then
  return 0
end
local kind = redis.call('TYPE', outboxKey).ok
if kind ~= 'stream' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE amend-outbox: ' .. outboxKey .. ' is not a stream')
end

local time = redis.call('TIME')
local now = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('PEXPIRE', lockKey, lockMs)
for run = FIRST_RUN, #ARGV, 3 do
  local issuedAt = ARGV[run + 1] ~= '' and ARGV[run + 1] or now
  redis.call('XADD', outboxKey, '*', 's', ARGV[run], 't', issuedAt, 'u', ARGV[run + 2])
end
if replaced ~= '' then
  redis.call('XACK', outboxKey, group, replaced)
  redis.call('XDEL', outboxKey, replaced)
end
return 1
