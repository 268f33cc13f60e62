#!lua
-- resume: keeps a coupon's content of a Redis that restarted, if it is proven that nothing MySQL knows of was lost. The
-- proof is in docs/decisions/gate.md. Only the epoch and the number it begins after (meta.base) change; a meta of an
-- earlier version of couponrush gets its total.
--
-- KEYS[1] stock    string
-- KEYS[2] holders  set
-- KEYS[3] meta     hash
-- KEYS[4] revoked  set
-- KEYS[5] lock     string: token of a rebuild, if there is one
-- ARGV[1] stock        of MySQL's coupon row
-- ARGV[2] version      of MySQL's coupon row: Redis knows each move of an operator
-- ARGV[3] oldEpoch     of MySQL's coupon row before this comparison: Redis belongs to the latest history, not a fork
-- ARGV[4] newEpoch     of MySQL's coupon row now: nothing read from an earlier outbox can be written any more
-- ARGV[5] lastWritten  highest sequence among MySQL's rows, 0 if there is none
--
-- Reply {status, why}: kept; unproven with the first condition that does not hold, nothing was changed
local stockKey, holdersKey, metaKey, revokedKey, lockKey = unpack(KEYS)
local stock, version, oldEpoch, newEpoch, lastWritten = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

if #KEYS ~= 5 or #ARGV ~= 5 or not lastWritten or not string.find(newEpoch, '^%d+$') then
  return redis.error_reply('ERR resume: malformed arguments')
end
local meta = redis.call('HMGET', metaKey, 'state', 'opensAt', 'closesAt', 'sequence', 'epoch', 'version', 'unheld',
  'total')
for index = 1, 7 do
  if not meta[index] then
    return { 'unproven', 'meta' }
  end
end
local sequence, unheld = tonumber(meta[4]), tonumber(meta[7])
if not sequence or not unheld then
  return { 'unproven', 'meta' }
end
if redis.call('EXISTS', lockKey) == 1 then
  return { 'unproven', 'rebuild' }
end
if redis.call('GET', stockKey) ~= stock or (meta[8] and meta[8] ~= stock) then
  return { 'unproven', 'stock' }
end
if meta[5] ~= oldEpoch then
  return { 'unproven', 'epoch' }
end
if meta[6] ~= version then
  return { 'unproven', 'version' }
end
if sequence < lastWritten then
  return { 'unproven', 'sequence' }
end
if sequence - redis.call('SCARD', holdersKey) - redis.call('SCARD', revokedKey) ~= unheld then
  return { 'unproven', 'holders' }
end
redis.call('HSET', metaKey, 'epoch', newEpoch, 'base', meta[4], 'total', stock)
return { 'kept', '' }
