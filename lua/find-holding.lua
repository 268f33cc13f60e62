#!lua flags=no-writes
-- find-holding: with which numbers users were granted a coupon, while MySQL does not have their rows yet. Reads only.
-- A long stream is searched page by page, one page a call: what is decided meanwhile does not wait for all of it.
--
-- KEYS[1] stream    the outbox, see issue.lua; or the dead letters: user, sequence, issuedAt and more
-- ARGV[1] users     ids of the form USER_IDS (src/user-id.ts), joined by commas, each once
-- ARGV[2] from      stream id to start at, as XRANGE takes it
-- ARGV[3] pageMax   what to look through, in bytes of users; each entry counts 400 on top, and looking for many users
--                   counts each byte several times
--
-- Reply {next, user, sequence, issuedAtMs, user, ...}: three for each user that was found; next is the last id that was
-- looked at, and empty if the stream has no more entries, or all users were found.
local streamKey = KEYS[1]
local wantedText, from, pageMax = ARGV[1], ARGV[2], tonumber(ARGV[3])

if #KEYS ~= 1 or #ARGV ~= 3 or not pageMax or not string.find(wantedText, '^' .. USER_IDS .. '$') then
  return redis.error_reply('ERR find-holding: malformed arguments')
end
local ENTRIES_A_LOOK = 10
local ENTRY_COSTS = 400
-- From so many on, reading each user of an entry is cheaper than searching the entry for each wanted user.
local MANY = 16
local wanted, left = {}, 0
for user in string.gmatch(wantedText, '[^,]+') do
  if not wanted[user] then
    wanted[user] = true
    left = left + 1
  end
end

local reply = { '' }
local function add(user, sequence, issuedAt)
  reply[#reply + 1], reply[#reply + 2], reply[#reply + 3] = user, sequence, issuedAt
  wanted[user] = nil
  left = left - 1
end

-- An outbox entry: the n-th of its users has number s + n - 1.
local function search(fields)
  local first, text = tonumber(fields.s or ''), fields.u or ''
  if left >= MANY then
    local before = 0
    for user in string.gmatch(text, '[^,]+') do
      if wanted[user] then
        add(user, string.format('%.0f', first + before), fields.t)
      end
      before = before + 1
    end
    return
  end
  local users = ',' .. text .. ','
  for user in pairs(wanted) do
    local at = string.find(users, ',' .. user .. ',', 1, true)
    if at then
      local _, before = string.gsub(string.sub(users, 1, at - 1), ',', '')
      -- Clearing a field during a traversal is allowed.
      add(user, string.format('%.0f', first + before), fields.t)
    end
  end
end

local looked = 0
while looked < pageMax do
  local entries = redis.call('XRANGE', streamKey, from, '+', 'COUNT', ENTRIES_A_LOOK)
  for _, entry in ipairs(entries) do
    local fields = {}
    for index = 1, #entry[2], 2 do
      fields[entry[2][index]] = entry[2][index + 1]
    end
    looked = looked + ENTRY_COSTS + math.min(left, MANY) * #(fields.u or '')
    if fields.u then
      search(fields)
    elseif fields.user and wanted[fields.user] then
      add(fields.user, fields.sequence, fields.issuedAt)
    end
    if left == 0 then
      return reply
    end
  end
  if #entries < ENTRIES_A_LOOK then
    return reply
  end
  from = '(' .. entries[#entries][1]
end
reply[1] = string.sub(from, 2)
return reply
