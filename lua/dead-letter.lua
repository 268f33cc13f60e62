#!lua flags=allow-oom
-- Moves the refused rows of one outbox entry to the dead letters, in one step with the entry's acknowledgement.
-- Idempotent: only a persister that still finds the entry in the outbox adds the rows. So two persisters, or one that
-- asks again after a lost reply, make no second letter. The other rows of the entry must be in MySQL already.
-- KEYS[1] outbox
-- KEYS[2] dead
-- ARGV[1] group
-- ARGV[2] entry id
-- ARGV[3...] seven for each row: user, sequence, issuedAt, code, reason, attempts, raw.
--   A row has user (of the form USER_ID: src/user-id.ts), sequence and issuedAt; an entry that could not be read has
--   raw instead (the rest empty).
-- Reply: how many dead letters were added; 0 if the entry was gone.

local outbox, dead = KEYS[1], KEYS[2]
local group, entry = ARGV[1], ARGV[2]
local FIELDS = { 'user', 'sequence', 'issuedAt', 'code', 'reason', 'attempts', 'raw' }

if #KEYS ~= 2 or #ARGV < 9 or (#ARGV - 2) % 7 ~= 0 then
  return redis.error_reply('ERR dead-letter: wants two keys, group, entry id and seven arguments a row')
end
if not string.match(entry, '^%d+%-%d+$') then
  return redis.error_reply('ERR dead-letter: not an entry id: ' .. entry)
end
for row = 3, #ARGV, 7 do
  local readable = string.match(ARGV[row], '^' .. USER_ID .. '$') and string.match(ARGV[row + 1], '^%d+$')
    and string.match(ARGV[row + 2], '^%d+$')
  if not readable and ARGV[row + 6] == '' then
    return redis.error_reply('ERR dead-letter: a row wants user, sequence and issuedAt, or raw')
  end
  if ARGV[row + 3] == '' or not string.match(ARGV[row + 5], '^%d+$') then
    return redis.error_reply('ERR dead-letter: a row wants a code and its attempts')
  end
end
local kind = redis.call('TYPE', dead).ok
if kind ~= 'stream' and kind ~= 'none' then
  return redis.error_reply('WRONGTYPE dead-letter: ' .. dead .. ' is not a stream')
end

if #redis.call('XRANGE', outbox, entry, entry) == 0 then
  redis.call('XACK', outbox, group, entry)
  return 0
end

local time = redis.call('TIME')
local at = string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000))
local added = 0
for row = 3, #ARGV, 7 do
  local letter = { 'at', at }
  for field = 1, 7 do
    local value = ARGV[row + field - 1]
    if value ~= '' then
      letter[#letter + 1] = FIELDS[field]
      letter[#letter + 1] = value
    end
  end
  redis.call('XADD', dead, '*', unpack(letter))
  added = added + 1
end
redis.call('XACK', outbox, group, entry)
redis.call('XDEL', outbox, entry)
return added
