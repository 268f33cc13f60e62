#!lua flags=allow-oom
-- clear-coupon: removes an archived coupon. It closes all that it finds first, so that keys of an older Redis decide
-- nothing; they are removed only when nothing in them waits for MySQL.
--
-- KEYS[1] stock    string
-- KEYS[2] holders  set
-- KEYS[3] meta     hash: state
-- KEYS[4] outbox   stream
-- KEYS[5] dead     stream
-- KEYS[6] revoked  set
-- KEYS[7] staging  set
-- KEYS[8] lock     string: token of a rebuild, if there is one
-- KEYS[9] keys     hash of Idempotency-Keys
--
-- Reply: cleared; waiting (the outbox or the dead letters are not empty; everything is kept, and closed)
local metaKey, outboxKey, deadKey = KEYS[3], KEYS[4], KEYS[5]

if #KEYS ~= 9 or #ARGV ~= 0 then
  return redis.error_reply('ERR clear-coupon: malformed arguments')
end
if redis.call('XLEN', outboxKey) > 0 or redis.call('XLEN', deadKey) > 0 then
  redis.call('HSET', metaKey, 'state', 'closed')
  return 'waiting'
end
redis.call('UNLINK', unpack(KEYS))
return 'cleared'
