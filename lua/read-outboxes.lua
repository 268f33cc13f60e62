#!lua flags=allow-oom
-- Reads outboxes as one member of the consumer group, each with the epoch that its coupon has in the same moment.
-- What an earlier call delivered stays pending until it is acknowledged, also if this call ends with an error.
--
-- KEYS[1..] outbox and meta of each coupon; those that come first are read first
-- ARGV[1] group
-- ARGV[2] consumer
-- ARGV[3] entriesMax  entries of each outbox, at most
-- ARGV[4] roomRows    rows that may be read; one entry is read even if it has more
-- ARGV[5] entryRows   the most rows that one entry has
-- ARGV[6..] positions, one for each outbox: `>` reads new entries; an id reads entries that are pending for this
--   consumer and come after it, and then new ones
--
-- Reply {visited, outbox, ...}: how many outboxes were read before there was no more room, and for each of these with
-- news {index, epoch, pending, more, entries}. epoch: nil if the coupon has none, '-' if its meta is no hash.
-- pending 1: more pending entries may follow; 0: all were read. more 1: the outbox may have more.
local group, consumer = ARGV[1], ARGV[2]
local entriesMax, roomRows, entryRows = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local FIRST_POSITION = 5

if #KEYS == 0 or #KEYS % 2 ~= 0 or #ARGV ~= FIRST_POSITION + #KEYS / 2 then
  return redis.error_reply('ERR read-outboxes: wants two keys and one position for each coupon')
end
if not entriesMax or not roomRows or not entryRows or entriesMax < 1 or entryRows < 1 then
  return redis.error_reply('ERR read-outboxes: malformed limits')
end

local taken = 0

-- Rows of an entry are not counted but estimated from above: an id and its comma are two bytes at least.
local function rowsAtMost(fields)
  for index = 1, fields and #fields - 1 or 0, 2 do
    if fields[index] == 'u' then
      return math.floor((#fields[index + 1] + 1) / 2)
    end
  end
  return 1
end

local function read(outbox, position, count)
  local answer = redis.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'STREAMS', outbox, position)
  local entries = answer and answer[1][2] or {}
  for _, entry in ipairs(entries) do
    roomRows = roomRows - rowsAtMost(entry[2])
  end
  taken = taken + #entries
  return entries
end

-- How many entries fit if each has as many rows as it may.
local function room()
  local fit = math.floor(roomRows / entryRows)
  return fit < 1 and taken == 0 and 1 or fit
end

local reply = { 0 }
for index = 1, #KEYS, 2 do
  local outbox, position = KEYS[index], ARGV[FIRST_POSITION + (index + 1) / 2]
  local wasPending = position ~= '>'
  local entries, more = {}, 0
  while true do
    local count = math.min(entriesMax - #entries, room())
    if count < 1 then
      more = 1
      break
    end
    local some = read(outbox, position, count)
    for _, entry in ipairs(some) do
      entries[#entries + 1] = entry
    end
    if #some < count then
      if position == '>' then
        break
      end
      position = '>'
    elseif position ~= '>' then
      position = some[#some][1]
    end
  end
  if more == 1 and #entries == 0 then
    break
  end
  reply[1] = reply[1] + 1
  if #entries > 0 or wasPending then
    local epoch = redis.pcall('HGET', KEYS[index + 1], 'epoch')
    if type(epoch) == 'table' then
      epoch = '-'
    end
    reply[#reply + 1] = { (index + 1) / 2, epoch, position ~= '>' and 1 or 0, more, entries }
  end
end
return reply
