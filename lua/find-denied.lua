#!lua flags=no-writes
-- find-denied: what of a list of commands the caller's user may not run. Runs none of them.
--
-- ARGV[1..] command  its words with a space between them, with all arguments in which Redis looks for keys
--
-- Reply: those that are denied, in the order of the arguments; [] if Redis can't say
if #KEYS ~= 0 or #ARGV == 0 then
  return redis.error_reply('ERR find-denied: malformed arguments')
end
local denied = {}
if not redis.acl_check_cmd then
  return denied
end
for _, line in ipairs(ARGV) do
  local words = {}
  for word in string.gmatch(line, '%S+') do
    words[#words + 1] = word
  end
  local known, allowed = pcall(redis.acl_check_cmd, unpack(words))
  if known and not allowed then
    denied[#denied + 1] = line
  end
end
return denied
