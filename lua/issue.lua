#!lua
-- issue: decides one batch of users for one coupon. The holders, the sequence and the outbox entry are written in this
-- one step, so no crash can separate them (I3). Redis does not roll a script back: everything is checked, and every key
-- is read once (which finds a wrong type), before the first write.
--
-- KEYS[1] stock     string: how many coupons may be issued in total, as far as meta.total allows it
-- KEYS[2] holders   set of user ids
-- KEYS[3] meta      hash: state (open, paused, closed), opensAt and closesAt (milliseconds, 0 = no bound), sequence,
--                   unheld and epoch (see lua/load.lua; missing = 0), and total: what MySQL has agreed to. A larger
--                   stock was set manually: it does not count. Missing (a meta of an earlier version): the stock counts
-- KEYS[4] outbox    stream, one entry a batch: s (first sequence), t (issuedAt, milliseconds), u (user,user,...)
-- KEYS[5] memo      string: the last reply given to this lane, for a batch whose reply was lost
-- KEYS[6] keys      hash user -> "key sequence issuedAt": whom a coupon was issued to under which Idempotency-Key
-- KEYS[7] revoked   set of user ids: they hold nothing, and get no second one
-- ARGV[1] batchId        rises with each batch of the lane
-- ARGV[2] deadlineMs     Redis' clock: past it, nothing is executed (I5)
-- ARGV[3] outboxRowsMax  coupons that may wait for MySQL (I6)
-- ARGV[4] resent         1: this batch may have been executed before
-- ARGV[5] users          ids of the form USER_ID (src/user-id.ts), in the order of their arrival, joined by commas
-- ARGV[6..] keyed        for each user who sent an Idempotency-Key: position among the users, from 1, and key
--
-- Reply {status, nowMs, ...}, where status is
--   decided      {.., firstSequence, left, opensAtMs, epoch, codes, replays}: one letter of codes for each user, in
--                order: i issued (the n-th i has sequence firstSequence + n - 1), d already issued (I2), v revoked, s
--                sold out, n not open yet, p paused, c closed, o too many coupons wait for MySQL, r issued before under
--                the same key (replays has sequence and issuedAt of each r; it is there only if there is one)
--   remembered   the same as decided, with its nowMs and its codes: this batch was executed before. Its epoch is 0
--   stale        a later batch of this lane was executed; nothing executed now
--   late         the deadline has passed; nothing executed
--   not-ready    no stock, meta is incomplete, or holders are missing: nothing can be decided
--   unmanaged    a stock that was set manually, without any meta: it must be compared with MySQL first
local stockKey, holdersKey, metaKey, outboxKey, memoKey, keysKey, revokedKey = unpack(KEYS)
local batchId, deadlineMs, outboxRowsMax = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local resent = ARGV[4] == '1'
local FIRST_KEYED = 6
-- Far longer than any deadline, after which a delayed copy of the batch is late anyway.
local MEMO_MS = 30000
-- The largest COUPONRUSH_BATCH_USERS_MAX.
local ENTRY_USERS_MAX = 4000
-- Lua's unpack passes less than 8,000. Even, for what comes in pairs.
local UNPACK_MAX = 4000
-- After the last issuance under a key, for which all keys of the coupon are remembered.
local KEYS_MS = 86400000

if not batchId or not deadlineMs or not outboxRowsMax or not ARGV[5] then
  return redis.error_reply('ERR issue: malformed arguments')
end
-- What this pattern passes over is missing in the length.
local users, length = {}, 0
for user in string.gmatch(ARGV[5] .. ',', '(' .. USER_ID .. '),') do
  users[#users + 1] = user
  length = length + #user + 1
end
if length ~= #ARGV[5] + 1 then
  return redis.error_reply('ERR issue: malformed user id')
end

local time = redis.call('TIME')
local nowMs = time[1] * 1000 + math.floor(time[2] / 1000)

-- By position among the users: the key that each sent, and {sequence, issuedAt} if a coupon was issued under it.
local keyOf, issuedBefore = {}, {}
if #ARGV >= FIRST_KEYED then
  local positions, keyedUsers = {}, {}
  for at = FIRST_KEYED, #ARGV, 2 do
    local position = tonumber(ARGV[at])
    positions[#positions + 1], keyedUsers[#keyedUsers + 1] = position, users[position]
    keyOf[position] = ARGV[at + 1]
  end
  local remembered = redis.call('HMGET', keysKey, unpack(keyedUsers))
  for n, position in ipairs(positions) do
    local key, sequence, issuedAt = string.match(remembered[n] or '', '^(%S+) (%d+) (%d+)$')
    if key == keyOf[position] then
      issuedBefore[position] = { tonumber(sequence), tonumber(issuedAt) }
    end
  end
end

local memo = redis.call('GET', memoKey)
if memo then
  local id, at, first, left, opensAt, codes = string.match(memo, '^(%d+) (%d+) (%d+) (%d+) (%d+) (%a+)$')
  id = tonumber(id)
  if id == batchId then
    local replays = {}
    codes = string.gsub(codes, '()r', function(position)
      local grant = issuedBefore[position]
      if not grant then
        return 'd'
      end
      replays[#replays + 1], replays[#replays + 2] = grant[1], grant[2]
    end)
    return { 'remembered', tonumber(at), tonumber(first), tonumber(left), tonumber(opensAt), 0, codes, replays }
  end
  if id and id > batchId then
    return { 'stale', nowMs }
  end
end
if nowMs > deadlineMs then
  return { 'late', nowMs }
end

local function count(text)
  return text and string.find(text, '^%d+$') and #text <= 15 and tonumber(text) or nil
end

local stored = redis.call('GET', stockKey)
local stock = count(stored)
if not stock then
  return { 'not-ready', nowMs }
end
local meta = redis.call('HMGET', metaKey, 'state', 'opensAt', 'closesAt', 'sequence', 'unheld', 'epoch', 'total')
local state, opensAt, closesAt, sequence = meta[1], count(meta[2]), count(meta[3]), count(meta[4])
if not ((state == 'open' or state == 'paused' or state == 'closed') and opensAt and closesAt and sequence) then
  if redis.call('EXISTS', metaKey) == 0 then
    return { 'unmanaged', nowMs }
  end
  return { 'not-ready', nowMs }
end
-- Almost always they are the same text.
if meta[7] and meta[7] ~= stored then
  local total = count(meta[7])
  if not total then
    return { 'not-ready', nowMs }
  end
  stock = math.min(stock, total)
end
local held, revokedHeld = redis.call('SCARD', holdersKey), redis.call('SCARD', revokedKey)
-- Each number was given to a user. If holders are missing, they were removed from outside: their coupons would be given
-- again (I1, I2).
if sequence - held - revokedHeld > (tonumber(meta[5]) or 0) then
  return { 'not-ready', nowMs }
end

-- The oldest entry's first sequence bounds what waits. Reading it costs a copy of that entry, so it is read only if
-- enough entries wait for the bound to be near.
local outboxFull = false
if redis.call('XLEN', outboxKey) * ENTRY_USERS_MAX > outboxRowsMax then
  local oldest = redis.call('XRANGE', outboxKey, '-', '+', 'COUNT', 1)[1]
  local first = oldest and oldest[2][1] == 's' and tonumber(oldest[2][2]) or 1
  outboxFull = sequence - first >= outboxRowsMax
end

local holds = redis.call('SMISMEMBER', holdersKey, unpack(users))
local revoked = revokedHeld > 0 and redis.call('SMISMEMBER', revokedKey, unpack(users))
local left = math.max(0, stock - held)
local refusal
if state == 'closed' or (closesAt > 0 and nowMs >= closesAt) then
  refusal = 'c'
elseif state == 'paused' then
  refusal = 'p'
elseif nowMs < opensAt then
  refusal = 'n'
end

-- Duplicate comes first: a winner who asks again gets this answer, also after sold-out, pause or close.
local codes, winners, seen, replays = {}, {}, {}, {}
-- Issued in this batch under a key: by user {sequence, issuedAt, key}, and as fields of the hash.
local issuedNow, remember = {}, {}
for index = 1, #users do
  local user, key = users[index], keyOf[index]
  if revoked and revoked[index] == 1 then
    codes[index] = 'v'
  elseif holds[index] == 1 or seen[user] then
    local grant = issuedBefore[index]
    if seen[user] then
      grant = issuedNow[user]
      grant = grant and grant[3] == key and grant
    end
    codes[index] = grant and 'r' or 'd'
    if grant then
      replays[#replays + 1], replays[#replays + 2] = grant[1], grant[2]
    end
  elseif refusal then
    codes[index] = refusal
  elseif left == 0 then
    codes[index] = 's'
  elseif outboxFull then
    codes[index] = 'o'
  else
    codes[index] = 'i'
    left = left - 1
    seen[user] = true
    winners[#winners + 1] = user
    if key then
      issuedNow[user] = { sequence + #winners, nowMs, key }
      remember[#remember + 1] = user
      remember[#remember + 1] = string.format('%s %.0f %.0f', key, sequence + #winners, nowMs)
    end
  end
end
codes = table.concat(codes)

local first = sequence + 1
if #winners > 0 then
  redis.call('SADD', holdersKey, unpack(winners))
  redis.call('HINCRBY', metaKey, 'sequence', #winners)
  redis.call('XADD', outboxKey, '*', 's', string.format('%.0f', first), 't', string.format('%.0f', nowMs),
    'u', table.concat(winners, ','))
end
if #remember > 0 then
  for at = 1, #remember, UNPACK_MAX do
    redis.call('HSET', keysKey, unpack(remember, at, math.min(at + UNPACK_MAX - 1, #remember)))
  end
  redis.call('PEXPIRE', keysKey, KEYS_MS)
end
if #winners > 0 or resent then
  redis.call('SET', memoKey,
    string.format('%.0f %.0f %.0f %.0f %.0f ', batchId, nowMs, first, left, opensAt) .. codes, 'PX', MEMO_MS)
end
return { 'decided', nowMs, first, left, opensAt, tonumber(meta[6]) or 0, codes, #replays > 0 and replays or nil }
