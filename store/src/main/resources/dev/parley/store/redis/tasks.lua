-- Tasks. All of a workspace lie in one partition, so every call is one step. In names 'ws' is the workspace, 'id' the task.
-- 'T:<ws>\n<id>' hash: s what is below, packed; p payload; v envelope; r result; e error.
-- 'Tq' sorted set of 'ws\nid' by when something happens to the task by itself: the end of a turn, of a back-off, of the retention.
-- In 'q' the member tasks.DUE stands for the first of them.
-- 'Tc:<ws>' sorted set of tasks by the number of their last change; 'Td:<ws>' of the finished ones by when they finished.
-- 'Tx:<ws>\n<kind>\n<value>' sorted set of tasks, most urgent first, then oldest; kinds: all, to delegatee, open ones of a delegatee,
-- had a turn and lost it for good, from delegator, in session, live ones in session, is of a status.
-- 'Tb:<ws>' bytes; 'Tf:<ws>' hash of agents that failed lately: how often in a row, and until when they rest.
-- 'Te:<ws>' sorted set of keys of sessions whose end was told, by until when no task is made in them.
local tasks = {}

tasks.DUE = '\ntasks'
tasks.PENDING, tasks.IN_PROGRESS, tasks.COMPLETED, tasks.FAILED, tasks.TIMEOUT, tasks.CANCELLED = 0, 1, 2, 3, 4, 5

-- In the order in which they are packed, and in which Java reads them. st status, ag whose turn it is or was, by delegator, si
-- session, sk its key, ty type, rk rank of the priority, to time-out, mr retries there are, bo back-off (1 linear, 2
-- exponential), de initial delay, fb fallback agents, no attempt, pr progress or '', ca created, ua updated, te end of the turn
-- or -1, nt next turn or -1, en ended or -1, vn number of the last change, hr has a result, he has an error, hv has an envelope,
-- pt turns that were lost, of each: attempt, agent, status that it would have ended the task with, instant;
-- of those that follow Java needs none: ws, od its number, rt retries used, fi fallback agents used, sz bytes, ops last operations,
-- tr 1 when the turn is the trial of an agent after its rest.
tasks.FIELDS = {'st', 'ag', 'by', 'si', 'sk', 'ty', 'rk', 'to', 'mr', 'bo', 'de', 'fb', 'no', 'pr', 'ca', 'ua', 'te', 'nt', 'en',
  'vn', 'hr', 'he', 'hv', 'pt', 'ws', 'od', 'rt', 'fi', 'sz', 'ops', 'tr'}

tasks.OPERATIONS = 4
tasks.SCANNED = 200
tasks.TOLD = 500
tasks.PAGE_BYTES = 2097152
tasks.LEAST_RETENTION = 30000
tasks.MAX_BACKOFF = 3600000
tasks.FAILURES_BEFORE_REST, tasks.REST, tasks.MAX_REST = 5, 30000, 960000
tasks.MAX_STANDINGS = 10000

-- So that a rank and a number are one whole double.
tasks.RANK, tasks.BASE = 2e15, 1.7e15

function tasks.key(at, ws, id)
  return at.tag .. 'T:' .. ws .. '\n' .. id
end

function tasks.index_key(at, ws, kind, value)
  return at.tag .. 'Tx:' .. ws .. '\n' .. kind .. '\n' .. value
end

function tasks.fetch(at, ws, id)
  local packed = call('HGET', tasks.key(at, ws, id), 's')
  if not packed then
    return nil
  end
  local values = cmsgpack.unpack(packed)
  local s = {id = id}
  for i, field in ipairs(tasks.FIELDS) do
    s[field] = values[i]
  end
  return s
end

function tasks.finished(s)
  return s.st >= tasks.COMPLETED
end

function tasks.packed(s)
  local values = {}
  for i, field in ipairs(tasks.FIELDS) do
    values[i] = s[field]
  end
  return cmsgpack.pack(values)
end

-- The task as an answer.
function tasks.row(at, s)
  local parts = call('HMGET', tasks.key(at, s.ws, s.id), 'p', 'v', 'r', 'e')
  return {s.id, tasks.packed(s), parts[1] or '', parts[2] or '', parts[3] or '', parts[4] or ''}
end

-- Who lost a turn, each once.
function tasks.losers(s)
  local losers, known = {}, {}
  for i = 2, #s.pt, 4 do
    if not known[s.pt[i]] then
      known[s.pt[i]] = true
      losers[#losers + 1] = s.pt[i]
    end
  end
  return losers
end

function tasks.lost_one(s, agent)
  for i = 2, #s.pt, 4 do
    if s.pt[i] == agent then
      return true
    end
  end
  return false
end

-- Whom a task concerns, as those who listen are told.
function tasks.notice(s)
  return cmsgpack.pack({s.ws, s.id, s.vn, s.st, s.ag, s.by, s.si, s.sk, s.te >= 0 and 1 or 0, s.no, tasks.losers(s)})
end

function tasks.places(s)
  local places = {{'all', ''}, {'to', s.ag}, {'from', s.by}, {'is', text(s.st)}}
  for _, agent in ipairs(tasks.losers(s)) do
    if agent ~= s.ag then
      places[#places + 1] = {'had', agent}
    end
  end
  if s.si ~= '' then
    places[#places + 1] = {'in', s.si .. '\n' .. s.sk}
  end
  if not tasks.finished(s) then
    places[#places + 1] = {'open', s.ag}
    if s.si ~= '' then
      places[#places + 1] = {'live', s.si .. '\n' .. s.sk}
    end
  end
  return places
end

function tasks.unindex(at, s)
  for _, place in ipairs(tasks.places(s)) do
    call('ZREM', tasks.index_key(at, s.ws, place[1], place[2]), s.id)
  end
end

function tasks.index(at, s)
  for _, place in ipairs(tasks.places(s)) do
    local index = tasks.index_key(at, s.ws, place[1], place[2])
    call('ZADD', index, text(s.rk * tasks.RANK + s.od - tasks.BASE), s.id)
    call('PEXPIRE', index, text(PARTITION_TTL))
  end
end

function tasks.add_bytes(at, s, bytes)
  s.sz = s.sz + bytes
  call('INCRBY', at.tag .. 'Tb:' .. s.ws, text(bytes))
  call('PEXPIRE', at.tag .. 'Tb:' .. s.ws, text(PARTITION_TTL))
end

-- When something happens to the task by itself.
function tasks.due(at, s)
  if tasks.finished(s) then
    return math.max(s.en + at.retention, at.now + tasks.LEAST_RETENTION)
  end
  return s.te >= 0 and s.te or s.nt
end

-- The task has a place in 'q' no later than its own.
function tasks.queue(at, s)
  local due = tasks.due(at, s)
  call('ZADD', at.tag .. 'Tq', text(due), s.ws .. '\n' .. s.id)
  local noted = call('ZSCORE', at.tag .. 'q', tasks.DUE)
  if not noted or due < tonumber(noted) then
    queue_at(at, due, tasks.DUE)
  end
end

-- After each change: a number for it, its places, and those who listen.
function tasks.save(at, s)
  local hash = tasks.key(at, s.ws, s.id)
  s.vn = tick(at)
  call('HSET', hash, 's', tasks.packed(s))
  tasks.index(at, s)
  tasks.queue(at, s)
  call('ZADD', at.tag .. 'Tc:' .. s.ws, text(s.vn), s.id)
  if tasks.finished(s) then
    call('ZADD', at.tag .. 'Td:' .. s.ws, text(s.vn), s.id)
  end
  for _, kept in ipairs({hash, at.tag .. 'Tq', at.tag .. 'Tc:' .. s.ws, at.tag .. 'Td:' .. s.ws}) do
    call('PEXPIRE', kept, text(PARTITION_TTL))
  end
  publish_to_all(at, {'task', tasks.notice(s)})
end

function tasks.remove(at, s)
  tasks.unindex(at, s)
  tasks.add_bytes(at, s, -s.sz)
  call('DEL', tasks.key(at, s.ws, s.id))
  call('ZREM', at.tag .. 'Tq', s.ws .. '\n' .. s.id)
  call('ZREM', at.tag .. 'Tc:' .. s.ws, s.id)
  call('ZREM', at.tag .. 'Td:' .. s.ws, s.id)
end
