#!lua flags=allow-oom
-- Removes entries whose rows MySQL has committed. Also when memory is full: this is what frees it.
-- Acknowledging alone keeps the entry; with its deletion in the same step XLEN is the true backlog.
-- An outbox that was overwritten with something else has no entry to remove, and does not hold up the others.
-- KEYS[1..] outboxes
-- ARGV[1] group
-- ARGV[2..] for each outbox how many entries, and their ids: at most 1000 ids in one call
-- Reply: how many of them were still there, of all outboxes together.

local IDS_MAX = 1000
local group = ARGV[1]

local ids, at = {}, 2
for key = 1, #KEYS do
  local count = tonumber(ARGV[at] or '') or 0
  if count < 1 or at + count > #ARGV then
    return redis.error_reply('ERR acknowledge: wants a group and, for each outbox, a number and so many ids')
  end
  ids[key] = {}
  for index = at + 1, at + count do
    if not string.match(ARGV[index], '^%d+%-%d+$') then
      return redis.error_reply('ERR acknowledge: not an entry id: ' .. ARGV[index])
    end
    table.insert(ids[key], ARGV[index])
  end
  at = at + count + 1
end
if #KEYS == 0 or at ~= #ARGV + 1 or #ARGV - 1 - #KEYS > IDS_MAX then
  return redis.error_reply('ERR acknowledge: wants outboxes, a group and 1 to ' .. IDS_MAX .. ' ids')
end

local removed = 0
for key, outbox in ipairs(KEYS) do
  local acknowledged = redis.pcall('XACK', outbox, group, unpack(ids[key]))
  if type(acknowledged) == 'number' then
    removed = removed + redis.call('XDEL', outbox, unpack(ids[key]))
  elseif not string.match(acknowledged.err, '^WRONGTYPE') then
    return redis.error_reply(acknowledged.err)
  end
end
return removed
