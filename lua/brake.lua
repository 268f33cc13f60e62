#!lua flags=allow-oom
-- brake: pauses one coupon in Redis at once, before MySQL knows of it, and marks it so that nothing opens it again
-- until MySQL has the pause: see docs/decisions/brake.md. Can be run again with the same id. A key that was set to
-- another type from outside does not keep it from working: KEYS[1] and KEYS[3] are then deleted and made anew, and
-- with such a KEYS[2] nothing is decided until it is deleted and rebuilt, which finds the mark.
--
-- KEYS[1] brake   hash: by id of a pause that MySQL may not have yet, "atMs details". While it exists the coupon is not
--                 open
-- KEYS[2] meta    hash: state, version
-- KEYS[3] brakes  set: ids of the coupons that have such a hash
-- ARGV[1] couponId
-- ARGV[2] brakeId  different for each pause
-- ARGV[3] details  kept as they are
-- ARGV[4] version  refuse if Redis has another one of the coupon; empty: any version
-- ARGV[5] atMs     when the pause took effect; empty: now. Of a pause that is put back after a loss of Redis
--
-- Reply {status, atMs, state, keys}: the state as it was before, empty if Redis has none now; the keys that had another
-- type; and status
--   braked   this coupon is issued to no one from now on
--   closed   it is closed already; nothing was changed
--   version  another version; nothing was changed
local brakeKey, metaKey, brakesKey = KEYS[1], KEYS[2], KEYS[3]
local couponId, brakeId, details, version, since = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
-- More pauses of one coupon that all wait for MySQL are one pause.
local BRAKES_MAX = 100

if #KEYS ~= 3 or #ARGV ~= 5 or couponId == '' or brakeId == '' then
  return redis.error_reply('ERR brake: malformed arguments')
end
local foreign = {}
local function hasType(key, wanted)
  local found = redis.call('TYPE', key).ok
  if found ~= wanted and found ~= 'none' then
    foreign[#foreign + 1] = key
    return false
  end
  return true
end
local meta = hasType(metaKey, 'hash') and redis.call('HMGET', metaKey, 'state', 'version') or {}
local state = meta[1] or ''
local time = redis.call('TIME')
local atMs = tonumber(since) or time[1] * 1000 + math.floor(time[2] / 1000)
if state == 'closed' then
  return { 'closed', atMs, state, foreign }
end
if version ~= '' and meta[2] and meta[2] ~= version then
  return { 'version', atMs, state, foreign }
end
if not hasType(brakeKey, 'hash') then
  redis.call('DEL', brakeKey)
end
if not hasType(brakesKey, 'set') then
  redis.call('DEL', brakesKey)
end
if redis.call('HLEN', brakeKey) < BRAKES_MAX and redis.call('HEXISTS', brakeKey, brakeId) == 0 then
  redis.call('HSET', brakeKey, brakeId, string.format('%.0f ', atMs) .. details)
end
redis.call('SADD', brakesKey, couponId)
if state == 'open' then
  redis.call('HSET', metaKey, 'state', 'paused')
end
return { 'braked', atMs, state, foreign }
