#!lua
-- Sends dead letters back to the outbox, each with the sequence and the moment it was granted with.
-- One step, so that a user is always in exactly one of the two (I4).
-- KEYS[1] dead
-- KEYS[2] outbox
-- KEYS[3] lock     string: while it is there a rebuild reads both, one after the other, and would miss what moves
-- ARGV[1...] dead letter ids, at most 1000
-- Reply: how many were sent back; -1: not now, the coupon is rebuilt. One that is gone, or holds no user (raw), is left
-- out.

local dead, outbox, lock = KEYS[1], KEYS[2], KEYS[3]

if #KEYS ~= 3 or #ARGV < 1 or #ARGV > 1000 then
  return redis.error_reply('ERR redrive: wants three keys and 1 to 1000 ids')
end
for index = 1, #ARGV do
  if not string.match(ARGV[index], '^%d+%-%d+$') then
    return redis.error_reply('ERR redrive: not a dead letter id: ' .. ARGV[index])
  end
end
local kind = redis.call('TYPE', outbox).ok
if kind ~= 'stream' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE redrive: ' .. outbox .. ' is not a stream')
end

if redis.call('EXISTS', lock) == 1 then
  return -1
end
local sent = 0
for index = 1, #ARGV do
  local found = redis.call('XRANGE', dead, ARGV[index], ARGV[index])
  if #found == 1 then
    local letter = {}
    local fields = found[1][2]
    for field = 1, #fields, 2 do
      letter[fields[field]] = fields[field + 1]
    end
    if letter.user and letter.sequence and letter.issuedAt then
      redis.call('XADD', outbox, '*', 's', letter.sequence, 't', letter.issuedAt, 'u', letter.user)
      redis.call('XDEL', dead, ARGV[index])
      sent = sent + 1
    end
  end
end
return sent
