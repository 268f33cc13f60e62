#!lua flags=allow-oom
-- release-brake: removes the mark of one pause (see lua/brake.lua) after MySQL has recorded or refused it. The coupon
-- stays paused if MySQL says so. If MySQL says that it is open, it is opened, unless another mark is there. What MySQL
-- says counts for its version only: at another one the mark is kept, and the caller reads MySQL again.
--
-- KEYS[1] brake   hash
-- KEYS[2] meta    hash: state, version
-- KEYS[3] brakes  set
-- ARGV[1] couponId
-- ARGV[2] brakeId
-- ARGV[3] version  of MySQL's coupon row; empty: it has none
-- ARGV[4] state    of MySQL's coupon row: open, paused or closed; empty if it has nothing to do in Redis
--
-- Reply 1: the mark is gone. 0: Redis has another version of the coupon, and the mark was kept
local brakeKey, metaKey, brakesKey = KEYS[1], KEYS[2], KEYS[3]
local couponId, brakeId, version, state = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if #KEYS ~= 3 or #ARGV ~= 4 or couponId == '' or brakeId == '' then
  return redis.error_reply('ERR release-brake: malformed arguments')
end
local meta = redis.call('HMGET', metaKey, 'state', 'version')
if version ~= '' and meta[2] and meta[2] ~= version then
  return 0
end
local released = redis.call('HDEL', brakeKey, brakeId)
if redis.call('EXISTS', brakeKey) == 1 then
  return 1
end
redis.call('SREM', brakesKey, couponId)
if released == 1 and state == 'open' and meta[1] == 'paused' then
  redis.call('HSET', metaKey, 'state', 'open')
end
return 1
