-- The script of the attempts 4 to 7, as it was published. KEYS[1] issued users, KEYS[2] stock; ARGV[1] user.
local limit = tonumber(redis.call('GET', KEYS[2]))
if redis.call('SCARD', KEYS[1]) >= limit then
  return 'SOLD_OUT'
end
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then
  return 'DUPLICATE'
end
redis.call('SADD', KEYS[1], ARGV[1])
return 'SUCCESS'
