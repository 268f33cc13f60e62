#!lua
-- verify-redis: declares this Redis process verified: HTTP workers decide here from now on.
--
-- KEYS[1] owner     string with expiry: token of the persister that may verify; released
-- KEYS[2] verified  string: run_id of the verified process
-- ARGV[1] token  of the caller
-- ARGV[2] runId  of the process whose content the caller has compared with MySQL
--
-- Reply: verified; fenced (another persister took over) or restarted (this is another process): nothing was changed.
local ownerKey, verifiedKey = KEYS[1], KEYS[2]
local token, runId = ARGV[1], ARGV[2]

if #KEYS ~= 2 or #ARGV ~= 2 or token == '' or not string.find(runId, '^%x+$') then
  return redis.error_reply('ERR verify-redis: malformed arguments')
end
if string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') ~= runId then
  return 'restarted'
end
if redis.call('GET', ownerKey) ~= token then
  return 'fenced'
end
redis.call('SET', verifiedKey, runId)
redis.call('DEL', ownerKey)
return 'verified'
