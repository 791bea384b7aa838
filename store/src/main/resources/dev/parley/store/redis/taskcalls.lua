-- What can be asked of tasks; see tasks.lua.

tasks.ENDED_KEPT = 10000

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
-- open of agent, open of workspace, kept of workspace, bytes, 1 where the delegatee was chosen, fallback agents …
function tasks.create(at, args)
  local ws, id = args[1], args[2]
  local known = tasks.open(at, ws, id)
  if known then
    return {'OK', tasks.row(at, known)}
  end
  if args[6] ~= '' and tonumber(call('ZSCORE', at.tag .. 'Te:' .. ws, args[6]) or '0') > at.now then
    return {'NOT_FOUND'}
  end
  local _, rests = tasks.standing(at, ws, args[3])
  if args[19] == '1' and rests > at.now then
    return {'RESTING', args[3]}
  end
  local size = #args[13] + #args[14]
  local full = tasks.make_room(at, ws, args[3], size, {args[15], args[16], args[17], args[18]})
  if full then
    return {'FULL', full}
  end
  local fallbacks = {}
  for i = 20, #args do
    fallbacks[#fallbacks + 1] = args[i]
  end
  local s = {id = id, ws = ws, st = tasks.PENDING, ag = args[3], by = args[4], si = args[5], sk = args[6], ty = args[7],
    rk = tonumber(args[8]), to = tonumber(args[9]), mr = tonumber(args[10]), bo = tonumber(args[11]), de = tonumber(args[12]),
    fb = fallbacks, no = 0, pr = '', ca = at.now, ua = at.now, te = -1, nt = -1, en = -1, vn = 0, hr = 0, he = 0,
    hv = args[14] ~= '' and 1 or 0, pt = {}, od = tick(at), rt = 0, fi = 0, sz = 0, ops = {}, tr = 0}
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

-- No task is made any more in a session that has ended.
function tasks.bar(at, ws, key)
  local ended = at.tag .. 'Te:' .. ws
  call('ZADD', ended, text(at.now + REMEMBERED_MILLIS), key)
  call('ZREMRANGEBYSCORE', ended, '-inf', text(at.now))
  call('ZREMRANGEBYRANK', ended, 0, -1 - tasks.ENDED_KEPT)
  call('PEXPIRE', ended, text(REMEMBERED_MILLIS))
end

-- Cancels the live tasks of sessions that have ended, a number of them at a time. Answers of how many sessions all were.
-- workspace, and for each: session, its key, why
function tasks.end_sessions(at, args)
  local ws, left, done = args[1], tasks.SCANNED, 0
  for i = 2, #args, 3 do
    local index = tasks.index_key(at, ws, 'live', args[i] .. '\n' .. args[i + 1])
    tasks.bar(at, ws, args[i + 1])
    local ids = call('ZRANGE', index, 0, left)
    for n = 1, math.min(left, #ids) do
      local s = tasks.open(at, ws, ids[n])
      if not s then
        call('ZREM', index, ids[n])
      elseif not tasks.finished(s) then
        tasks.unindex(at, s)
        tasks.set_part(at, s, 'e', 'he', args[i + 2])
        tasks.finish(at, s, tasks.CANCELLED, at.now)
        tasks.save(at, s)
      end
    end
    if #ids > left then
      break
    end
    left, done = left - #ids, done + 1
  end
  return {'OK', done}
end

-- workspace, kind and value of the index, cursor or '', how many, delegatee or '', delegator or '', session or '', its key,
-- statuses as digits or '', former delegatee or ''. Answers rows, and the cursor to go on with or ''. An entry is worth what the task itself says.
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
      and (args[10] == '' or string.find(args[10], text(s.st), 1, true))
      and (args[11] == '' or (args[11] ~= s.ag and tasks.lost_one(s, args[11]))) then
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
    add(at, 'q', first[2], tasks.DUE)
  else
    call('ZREM', at.tag .. 'q', tasks.DUE)
  end
  return looked_at
end
