-- Bar a dead process from this topic. Returns its entries, which the caller untracks in one change.
-- KEYS: own (set: entries of the dead process), dead (set of boot ids)   ARGV: boot id
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('EXPIRE', KEYS[2], 86400)
return redis.call('SMEMBERS', KEYS[1])
