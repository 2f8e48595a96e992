-- Read one topic atomically: epoch, seq, and every entry with its version.
-- KEYS: entries, place
local place = redis.call('HMGET', KEYS[2], 'epoch', 'seq')
return {place[1] or '', place[2] or '0', redis.call('HGETALL', KEYS[1])}
