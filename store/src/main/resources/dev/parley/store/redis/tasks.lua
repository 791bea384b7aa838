-- Tasks. All of a workspace lie in one partition, so every call is one step. In names 'ws' is the workspace, 'id' the task.
-- 'T:<ws>\n<id>' hash: s what is below, packed; p payload; v envelope; r result; e error.
-- 'Tq' sorted set of 'ws\nid' by when something happens to the task by itself: the end of a turn, of a back-off, of the retention.
-- In 'q' the member tasks.DUE stands for the first of them.
-- 'Tc:<ws>' sorted set of tasks by the number of their last change; 'Td:<ws>' of the finished ones by when they finished.
-- 'Tx:<ws>\n<kind>\n<value>' sorted set of tasks, most urgent first, then oldest; kinds: all, to delegatee, open ones of a delegatee,
-- from delegator, in session, is of a status.
-- 'Tb:<ws>' bytes; 'Tf:<ws>' hash of agents that failed lately: how often in a row, and until when they rest.
local tasks = {}

tasks.DUE = '\ntasks'
tasks.PENDING, tasks.IN_PROGRESS, tasks.COMPLETED, tasks.FAILED, tasks.TIMEOUT, tasks.CANCELLED = 0, 1, 2, 3, 4, 5

-- In the order in which they are packed, and in which Java reads them. st status, ag whose turn it is or was, by delegator, si
-- session, sk its key, ty type, rk rank of the priority, to time-out, mr retries there are, bo back-off (1 linear, 2
-- exponential), de initial delay, fb fallback agents, no attempt, pr progress or '', ca created, ua updated, te end of the turn
-- or -1, nt next turn or -1, en ended or -1, vn number of the last change, hr has a result, he has an error, hv has an envelope;
-- of those that follow Java needs none: ws, od its number, rt retries used, fi fallback agents used, sz bytes, ops last operations.
tasks.FIELDS = {'st', 'ag', 'by', 'si', 'sk', 'ty', 'rk', 'to', 'mr', 'bo', 'de', 'fb', 'no', 'pr', 'ca', 'ua', 'te', 'nt', 'en',
  'vn', 'hr', 'he', 'hv', 'ws', 'od', 'rt', 'fi', 'sz', 'ops'}

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

-- Whom a task concerns, as those who listen are told.
function tasks.notice(s)
  return cmsgpack.pack({s.ws, s.id, s.vn, s.st, s.ag, s.by, s.si, s.sk, s.te >= 0 and 1 or 0, s.no})
end

function tasks.places(s)
  local places = {{'all', ''}, {'to', s.ag}, {'from', s.by}, {'is', text(s.st)}}
  if s.si ~= '' then
    places[#places + 1] = {'in', s.si .. '\n' .. s.sk}
  end
  if not tasks.finished(s) then
    places[#places + 1] = {'open', s.ag}
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

-- How often an agent failed in a row, and until when it rests.
function tasks.standing(at, ws, agent)
  local noted = call('HGET', at.tag .. 'Tf:' .. ws, agent)
  if not noted then
    return 0, 0
  end
  local failures, rests = string.match(noted, '^(%d+) (%d+)$')
  return tonumber(failures), tonumber(rests)
end

function tasks.note_standing(at, ws, agent, failures, rests)
  local standings = at.tag .. 'Tf:' .. ws
  if call('HLEN', standings) < tasks.MAX_STANDINGS or call('HEXISTS', standings, agent) == 1 then
    call('HSET', standings, agent, text(failures) .. ' ' .. text(rests))
    call('PEXPIRE', standings, text(DAY))
  end
end

function tasks.failed(at, s, instant)
  local failures, rests = tasks.standing(at, s.ws, s.ag)
  failures = failures + 1
  local beyond = failures - tasks.FAILURES_BEFORE_REST
  if beyond >= 0 then
    rests = instant + math.min(tasks.REST * 2 ^ math.min(beyond, 10), tasks.MAX_REST)
  end
  tasks.note_standing(at, s.ws, s.ag, failures, rests)
end

-- A turn begins now. Of an agent whose rest is over it is the trial, which nobody else gives it meanwhile.
function tasks.begin(at, s)
  s.no, s.st, s.pr, s.nt, s.te, s.ua = s.no + 1, tasks.PENDING, '', -1, at.now + s.to, at.now
  if s.hr == 1 then
    local hash = tasks.key(at, s.ws, s.id)
    tasks.add_bytes(at, s, -call('HSTRLEN', hash, 'r'))
    call('HDEL', hash, 'r')
    s.hr = 0
  end
  local failures, rests = tasks.standing(at, s.ws, s.ag)
  if failures >= tasks.FAILURES_BEFORE_REST and rests <= at.now then
    tasks.note_standing(at, s.ws, s.ag, failures, s.te)
  end
end

function tasks.finish(at, s, status, instant)
  s.st, s.te, s.nt, s.en, s.ua = status, -1, -1, instant, instant
  if status == tasks.COMPLETED then
    s.pr = '100.0'
    call('HDEL', at.tag .. 'Tf:' .. s.ws, s.ag)
  end
end

function tasks.next_fallback(at, s)
  while s.fi < #s.fb do
    s.fi = s.fi + 1
    local agent = s.fb[s.fi]
    local _, rests = tasks.standing(at, s.ws, agent)
    if rests <= at.now then
      return agent
    end
  end
  return nil
end

-- The turn was over at an instant without success: the next one begins, is waited for, or there is none.
function tasks.next_turn(at, s, how, instant)
  tasks.failed(at, s, instant)
  s.te, s.st, s.ua = -1, tasks.PENDING, instant
  if s.fi == 0 and s.rt < s.mr then
    s.rt, s.pr = s.rt + 1, ''
    local factor = s.bo == 2 and 2 ^ (s.rt - 1) or s.rt
    s.nt = instant + math.floor(math.min(s.de * factor, tasks.MAX_BACKOFF))
    if s.nt <= at.now then
      tasks.begin(at, s)
    end
    return
  end
  local agent = tasks.next_fallback(at, s)
  if agent then
    s.ag = agent
    tasks.begin(at, s)
  else
    tasks.finish(at, s, how, instant)
  end
end

-- Lets a passed time-out take effect, or the end of a back-off, or of the retention. Returns whether the task is still there.
-- Where a finished one is due stands in the queue alone.
function tasks.settle(at, s)
  if tasks.finished(s) then
    local due = call('ZSCORE', at.tag .. 'Tq', s.ws .. '\n' .. s.id)
    if due and at.now < tonumber(due) then
      return true
    end
    tasks.remove(at, s)
    return false
  end
  if at.now < tasks.due(at, s) then
    return true
  end
  tasks.unindex(at, s)
  if s.te >= 0 then
    at.lateness[#at.lateness + 1] = at.now - s.te
    tasks.next_turn(at, s, tasks.TIMEOUT, s.te)
  else
    tasks.begin(at, s)
  end
  tasks.save(at, s)
  return true
end

-- The task, its passed time-outs settled; nil when there is none.
function tasks.open(at, ws, id)
  local s = tasks.fetch(at, ws, id)
  if s and tasks.settle(at, s) then
    return s
  end
  return nil
end

-- Lets what is due take effect. Returns how many were looked at.
function tasks.settle_due(at, limit)
  local due = call('ZRANGEBYSCORE', at.tag .. 'Tq', '-inf', text(at.now), 'LIMIT', 0, limit)
  for _, member in ipairs(due) do
    local ws, id = string.match(member, '^([^\n]*)\n(.*)$')
    if not tasks.open(at, ws, id) then
      call('ZREM', at.tag .. 'Tq', member)
    end
  end
  return #due
end

-- Whether there is room for another one of that size; the oldest finished ones give way. Returns which limit is reached.
-- limits: open of agent, open of workspace, kept of workspace, bytes
function tasks.make_room(at, ws, agent, size, limits)
  local function count(kind, value)
    return call('ZCARD', tasks.index_key(at, ws, kind, value))
  end
  if count('open', agent) >= tonumber(limits[1]) then
    return 'agent'
  end
  if count('is', text(tasks.PENDING)) + count('is', text(tasks.IN_PROGRESS)) >= tonumber(limits[2]) then
    return 'workspace'
  end
  local function fits()
    return tonumber(call('GET', at.tag .. 'Tb:' .. ws) or '0') + size <= tonumber(limits[4])
      and count('all', '') < tonumber(limits[3])
  end
  for _ = 1, tasks.SCANNED do
    local oldest = not fits() and call('ZRANGE', at.tag .. 'Td:' .. ws, 0, 0)[1]
    if not oldest then
      break
    end
    local s = tasks.fetch(at, ws, oldest)
    if s then
      tasks.remove(at, s)
    else
      call('ZREM', at.tag .. 'Td:' .. ws, oldest)
    end
  end
  return not fits() and 'bytes' or nil
end

-- workspace, id, delegatee, delegator, session, its key, type, rank, time-out, retries, back-off, delay, payload, envelope or '',
-- open of agent, open of workspace, kept of workspace, bytes, fallback agents …
function tasks.create(at, args)
  local ws, id = args[1], args[2]
  local known = tasks.open(at, ws, id)
  if known then
    return {'OK', tasks.row(at, known)}
  end
  local size = #args[13] + #args[14]
  local full = tasks.make_room(at, ws, args[3], size, {args[15], args[16], args[17], args[18]})
  if full then
    return {'FULL', full}
  end
  local fallbacks = {}
  for i = 19, #args do
    fallbacks[#fallbacks + 1] = args[i]
  end
  local s = {id = id, ws = ws, st = tasks.PENDING, ag = args[3], by = args[4], si = args[5], sk = args[6], ty = args[7],
    rk = tonumber(args[8]), to = tonumber(args[9]), mr = tonumber(args[10]), bo = tonumber(args[11]), de = tonumber(args[12]),
    fb = fallbacks, no = 0, pr = '', ca = at.now, ua = at.now, te = -1, nt = -1, en = -1, vn = 0, hr = 0, he = 0,
    hv = args[14] ~= '' and 1 or 0, od = tick(at), rt = 0, fi = 0, sz = 0, ops = {}}
  call('HSET', tasks.key(at, ws, id), 'p', args[13])
  if args[14] ~= '' then
    call('HSET', tasks.key(at, ws, id), 'v', args[14])
  end
  tasks.add_bytes(at, s, size)
  tasks.begin(at, s)
  tasks.save(at, s)
  return {'OK', tasks.row(at, s)}
end

-- workspace, id
function tasks.get(at, args)
  local s = tasks.open(at, args[1], args[2])
  if not s then
    return {'NOT_FOUND'}
  end
  return {'OK', tasks.row(at, s)}
end

function tasks.was_done(s, operation)
  for _, done in ipairs(s.ops) do
    if done == operation then
      return true
    end
  end
  return false
end

function tasks.note_operation(s, operation)
  s.ops[#s.ops + 1] = operation
  if #s.ops > tasks.OPERATIONS then
    table.remove(s.ops, 1)
  end
end

-- Keeps a part of the task that an agent gave: 'r' result, 'e' error.
function tasks.set_part(at, s, part, flag, json)
  if json ~= '' then
    local hash = tasks.key(at, s.ws, s.id)
    tasks.add_bytes(at, s, #json - call('HSTRLEN', hash, part))
    call('HSET', hash, part, json)
    s[flag] = 1
  end
end

-- workspace, id, operation, agent or '', attempt or '', status or '', progress or '', result or '', error or ''
function tasks.update(at, args)
  local s = tasks.open(at, args[1], args[2])
  if not s then
    return {'NOT_FOUND'}
  end
  if tasks.was_done(s, args[3]) then
    return {'OK', tasks.row(at, s)}
  end
  if tasks.finished(s) then
    return {'TASK_FINISHED', s.st}
  end
  local agent, attempt, status = args[4], tonumber(args[5]), tonumber(args[6])
  local is_turn
  if attempt then
    is_turn = attempt == s.no
  else
    is_turn = agent ~= '' or s.no == 1
  end
  if s.te < 0 or not is_turn or (agent ~= '' and agent ~= s.ag) then
    return {'NOT_YOUR_TURN', s.ag, text(s.no), s.te >= 0 and 1 or 0}
  end
  tasks.unindex(at, s)
  tasks.note_operation(s, args[3])
  if args[7] ~= '' then
    s.pr = args[7]
  end
  tasks.set_part(at, s, 'r', 'hr', args[8])
  tasks.set_part(at, s, 'e', 'he', args[9])
  if args[7] ~= '' or status == tasks.IN_PROGRESS then
    s.st = tasks.IN_PROGRESS
  end
  s.ua = at.now
  if status == tasks.COMPLETED then
    tasks.finish(at, s, tasks.COMPLETED, at.now)
  elseif status == tasks.FAILED then
    tasks.next_turn(at, s, tasks.FAILED, at.now)
  end
  tasks.save(at, s)
  return {'OK', tasks.row(at, s)}
end

-- workspace, id, operation
function tasks.cancel(at, args)
  local s = tasks.open(at, args[1], args[2])
  if not s then
    return {'NOT_FOUND'}
  end
  if tasks.was_done(s, args[3]) then
    return {'OK', tasks.row(at, s)}
  end
  if tasks.finished(s) then
    return {'TASK_FINISHED', s.st}
  end
  tasks.unindex(at, s)
  tasks.note_operation(s, args[3])
  tasks.finish(at, s, tasks.CANCELLED, at.now)
  tasks.save(at, s)
  return {'OK', tasks.row(at, s)}
end

-- workspace, kind and value of the index, cursor or '', how many, delegatee or '', delegator or '', session or '', its key,
-- statuses as digits or ''. Answers rows, and the cursor to go on with or ''. An entry is worth what the task itself says.
function tasks.list(at, args)
  tasks.settle_due(at, tasks.SCANNED)
  local ws, index = args[1], tasks.index_key(at, args[1], args[2], args[3])
  local found, bytes = {}, 0
  local entries = call('ZRANGEBYSCORE', index, args[4] == '' and '-inf' or '(' .. args[4], '+inf', 'WITHSCORES', 'LIMIT', 0,
    tasks.SCANNED)
  local cursor = #entries == 2 * tasks.SCANNED and entries[#entries] or ''
  for i = 1, #entries, 2 do
    if #found == tonumber(args[5]) or bytes > tasks.PAGE_BYTES then
      cursor = entries[i - 1]
      break
    end
    local s = tasks.open(at, ws, entries[i])
    if not s then
      call('ZREM', index, entries[i])
    elseif (args[6] == '' or args[6] == s.ag) and (args[7] == '' or args[7] == s.by)
      and (args[8] == '' or (args[8] == s.si and args[9] == s.sk))
      and (args[10] == '' or string.find(args[10], text(s.st), 1, true)) then
      found[#found + 1] = tasks.row(at, s)
      bytes = bytes + s.sz
    end
  end
  return {'OK', found, cursor == '' and '' or text(tonumber(cursor))}
end

-- workspace, agents …
function tasks.work(at, args)
  local found = {}
  for i = 2, #args do
    local failures, rests = tasks.standing(at, args[1], args[i])
    found[#found + 1] = call('ZCARD', tasks.index_key(at, args[1], 'open', args[i]))
    found[#found + 1] = failures
    found[#found + 1] = text(rests > at.now and rests or 0)
  end
  return {'OK', found}
end

-- workspace, number of the change from which on or '' for none. Answers the number to ask with next, whether there may be more at
-- once, and what is to be told.
function tasks.sync(at, args)
  if args[2] == '' then
    return {'OK', text(at.clock), 0, {}}
  end
  local ids = call('ZRANGEBYSCORE', at.tag .. 'Tc:' .. args[1], '(' .. args[2], '+inf', 'WITHSCORES', 'LIMIT', 0, tasks.TOLD)
  local notices = {}
  for i = 1, #ids, 2 do
    local s = tasks.fetch(at, args[1], ids[i])
    if s then
      notices[#notices + 1] = tasks.notice(s)
    end
  end
  local more = #ids == 2 * tasks.TOLD
  return {'OK', text(more and tonumber(ids[#ids]) or at.clock), more and 1 or 0, notices}
end

-- Lets what is due take effect, and puts tasks.DUE where the next one is. Returns how many were looked at.
function tasks.fire(at, limit)
  local looked_at = tasks.settle_due(at, limit)
  local first = call('ZRANGE', at.tag .. 'Tq', 0, 0, 'WITHSCORES')
  if first[2] then
    call('ZADD', at.tag .. 'q', first[2], tasks.DUE)
  else
    call('ZREM', at.tag .. 'q', tasks.DUE)
  end
  return looked_at
end
