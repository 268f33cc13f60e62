#!lua flags=no-writes
-- holders-page: who is not answered "sold out" for a coupon that is, page by page, for an HTTP worker that answers for
-- it: the holders ("already issued"), and those whose coupon was revoked. Reads only.
--
-- KEYS[1] stock    string; a larger one than meta.total does not count, as in lua/issue.lua
-- KEYS[2] holders  set of user ids
-- KEYS[3] meta     hash
-- KEYS[4] revoked  set of user ids
-- ARGV[1] set      holders or revoked: which to read
-- ARGV[2] cursor   of SSCAN; 0 for the first page
-- ARGV[3] pageMax  users to look at
--
-- Reply {nowMs, closesAtMs, holders, revoked, cursor, users}, or {} if the coupon is not open or not sold out. Only the
-- first page of the holders checks that: the caller hears of each change after it (see src/redis/change-feed.ts), so
-- the other pages have zeros.
local stockKey, holdersKey, metaKey, revokedKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local set, cursor, pageMax = ARGV[1], ARGV[2], tonumber(ARGV[3])

if #KEYS ~= 4 or #ARGV ~= 3 or not pageMax or not (set == 'holders' or set == 'revoked') then
  return redis.error_reply('ERR holders-page: malformed arguments')
end
local nowMs, closesAt, held, revoked = 0, 0, 0, 0
if set == 'holders' and cursor == '0' then
  local time = redis.call('TIME')
  nowMs = time[1] * 1000 + math.floor(time[2] / 1000)
  local stock = tonumber(redis.call('GET', stockKey) or '')
  local meta = redis.call('HMGET', metaKey, 'state', 'opensAt', 'closesAt', 'sequence', 'total')
  local opensAt = tonumber(meta[2] or '')
  closesAt = tonumber(meta[3] or '')
  held = redis.call('SCARD', holdersKey)
  if not stock or not opensAt or not closesAt or not meta[4] or meta[1] ~= 'open'
    or held < math.min(stock, tonumber(meta[5] or '') or stock)
    or nowMs < opensAt or (closesAt > 0 and nowMs >= closesAt) then
    return {}
  end
  revoked = redis.call('SCARD', revokedKey)
end
local page = redis.call('SSCAN', set == 'holders' and holdersKey or revokedKey, cursor, 'COUNT', pageMax)
return { nowMs, closesAt, held, revoked, page[1], page[2] }
