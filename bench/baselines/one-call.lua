-- What a team would write: the decision for one user, with the outbox entry in the same step.
-- KEYS[1] stock, KEYS[2] holders, KEYS[3] outbox; ARGV[1] user. Reply: 'issued', 'duplicate' or 'sold-out'.
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 1 then
  return 'duplicate'
end
if redis.call('SCARD', KEYS[2]) >= tonumber(redis.call('GET', KEYS[1]) or '0') then
  return 'sold-out'
end
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('XADD', KEYS[3], '*', 'u', ARGV[1])
return 'issued'
