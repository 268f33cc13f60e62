#!lua flags=no-writes
-- view: what anyone may see of a coupon. Reads only.
--
-- KEYS[1] stock    string; a larger one than meta.total does not count, as in lua/issue.lua
-- KEYS[2] holders  set of user ids
-- KEYS[3] meta     hash
--
-- Reply {nowMs, stock, holders, state, opensAt, closesAt}, the stock as it counts and the other texts as stored, or {}
-- if it is not loaded.
local stockKey, holdersKey, metaKey = KEYS[1], KEYS[2], KEYS[3]

if #KEYS ~= 3 or #ARGV ~= 0 then
  return redis.error_reply('ERR view: malformed arguments')
end
local stock = redis.call('GET', stockKey)
local meta = redis.call('HMGET', metaKey, 'state', 'opensAt', 'closesAt', 'total')
if not stock or not meta[1] or not meta[2] or not meta[3] then
  return {}
end
local total = tonumber(meta[4] or '')
if total and total < (tonumber(stock) or 0) then
  stock = meta[4]
end
local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
return { nowMs, stock, redis.call('SCARD', holdersKey), meta[1], meta[2], meta[3] }
