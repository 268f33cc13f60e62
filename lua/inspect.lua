#!lua flags=no-writes
-- inspect: what one coupon looks like at one moment. Writes nothing.
--
-- KEYS[1] stock    string; a larger one than meta.total does not count, as in lua/issue.lua
-- KEYS[2] holders  set
-- KEYS[3] meta     hash
-- KEYS[4] outbox   stream
-- KEYS[5] dead     stream
-- KEYS[6] revoked  set
-- KEYS[7] lock     string: token of a rebuild, if there is one
--
-- Reply {stock, state, opensAt, closesAt, sequence, epoch, unheld, holders, revoked, outbox, dead, hasMeta, locked}:
-- the stock as it counts and the next six as stored ('' = missing), then counts, then 0 or 1.
local stockKey, holdersKey, metaKey, outboxKey, deadKey, revokedKey, lockKey = unpack(KEYS)

if #KEYS ~= 7 or #ARGV ~= 0 then
  return redis.error_reply('ERR inspect: malformed arguments')
end
local meta = redis.call('HMGET', metaKey, 'state', 'opensAt', 'closesAt', 'sequence', 'epoch', 'unheld', 'total')
local stock, total = redis.call('GET', stockKey) or '', tonumber(meta[7] or '')
if total and total < (tonumber(stock) or 0) then
  stock = meta[7]
end
local reply = { stock }
for index = 1, 6 do
  reply[#reply + 1] = meta[index] or ''
end
reply[#reply + 1] = redis.call('SCARD', holdersKey)
reply[#reply + 1] = redis.call('SCARD', revokedKey)
reply[#reply + 1] = redis.call('XLEN', outboxKey)
reply[#reply + 1] = redis.call('XLEN', deadKey)
reply[#reply + 1] = redis.call('EXISTS', metaKey)
reply[#reply + 1] = redis.call('EXISTS', lockKey)
return reply
