#!lua flags=allow-oom
-- Removes entries whose rows MySQL has committed. Also when memory is full: this is what frees it.
-- Acknowledging alone keeps the entry; with its deletion in the same step XLEN is the true backlog.
-- KEYS[1] outbox
-- ARGV[1] group
-- ARGV[2...] entry ids, at most 1000
-- Reply: how many of them were still there.

local outbox = KEYS[1]
local group = ARGV[1]

if #KEYS ~= 1 or #ARGV < 2 or #ARGV > 1001 then
  return redis.error_reply('ERR acknowledge: wants one key, a group and 1 to 1000 ids')
end
local ids = {}
for index = 2, #ARGV do
  if not string.match(ARGV[index], '^%d+%-%d+$') then
    return redis.error_reply('ERR acknowledge: not an entry id: ' .. ARGV[index])
  end
  ids[#ids + 1] = ARGV[index]
end

redis.call('XACK', outbox, group, unpack(ids))
return redis.call('XDEL', outbox, unpack(ids))
