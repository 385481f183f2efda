-- Every step of a store in Redis that is more than one command. Redis runs a script whole, with nobody in between.
--
-- KEYS[1]: the prefix of every name. ARGV[1]: the step; ARGV[2]: the server's time, in Unix seconds; the rest is the
-- step's own. A time or a bound that is "" is none.
--
--   PREFIXentry:TABLE:KEY   sequence and expiry, two big-endian doubles, then the value
--   PREFIXorder:TABLE       sorted set of keys by sequence
--   PREFIXexpiry:TABLE      sorted set of keys by expiry
--   PREFIXdue:TABLE         sorted set of sequence (16 hexadecimal digits) and key, by when it is due
--   PREFIXuse:TABLE         sorted set of keys by their last use, of a table whose bound asks for it
--   PREFIXsize:TABLE        hash of the bytes of each value, of a table whose bound asks for it
--   PREFIXlast, PREFIXuses, PREFIXbytes   hashes by table: the last sequence, the last use, the bytes held
--   PREFIXnumbers           hash of the numbers by TABLE:KEY
--
-- Names are put together here, so a cluster, which must be told them before, cannot run this.

local prefix, step, now = KEYS[1], ARGV[1], tonumber(ARGV[2])
local GRACE_S = 60 -- an entry is Redis's to forget later than ours: its clock may be ahead
local SWEPT = 100 -- expired entries of a table that one write forgets at most

local function name(kind, tbl)
  return prefix .. kind .. ':' .. tbl
end

local function entry(tbl, key)
  return prefix .. 'entry:' .. tbl .. ':' .. key
end

local function due_member(sequence, key)
  return string.format('%016x', sequence) .. key
end

-- Return value, sequence and expiry of an entry, or nil.
local function read(tbl, key)
  local packed = redis.call('GET', entry(tbl, key))
  if packed then
    local sequence, expires_at = struct.unpack('>dd', packed)
    if expires_at > now then
      return string.sub(packed, 17), sequence, expires_at
    end
  end
end

local function drop(tbl, key)
  local sequence = redis.call('ZSCORE', name('order', tbl), key)
  if not sequence then
    return
  end
  redis.call('UNLINK', entry(tbl, key))
  redis.call('ZREM', name('due', tbl), due_member(tonumber(sequence), key))
  for _, kind in ipairs({ 'order', 'expiry', 'use' }) do
    redis.call('ZREM', name(kind, tbl), key)
  end
  local size = redis.call('HGET', name('size', tbl), key)
  if size then
    redis.call('HDEL', name('size', tbl), key)
    redis.call('HINCRBY', prefix .. 'bytes', tbl, 0 - size) -- HINCRBY takes no -0
  end
end

local function use(tbl, key)
  redis.call('ZADD', name('use', tbl), redis.call('HINCRBY', prefix .. 'uses', tbl, 1), key)
end

-- Keep a member of a sorted set, with a time as its score, or take it out when there is no time.
local function schedule(set, member, time)
  if time == '' then
    redis.call('ZREM', set, member)
  else
    redis.call('ZADD', set, time, member)
  end
end

-- A change is ten of ARGV, the first at i.
local function put(i)
  local tbl, key, value, expires_at, due_at = ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5]
  local found, sequence, held = read(tbl, key)
  if not found then
    drop(tbl, key)
    sequence = redis.call('HINCRBY', prefix .. 'last', tbl, 1)
    redis.call('ZADD', name('order', tbl), sequence, key)
  elseif ARGV[i + 6] == 'extend' and held > (tonumber(expires_at) or math.huge) then
    expires_at = held == math.huge and '' or string.format('%.17g', held)
  end
  local ends = tonumber(expires_at) or math.huge
  redis.call('SET', entry(tbl, key), struct.pack('>dd', sequence, ends) .. value)
  if ARGV[3] == 'real' and ends < 1e11 then
    redis.call('PEXPIREAT', entry(tbl, key), string.format('%.0f', math.max(ends + GRACE_S, 0) * 1000))
  end
  schedule(name('expiry', tbl), key, expires_at)
  schedule(name('due', tbl), due_member(sequence, key), due_at)
  if ARGV[i + 8] ~= '' then
    local old = redis.call('HGET', name('size', tbl), key) or 0
    redis.call('HSET', name('size', tbl), key, #value)
    redis.call('HINCRBY', prefix .. 'bytes', tbl, #value - old)
  end
  if ARGV[i + 9] == 'recent' then
    use(tbl, key)
  end
end

local function sweep(tbl, limit)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', name('expiry', tbl), '-inf', now, 'LIMIT', 0, limit)) do
    drop(tbl, key)
  end
end

-- Drop entries until a table is within the bound that comes with the change at i: expired ones first.
local function evict(i)
  local tbl, entries, bytes = ARGV[i + 1], tonumber(ARGV[i + 7]), tonumber(ARGV[i + 8])
  local by = name(ARGV[i + 9] == 'recent' and 'use' or 'order', tbl)
  local function excess()
    local count = redis.call('ZCARD', name('order', tbl))
    local too_large = bytes and tonumber(redis.call('HGET', prefix .. 'bytes', tbl) or 0) > bytes
    return count > 1 and (too_large or (entries and count > entries))
  end
  while excess() and redis.call('ZCOUNT', name('expiry', tbl), '-inf', now) > 0 do
    sweep(tbl, 1)
  end
  while excess() do
    drop(tbl, redis.call('ZRANGE', by, 0, 0)[1] or redis.call('ZRANGE', name('order', tbl), 0, 0)[1])
  end
end

-- Make the changes from ARGV[4] on.
local function write()
  for i = 4, #ARGV, 10 do
    sweep(ARGV[i + 1], SWEPT)
    if ARGV[i] == 'put' then
      put(i)
    else
      drop(ARGV[i + 1], ARGV[i + 2])
    end
  end
  for i = 4, #ARGV, 10 do
    if ARGV[i] == 'put' and (ARGV[i + 7] ~= '' or ARGV[i + 8] ~= '') then
      evict(i)
    end
  end
end

-- Return whether an integer is more than another: as digits, since numbers here have 53 bits.
local function exceeds(left, right)
  local negative = string.sub(left, 1, 1) == '-'
  if negative ~= (string.sub(right, 1, 1) == '-') then
    return not negative
  end
  if #left ~= #right then
    return (#left > #right) ~= negative
  end
  return left ~= right and (left > right) ~= negative
end

local steps = {}

function steps.write()
  write()
  return 1
end

function steps.insert()
  if read(ARGV[5], ARGV[6]) then
    return 0
  end
  write()
  return 1
end

function steps.get()
  local value = read(ARGV[3], ARGV[4])
  if value then
    use(ARGV[3], ARGV[4])
  end
  return value or false
end

-- ARGV: the number's name, what to add, the most that it may be.
function steps.add()
  local numbers, field, amount, most = prefix .. 'numbers', ARGV[3], ARGV[4], ARGV[5]
  local old = redis.call('HGET', numbers, field)
  local total = old or '0'
  if amount ~= '0' then
    redis.call('HINCRBY', numbers, field, amount)
    total = redis.call('HGET', numbers, field)
  end
  if most == '' or not exceeds(total, most) then
    return total
  end
  if old then
    redis.call('HSET', numbers, field, old)
  else
    redis.call('HDEL', numbers, field)
  end
  return false
end

-- ARGV: the table, the limit, the sequence to stay below. Return sequence, key, value, sequence, key, value, ...
function steps.newest()
  local tbl, limit, below = ARGV[3], tonumber(ARGV[4]), ARGV[5]
  local found = {}
  while #found < 3 * limit do
    local high = below == '' and '+inf' or '(' .. below
    local keys = redis.call('ZREVRANGEBYSCORE', name('order', tbl), high, '-inf', 'WITHSCORES', 'LIMIT', 0, limit)
    if #keys == 0 then
      break
    end
    for i = 1, #keys, 2 do
      local value = read(tbl, keys[i])
      if value and #found < 3 * limit then
        found[#found + 1], found[#found + 2], found[#found + 3] = keys[i + 1], keys[i], value
      end
    end
    below = keys[#keys]
  end
  return found
end

function steps.size()
  return redis.call('ZCARD', name('order', ARGV[3])) - redis.call('ZCOUNT', name('expiry', ARGV[3]), '-inf', now)
end

-- ARGV: the table, by when, until when, the limit. Return as newest does.
function steps.take()
  local tbl, by, again, limit = ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[6])
  local due, found, taken = name('due', tbl), {}, {}
  while #taken < limit do
    local members = redis.call('ZRANGEBYSCORE', due, '-inf', by, 'LIMIT', 0, limit - #taken)
    if #members == 0 then
      break
    end
    for _, member in ipairs(members) do
      redis.call('ZREM', due, member)
      local key = string.sub(member, 17)
      local value, sequence = read(tbl, key)
      if value then
        taken[#taken + 1] = member
        found[#found + 1], found[#found + 2], found[#found + 3] = string.format('%.0f', sequence), key, value
      end
    end
  end
  for _, member in ipairs(taken) do
    schedule(due, member, again)
  end
  return found
end

function steps.next_due()
  local due = name('due', ARGV[3])
  while true do
    local first = redis.call('ZRANGE', due, 0, 0, 'WITHSCORES')
    if #first == 0 then
      return false
    elseif read(ARGV[3], string.sub(first[1], 17)) then
      return first[2]
    end
    redis.call('ZREM', due, first[1])
  end
end

function steps.clear()
  for _, tbl in ipairs(redis.call('HKEYS', prefix .. 'last')) do
    for _, key in ipairs(redis.call('ZRANGE', name('order', tbl), 0, -1)) do
      redis.call('UNLINK', entry(tbl, key))
    end
    for _, kind in ipairs({ 'order', 'expiry', 'due', 'use', 'size' }) do
      redis.call('UNLINK', name(kind, tbl))
    end
  end
  redis.call('DEL', prefix .. 'last', prefix .. 'uses', prefix .. 'bytes', prefix .. 'numbers')
  return 1
end

return steps[step]()
