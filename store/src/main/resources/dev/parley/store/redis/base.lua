-- The ground that all functions stand on: the partition they work in, its clock, its generation, its channel.
--
-- Every function gets one key, the partition's tag ('prefix:{p017}:'), of which all other keys are made, so all lie in one
-- slot. What each key holds is written down in docs/internals/redis.md. Functions compare and add numbers that the caller
-- prepared; they know no rule about sessions.

-- Sharded channels came with the version that tells its number to scripts.
local PUBLISH = redis.REDIS_VERSION_NUM and 'SPUBLISH' or 'PUBLISH'

-- The safety net under everything: far longer than anything is kept for.
local DAY = 86400000
local PARTITION_TTL = 90 * DAY

-- How long what was done is remembered for those who repeat it.
local REMEMBERED_MILLIS = 600000

local function call(...)
  return redis.call(...)
end

-- A number as text without an exponent or a fraction.
local function text(number)
  return string.format('%.0f', number)
end

local function micros()
  local time = call('TIME')
  return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- What a call works in. nil when the partition was not fenced for the server that this runs on.
-- args: run id, now in milliseconds or '', retention of ended sessions, life-cycle entries kept, messages kept
local function enter(tag, args)
  local noted = call('HMGET', tag .. 'p', 'run', 'gen', 'clock', 'told')
  if noted[1] ~= args[1] then
    return nil
  end
  local real = micros()
  return {
    tag = tag,
    real = real,
    now = args[2] ~= '' and tonumber(args[2]) or math.floor(real / 1000),
    retention = tonumber(args[3]),
    lifecycle_limit = tonumber(args[4]),
    history_limit = tonumber(args[5]),
    generation = noted[2],
    clock = tonumber(noted[3]) or 0,
    told = tonumber(noted[4]),
    lateness = {},
  }
end

-- Writes down what a call moved in the partition.
local function leave(at)
  if at.ticked then
    call('HSET', at.tag .. 'p', 'clock', text(at.clock))
  end
end

-- The partition's next change number: rises always, also over a loss of data, as it follows the server's clock. Orders
-- changes, creations and revisions, over partitions too as far as clocks do.
local function tick(at)
  at.clock = math.max(at.clock + 1, at.real)
  at.ticked = true
  return at.clock
end

-- Notes the server that the partition is on now, and that what came before may have been lost: another generation.
local function fence(tag, args)
  local noted = call('HMGET', tag .. 'p', 'run', 'gen')
  local generation = noted[2] or '0'
  if noted[1] ~= args[1] then
    generation = text(math.max(tonumber(generation) + 1, math.floor(micros() / 1000)))
    call('HSET', tag .. 'p', 'run', args[1], 'gen', generation)
    call('PEXPIRE', tag .. 'p', text(PARTITION_TTL))
  end
  return {generation}
end

-- The part of a tag before its braces: what keys and channels that belong to no partition begin with.
local function prefix(at)
  return string.match(at.tag, '^(.-){')
end

-- Tells those who are subscribed to the partition. A hint: the numbers in sync find what gets lost.
local function publish(at, message)
  call(PUBLISH, at.tag .. 'feed', cmsgpack.pack(message))
end

-- Tells every gateway.
local function publish_to_all(at, message)
  call('PUBLISH', prefix(at) .. 'all', cmsgpack.pack(message))
end

-- What was told to every gateway is kept for a while, by its number, for those whom it did not reach.
local KEPT_MICROS = 10000000

-- kind 'c' of agents, 'g' of assignments. Answers the number.
local function note(at, kind, member)
  local notes, number = at.tag .. kind, tick(at)
  call('ZADD', notes, text(number), member)
  call('ZREMRANGEBYSCORE', notes, '-inf', text(at.real - KEPT_MICROS))
  call('PEXPIRE', notes, text(REMEMBERED_MILLIS))
  return text(number)
end

-- What was noted since a number. Answers the number to ask with next, whether all since is there, and the notes; without a
-- number only the one to begin with.
local function noted_since(at, kind, since)
  local clock = text(math.max(at.clock, at.real - 1))
  since = tonumber(since)
  if not since then
    return clock, true, {}
  end
  return clock, since >= at.real - KEPT_MICROS,
    call('ZRANGEBYSCORE', at.tag .. kind, '(' .. text(since), '+inf', 'WITHSCORES')
end

-- Raises a key's expiry, never lowers it.
local function keep(key, millis)
  if call('PTTL', key) < millis then
    call('PEXPIRE', key, text(millis))
  end
end

-- Adds to a sorted set that the whole partition shares. Such a set is gone when it is empty, and its expiry with it.
local function add(at, kind, score, member)
  if call('ZADD', at.tag .. kind, score, member) == 1 then
    call('PEXPIRE', at.tag .. kind, text(PARTITION_TTL))
  end
end

-- The last few operations of one kind on something, and what they were answered.
local REMEMBERED = 4

local function recall(key, operation)
  local ids = call('HMGET', key, 'o0', 'o1', 'o2', 'o3')
  for i = 1, REMEMBERED do
    if ids[i] == operation then
      return call('HGET', key, 'a' .. (i - 1))
    end
  end
  return nil
end

local function remember(key, operation, answer)
  local slot = (tonumber(call('HGET', key, 'next') or '0')) % REMEMBERED
  call('HSET', key, 'o' .. slot, operation, 'a' .. slot, answer, 'next', slot + 1)
  call('PEXPIRE', key, text(REMEMBERED_MILLIS))
end
