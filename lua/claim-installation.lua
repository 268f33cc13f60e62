#!lua
-- claim-installation: writes into Redis which installation it belongs to, if it still says what the caller has read.
--
-- KEYS[1] installation  hash: id, claim, server, asked (see src/redis/keys.ts)
-- ARGV[1] expected  claim that the caller has read; empty if there was none
-- ARGV[2] id        of the installation
-- ARGV[3] claim     the new one; MySQL has it already
-- ARGV[4] server    which MySQL server has it
--
-- Reply 1, or 0 if Redis says something else by now: nothing was changed.
local installationKey = KEYS[1]
local expected, id, claim, server = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

if #KEYS ~= 1 or #ARGV ~= 4 or id == '' or claim == '' or server == '' then
  return redis.error_reply('ERR claim-installation: malformed arguments')
end
if (redis.call('HGET', installationKey, 'claim') or '') ~= expected then
  return 0
end
redis.call('DEL', installationKey)
redis.call('HSET', installationKey, 'id', id, 'claim', claim, 'server', server)
return 1
