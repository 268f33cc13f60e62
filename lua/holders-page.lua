#!lua
-- holders-page: the holders of a coupon that is sold out, page by page, for an HTTP worker that answers for it. Reads only.
--
-- KEYS[1] stock    string
-- KEYS[2] holders  set of user ids
-- KEYS[3] meta     hash
-- ARGV[1] cursor   of SSCAN; 0 for the first page
-- ARGV[2] pageMax  users to look at
--
-- Reply {nowMs, closesAtMs, holders, cursor, users}, or {} where the coupon is not open or not sold out. Only the first
-- page looks: whoever asks is told of each change after it (see src/redis/change-feed.ts), so later pages have zeros.
local stockKey, holdersKey, metaKey = KEYS[1], KEYS[2], KEYS[3]
local cursor, pageMax = ARGV[1], tonumber(ARGV[2])

if #KEYS ~= 3 or #ARGV ~= 2 or not pageMax then
  return redis.error_reply('ERR holders-page: malformed arguments')
end
local nowMs, closesAt, holders = 0, 0, 0
if cursor == '0' then
  local time = redis.call('TIME')
  nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  local stock = tonumber(redis.call('GET', stockKey) or '')
  local meta = redis.call('HMGET', metaKey, 'state', 'opensAt', 'closesAt', 'sequence')
  local opensAt = tonumber(meta[2] or '')
  closesAt, holders = tonumber(meta[3] or ''), redis.call('SCARD', holdersKey)
  if not stock or not opensAt or not closesAt or not meta[4] or meta[1] ~= 'open' or holders < stock
    or nowMs < opensAt or (closesAt > 0 and nowMs >= closesAt) then
    return {}
  end
end
local page = redis.call('SSCAN', holdersKey, cursor, 'COUNT', pageMax)
return { nowMs, closesAt, holders, page[1], page[2] }
