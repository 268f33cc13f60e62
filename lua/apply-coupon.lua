#!lua
-- apply-coupon: brings one coupon to what MySQL says of it: stock, state, window, and users whose coupon was revoked.
-- Can be run again at any time, and in any order: what this version or a later one has changed is left alone. So a
-- caller who stood still, and has lost the lock of MySQL's coupon row meanwhile, takes nothing back.
--
-- KEYS[1] stock    string, set
-- KEYS[2] holders  set, loses the revoked users
-- KEYS[3] meta     hash: state, opensAt, closesAt, version, and total: the stock that MySQL has agreed to
-- KEYS[4] revoked  set, gains them
-- KEYS[5] lock     string: token of a rebuild, if there is one
-- KEYS[6] brake    hash: while it exists, a coupon that MySQL says is open is paused (see lua/brake.lua)
-- ARGV[1] version   of MySQL's coupon row
-- ARGV[2] stock     how many coupons may be issued in total
-- ARGV[3] state     open, paused or closed
-- ARGV[4] opensAt   milliseconds since 1970, 0 = no bound
-- ARGV[5] closesAt  milliseconds since 1970, 0 = no bound
-- ARGV[6...] user   revoked, at most 1000, of the form USER_ID (src/user-id.ts). They are no holders afterwards,
--                   at any version
--
-- Reply:
--   applied     Redis was behind, and is not any more; or a user was revoked
--   same        nothing had to be changed
--   rebuilding  a rebuild is under way; it will not open the coupon with anything older than this version
--   not-loaded  the coupon is not complete in Redis; nothing was changed
local stockKey, holdersKey, metaKey, revokedKey, lockKey, brakeKey = unpack(KEYS)
local version, stock, state, opensAt, closesAt = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local FIRST_USER = 6

local function isCount(text)
  return text and string.find(text, '^%d+$') and #text <= 15
end
if #KEYS ~= 6 or #ARGV < 5 or #ARGV > 1005 or not isCount(version) or not isCount(stock) or not isCount(opensAt)
  or not isCount(closesAt) or not (state == 'open' or state == 'paused' or state == 'closed') then
  return redis.error_reply('ERR apply-coupon: malformed arguments')
end
for index = FIRST_USER, #ARGV do
  if not string.find(ARGV[index], '^' .. USER_ID .. '$') then
    return redis.error_reply('ERR apply-coupon: malformed user id')
  end
end

local meta = redis.call('HMGET', metaKey, 'state', 'sequence', 'version', 'total', 'moved')
if not isCount(redis.call('GET', stockKey)) or not meta[1] or not isCount(meta[2]) then
  if redis.call('EXISTS', lockKey) == 0 then
    return 'not-loaded'
  end
  -- The rebuild may have read MySQL before this version was written: lua/load.lua then refuses to open the coupon.
  if (tonumber(meta[5] or '') or -1) < tonumber(version) then
    redis.call('HSET', metaKey, 'moved', version)
  end
  return 'rebuilding'
end
-- Reads each set once, which finds a wrong type before the first write.
redis.call('SCARD', holdersKey)
redis.call('SCARD', revokedKey)

local changed = 0
if #ARGV >= FIRST_USER then
  changed = redis.call('SREM', holdersKey, unpack(ARGV, FIRST_USER))
    + redis.call('SADD', revokedKey, unpack(ARGV, FIRST_USER))
end
local known = isCount(meta[3]) and tonumber(meta[3]) or 0
if known < tonumber(version) then
  if state == 'open' and redis.call('EXISTS', brakeKey) == 1 then
    state = 'paused'
  end
  redis.call('SET', stockKey, stock)
  redis.call('HSET', metaKey, 'state', state, 'opensAt', opensAt, 'closesAt', closesAt, 'version', version,
    'total', stock)
  redis.call('HDEL', metaKey, 'lowering')
  changed = changed + 1
elseif known == tonumber(version) and not meta[4] then
  -- A meta of an earlier version of couponrush. Only if it is missing: a lowering that is under way has written it.
  redis.call('HSET', metaKey, 'total', stock)
  changed = changed + 1
end
return changed > 0 and 'applied' or 'same'
