-- Apply operations to one topic and publish the finished changes, so that publish order is seq order.
-- KEYS: entries (hash: entry -> [key, meta]), people (hash: key -> [entry, ...]), place (hash: epoch, seq),
--       own (set: entries of this process), dead (set: expired boot ids)
-- ARGV: boot id or "", channel, epoch for a new topic, hold_s, max metas per key, operations as JSON
--       ["track", entry, key, meta] ["untrack", entry] ["update", key, patch, unless]
-- Returns "dead" when this process was declared dead, else how many entries changed.
local entries, people, place, own, dead = unpack(KEYS)
local boot, channel, first_epoch, hold_s, max_metas = ARGV[1], ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])

if boot ~= '' and redis.call('SISMEMBER', dead, boot) == 1 then
  return 'dead'
end

local epoch = redis.call('HGET', place, 'epoch')
if not epoch then
  epoch = first_epoch
  redis.call('HSET', place, 'epoch', epoch, 'seq', 0)
end
local seq = tonumber(redis.call('HGET', place, 'seq')) + 1
local changes = {}

local function entries_of(key)
  local known = redis.call('HGET', people, key)
  return known and cjson.decode(known) or {}
end

local function write(entry, key, meta)
  meta['phx_ref'] = epoch .. '.' .. seq .. '.' .. #changes
  redis.call('HSET', entries, entry, cjson.encode({key, meta}))
  changes[#changes + 1] = {entry, key, meta}
end

local function track(entry, key, meta)
  local known = entries_of(key)
  if redis.call('HEXISTS', entries, entry) == 1 or #known >= max_metas then
    return
  end
  known[#known + 1] = entry
  redis.call('HSET', people, key, cjson.encode(known))
  redis.call('SADD', own, entry)
  write(entry, key, meta)
end

local function untrack(entry)
  local version = redis.call('HGET', entries, entry)
  if not version then
    return
  end
  local key = cjson.decode(version)[1]
  redis.call('HDEL', entries, entry)
  redis.call('SREM', own, entry)
  local remaining = {}
  for _, other in ipairs(entries_of(key)) do
    if other ~= entry then remaining[#remaining + 1] = other end
  end
  if #remaining == 0 then
    redis.call('HDEL', people, key)
  else
    redis.call('HSET', people, key, cjson.encode(remaining))
  end
  changes[#changes + 1] = {entry, key, cjson.null}
end

local function is_set(value)
  return value ~= nil and value ~= cjson.null and value ~= false and value ~= ''
end

-- An entry whose field `unless` is set, or that has these values already, keeps its version.
local function update(key, patch, unless)
  for _, entry in ipairs(entries_of(key)) do
    local meta = cjson.decode(redis.call('HGET', entries, entry))[2]
    local is_changed = false
    if not is_set(meta[unless]) then
      for name, value in pairs(patch) do
        if meta[name] ~= value then
          meta[name] = value
          is_changed = true
        end
      end
    end
    if is_changed then write(entry, key, meta) end
  end
end

for _, operation in ipairs(cjson.decode(ARGV[6])) do
  local name = operation[1]
  if name == 'track' then track(operation[2], operation[3], operation[4])
  elseif name == 'untrack' then untrack(operation[2])
  else update(operation[2], operation[3], operation[4]) end
end

if #changes > 0 then
  redis.call('HSET', place, 'seq', seq)
  redis.call('PUBLISH', channel, cjson.encode({epoch, seq, tonumber(hold_s), changes}))
end
for _, key in ipairs({entries, people, place, own}) do
  redis.call('EXPIRE', key, 86400)
end
return #changes
