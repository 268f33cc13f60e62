#!lua flags=no-writes
-- find-holding: whether a user holds a coupon, and, while MySQL does not have the row yet, with which sequence. Reads
-- only. A long outbox is searched page by page, one page a call: what is decided meanwhile does not wait for all of it.
--
-- KEYS[1] stock     string
-- KEYS[2] holders   set of user ids
-- KEYS[3] outbox    stream, see issue.lua
-- KEYS[4] dead      stream of rows that MySQL refused: user, sequence, issuedAt and more
-- KEYS[5] meta      hash; with a stock, a state in it means that the coupon is loaded
-- KEYS[6] revoked   set of user ids
-- ARGV[1] user      id, as it is in the set
-- ARGV[2] stage     holders: only whether the user is one; outbox, dead: search this stream
-- ARGV[3] from      stream id to start at, as XRANGE takes it
-- ARGV[4] pageMax   what to look through, in bytes of users; each entry counts 400 on top
--
-- Reply, stage holders: {absent}, {holder}, {revoked}, {not-holder}, or {incomplete}: a holder is missing, as in
-- issue.lua
-- Reply, stages outbox and dead: {found, sequence, issuedAtMs}, {more, lastId} or {end}
local stockKey, holdersKey, outboxKey, deadKey, metaKey, revokedKey = unpack(KEYS)
local user, stage, from, pageMax = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

if stage == 'holders' then
  local meta = redis.call('HMGET', metaKey, 'state', 'sequence', 'unheld')
  if redis.call('EXISTS', stockKey) == 0 or not meta[1] then
    return { 'absent' }
  end
  if redis.call('SISMEMBER', holdersKey, user) == 1 then
    return { 'holder' }
  end
  if redis.call('SISMEMBER', revokedKey, user) == 1 then
    return { 'revoked' }
  end
  local held = redis.call('SCARD', holdersKey) + redis.call('SCARD', revokedKey)
  local missing = (tonumber(meta[2] or '') or math.huge) - held > (tonumber(meta[3] or '') or 0)
  return { missing and 'incomplete' or 'not-holder' }
end

local ENTRIES_A_LOOK = 10
local ENTRY_COSTS = 400
local looked = 0
while looked < pageMax do
  local entries = redis.call('XRANGE', stage == 'dead' and deadKey or outboxKey, from, '+', 'COUNT', ENTRIES_A_LOOK)
  for _, entry in ipairs(entries) do
    local fields = {}
    for index = 1, #entry[2], 2 do
      fields[entry[2][index]] = entry[2][index + 1]
    end
    if stage == 'dead' then
      if fields.user == user then
        return { 'found', fields.sequence, fields.issuedAt }
      end
    else
      local users = ',' .. (fields.u or '') .. ','
      local at = string.find(users, ',' .. user .. ',', 1, true)
      if at then
        local _, before = string.gsub(string.sub(users, 1, at - 1), ',', '')
        return { 'found', string.format('%.0f', tonumber(fields.s) + before), fields.t }
      end
      looked = looked + #users
    end
    looked = looked + ENTRY_COSTS
  end
  if #entries < ENTRIES_A_LOOK then
    return { 'end' }
  end
  from = '(' .. entries[#entries][1]
end
return { 'more', string.sub(from, 2) }
