#!lua flags=no-writes
-- memberships: which of many users hold a coupon, by Redis alone. Reads only.
--
-- KEYS[1] stock    string
-- KEYS[2] holders  set of user ids
-- KEYS[3] meta     hash: with a stock, a state in it means that the coupon is loaded; sequence, unheld and epoch as in
--                  lua/issue.lua
-- KEYS[4] revoked  set of user ids
-- ARGV[1] users    ids of the form USER_ID (src/user-id.ts), joined by commas, at most 4000
--
-- Reply {epoch, codes}: the epoch of the coupon's history (0: unknown), and one letter for each user, in order:
--   a  the coupon is not loaded
--   h  holder
--   v  the user's coupon was revoked
--   n  not a holder
--   i  neither, but holders and numbers do not match: someone changed the holders, so Redis can't prove it
local stockKey, holdersKey, metaKey, revokedKey = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local USERS_MAX = 4000

if #KEYS ~= 4 or #ARGV ~= 1 then
  return redis.error_reply('ERR memberships: malformed arguments')
end
-- What this pattern passes over is missing in the length.
local users, length = {}, 0
for user in string.gmatch(ARGV[1] .. ',', '(' .. USER_ID .. '),') do
  users[#users + 1] = user
  length = length + #user + 1
end
if length ~= #ARGV[1] + 1 or #users > USERS_MAX then
  return redis.error_reply('ERR memberships: malformed users')
end

local meta = redis.call('HMGET', metaKey, 'state', 'sequence', 'unheld', 'epoch')
local epoch = tonumber(meta[4] or '') or 0
if redis.call('EXISTS', stockKey) == 0 or not meta[1] then
  return { epoch, string.rep('a', #users) }
end
local held, revokedHeld = redis.call('SCARD', holdersKey), redis.call('SCARD', revokedKey)
local matches = (tonumber(meta[2] or '') or math.huge) - held - revokedHeld == (tonumber(meta[3] or '') or 0)
local absent = matches and 'n' or 'i'
local holds = redis.call('SMISMEMBER', holdersKey, unpack(users))
local revoked = revokedHeld > 0 and redis.call('SMISMEMBER', revokedKey, unpack(users))
local codes = {}
for index = 1, #users do
  codes[index] = holds[index] == 1 and 'h' or revoked and revoked[index] == 1 and 'v' or absent
end
return { epoch, table.concat(codes) }
