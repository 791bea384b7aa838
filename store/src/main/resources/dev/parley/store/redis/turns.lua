-- Turns at tasks: whose they are, how they end, and what an agent that loses too many has to bear.

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
  s.tr = failures >= tasks.FAILURES_BEFORE_REST and rests <= at.now and 1 or 0
  if s.tr == 1 then
    tasks.note_standing(at, s.ws, s.ag, failures, s.te)
  end
end

function tasks.finish(at, s, status, instant)
  if status == tasks.CANCELLED and s.tr == 1 then
    local failures, rests = tasks.standing(at, s.ws, s.ag)
    if rests == s.te then
      -- A trial that was called off showed nothing: it is over, and the agent gets another one.
      tasks.note_standing(at, s.ws, s.ag, failures, instant)
    end
  end
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
  for _, value in ipairs({s.no, s.ag, how, instant}) do
    s.pt[#s.pt + 1] = value
  end
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
