#!lua flags=allow-oom
-- erase-user: puts a pseudonym in a user's place, in all that Redis has of one coupon. MySQL has the pseudonym already.
-- Can be run again at any time. How many hold the coupon, and their numbers, stay the same. Dead letters are looked
-- through page by page, one page a call, so that Redis can decide in between.
--
-- KEYS[1] holders  set of user ids
-- KEYS[2] revoked  set of user ids: a pseudonym that is in it already was revoked meanwhile, and holds nothing
-- KEYS[3] keys     hash of Idempotency-Keys by user: what was kept of this one is removed
-- KEYS[4] dead     stream: letters of the user are replaced, and have other ids then
-- ARGV[1] user       of the form USER_ID (src/user-id.ts)
-- ARGV[2] pseudonym  of the same form
-- ARGV[3] from       dead letter to start at, as XRANGE takes it
-- ARGV[4] to         the last one to look at, as XRANGE takes it: those that were replaced are behind it
--
-- Reply {places, next}: how many places had the user, and the `from` of the next call; empty at the end
local holdersKey, revokedKey, keysKey, deadKey = unpack(KEYS)
local user, pseudonym, from, to = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local LETTERS_A_CALL = 100

if #KEYS ~= 4 or #ARGV ~= 4 or not string.find(user, '^' .. USER_ID .. '$')
  or not string.find(pseudonym, '^' .. USER_ID .. '$') or user == pseudonym then
  return redis.error_reply('ERR erase-user: malformed arguments')
end
-- Reads each key once, which finds a wrong type before the first write.
local held = redis.call('SISMEMBER', holdersKey, user)
local revoked = redis.call('SISMEMBER', revokedKey, user)
local remembered = redis.call('HEXISTS', keysKey, user)
local letters = redis.call('XRANGE', deadKey, from, to, 'COUNT', LETTERS_A_CALL)

-- In texts, which are for people: MySQL's refusal names what it refused, and an unreadable entry its users.
local escaped = string.gsub(user, '%W', '%%%0')
local inText = '%f[' .. USER_CHARACTERS .. ']' .. escaped .. '%f[^' .. USER_CHARACTERS .. ']'
local function replaced(text)
  return (string.gsub(text, inText, pseudonym))
end
-- In what was said of this user also right beside other signs, as in `Duplicate entry '7-id'`. Twice: two neighbours
-- share the sign between them.
local function replacedInOwn(text)
  local found = ' ' .. replaced(text) .. ' '
  for _ = 1, 2 do
    found = string.gsub(found, '(%W)' .. escaped .. '(%W)', '%1' .. pseudonym .. '%2')
  end
  return string.sub(found, 2, -2)
end

local places = held + revoked + remembered
if held == 1 then
  redis.call('SREM', holdersKey, user)
  if redis.call('SISMEMBER', revokedKey, pseudonym) == 0 then
    redis.call('SADD', holdersKey, pseudonym)
  end
end
if revoked == 1 then
  redis.call('SREM', revokedKey, user)
  redis.call('SADD', revokedKey, pseudonym)
end
if remembered == 1 then
  redis.call('HDEL', keysKey, user)
end
for _, letter in ipairs(letters) do
  local fields, mine, raw = letter[2], false, false
  for index = 1, #fields, 2 do
    mine = mine or (fields[index] == 'user' and fields[index + 1] == user)
    raw = raw or (fields[index] == 'raw' and replaced(fields[index + 1]) ~= fields[index + 1])
  end
  if mine or raw then
    for index = 1, #fields, 2 do
      if fields[index] == 'user' or fields[index] == 'reason' or fields[index] == 'raw' then
        fields[index + 1] = mine and replacedInOwn(fields[index + 1]) or replaced(fields[index + 1])
      end
    end
    redis.call('XADD', deadKey, '*', unpack(fields))
    redis.call('XDEL', deadKey, letter[1])
    places = places + 1
  end
end
local last = letters[LETTERS_A_CALL]
return { places, last and '(' .. last[1] or '' }
