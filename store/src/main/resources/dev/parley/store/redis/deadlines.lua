-- What passed deadlines do to a session. The instant decides: every function first lets them take effect.

local function first_rung_below(s, left)
  local index = 0
  while index < #s.rungs and s.rungs[index + 1] >= left do
    index = index + 1
  end
  return index
end

local function move_deadline(s, deadline, now)
  s.ea, s.ru = deadline, 0
  s.nr = first_rung_below(s, deadline - now)
end

local function idle_deadline(s)
  return math.min((s.renews == 1 and s.la or s.ra) + s.timeout, s.latest)
end

-- Where the deadline would lie after activity now.
local function deadline_after_activity(s, now, manual)
  if not manual and s.renews == 0 and s.st ~= SUSPENDED then
    return s.ea
  end
  return math.min(math.max(s.renews == 1 and s.la or s.ra, now) + s.timeout, s.latest)
end

-- Notes activity: activates, revives, renews where the plan says so. Returns whether the deadline moved.
local function activity(at, s, manual)
  local now = at.now
  local deadline = deadline_after_activity(s, now, manual)
  if manual or (s.st == SUSPENDED and s.renews == 0) then
    s.ra = math.max(s.ra, now)
  end
  s.la = math.max(s.la, now)
  if s.st ~= ACTIVE then
    set_status(at, s, ACTIVE, now)
  end
  if deadline == s.ea then
    return false
  end
  s.rc = s.rc + 1
  move_deadline(s, deadline, now)
  return true
end

-- Computes the deadline anew from another plan; it may then lie in the past.
local function replan(at, s, plan, rungs)
  read_plan(s, plan, rungs)
  keep_all(at, s)
  if ended(s) then
    return
  end
  local deadline = s.st == SUSPENDED and s.latest or idle_deadline(s)
  if deadline ~= s.ea then
    move_deadline(s, deadline, at.now)
  else
    -- The same deadline: what was given for it stays given.
    local left = deadline - at.now
    s.nr = first_rung_below(s, s.ru > 0 and math.min(s.ru, left) or left)
  end
end

-- Ends the session; from now on its expiry tells when.
local function finish(at, s, status, instant, now)
  set_status(at, s, status, instant)
  s.ua, s.ea = now, instant
  s.v = s.v + 1
end

-- In the queue of what is due: the out-box of removals that an id's home elsewhere has to hear of.
local OUT_BOX = ''
local FORWARD_AGAIN_MILLIS = 1000

-- Takes a session away with all that belongs to it. farewell: the packed entry that tells its end, '' when that was told.
local function remove(at, s, farewell, operation)
  local stored = document(at, s)
  changed(at, s)
  publish(at, {'deleted', s.id, s.c, s.ep, farewell})
  s.gone = true
  call('ZREM', at.tag .. 'q', s.id)
  count(at, s.st .. ':' .. s.ws, -1)
  if s.nn == 1 then
    count(at, 'near', -1)
  end
  revise(at, s)
  for identity in pairs(identities(stored)) do
    unindex(at, s, identity)
  end
  if s.al == 1 then
    call('RPUSH', at.tag .. 'o', cmsgpack.pack({s.id, creation(stored), operation}))
    keep(at.tag .. 'o', PARTITION_TTL)
    queue_at(at, at.now, OUT_BOX)
  end
  for _, kind in ipairs({'n', 'd', 'l', 'e', 'i', 'w', 'a', 'b', 'y', 't'}) do
    call('DEL', key(at, kind, s.id))
  end
end

local function quoted_name(s, at)
  return string.match(head_lines(document(at, s)), '"name":(".*"),"createdAt":"[^"]*"}$') or ''
end

-- Lets the deadlines that have passed take effect: suspension, expiry, the end of retention. Entries that a deadline makes
-- carry the numbers of which Java makes their text. Returns whether the session is still there.
local function settle(at, s)
  while at.now >= s.ea and not ended(s) do
    local instant = s.ea
    local idle = instant < s.latest
    local name = quoted_name(s, at)
    if s.suspends == 1 and idle and s.st ~= SUSPENDED then
      set_status(at, s, SUSPENDED, instant)
      s.ua = instant
      s.v = s.v + 1
      move_deadline(s, s.latest, instant)
      local body = text(s.ea) .. ' ' .. text(instant) .. ' ' .. name
      tell_entries(at, s, {add_lifecycle(at, s, instant, 'session.suspended', '', body)})
      outbox.put(at, s, 's', instant, 'system', '')
    else
      finish(at, s, EXPIRED, instant, instant)
      local body = text(instant) .. (idle and ' idle ' or ' max-duration ') .. name
      tell_entries(at, s, {add_lifecycle(at, s, instant, 'session.expired', '', body)})
      outbox.put(at, s, 'c', instant, 'system', '', nil, creation(document(at, s)))
    end
    at.lateness[#at.lateness + 1] = at.now - instant
  end
  if ended(s) and at.now >= s.ea + at.retention then
    remove(at, s, '', '')
    return false
  end
  return true
end

-- The session, its passed deadlines settled and that saved; nil when there is none.
local function open(at, id)
  local s = fetch(at, id)
  if s == nil or at.now < s.ea then
    return s
  end
  if not settle(at, s) then
    return nil
  end
  save(at, s)
  return s
end

-- Gives the lowest of the rungs that have been reached, if one has been. Returns when it was due.
local function give_rung(at, s)
  local given
  while s.nr < #s.rungs and at.now >= s.ea - s.rungs[s.nr + 1] do
    s.nr = s.nr + 1
    given = s.rungs[s.nr]
  end
  if not given then
    return nil
  end
  s.ru = given
  return s.ea - given
end

-- What is in the out-box; the caller forwards it.
local function chores(at)
  return call('LRANGE', at.tag .. 'o', 0, 99)
end

-- Changes are kept for at least so long, and at most twice as long while somebody listens or fires.
local CHANGES_KEPT_MICROS = 5000000
local CHANGES_TOLD = 4096

local function trim_changes(at)
  local partition = at.tag .. 'p'
  local noted = call('HMGET', partition, 'mark', 'marked')
  local mark, marked = tonumber(noted[1] or '0'), tonumber(noted[2] or '0')
  if at.real - marked < CHANGES_KEPT_MICROS then
    return
  end
  call('ZREMRANGEBYSCORE', at.tag .. 'c', '-inf', text(mark))
  call('HSET', partition, 'trimmed', text(mark), 'mark', text(at.clock), 'marked', text(at.real))
  for _, kind in ipairs({'p', 'q', 'c', 'k'}) do
    call('PEXPIRE', at.tag .. kind, text(PARTITION_TTL))
  end
end

-- limit: at most so many sessions
local function fire(at, args)
  local due = call('ZRANGEBYSCORE', at.tag .. 'q', '-inf', text(at.now), 'LIMIT', 0, args[1])
  for _, id in ipairs(due) do
    local s = id ~= tasks.DUE and fetch(at, id)
    if s == nil then
      call('ZREM', at.tag .. 'q', id)
    elseif s then
      s.q = s.ca
      if settle(at, s) and not ended(s) then
        local instant = give_rung(at, s)
        if instant then
          at.lateness[#at.lateness + 1] = at.now - instant
          tell_state(at, s)
          outbox.put(at, s, 'w', at.now, 'system', quoted_name(s, at))
        end
      end
      save(at, s)
    end
  end
  local done = math.max(#due, tasks.fire(at, args[1]))
  trim_changes(at)
  local left = chores(at)
  if #left > 0 then
    add(at, 'q', text(at.now + FORWARD_AGAIN_MILLIS), OUT_BOX)
  end
  local first = call('ZRANGE', at.tag .. 'q', 0, 0, 'WITHSCORES')
  local next = first[2] and text(tonumber(first[2])) or ''
  call('HSET', at.tag .. 'p', 'told', next)
  local lateness = {}
  for i, late in ipairs(at.lateness) do
    lateness[i] = text(late)
  end
  return {'OK', done, next, lateness, left, #due > 0 and call('EXISTS', at.tag .. 'h') or 0}
end

-- Lets the passed deadlines of all sessions of the partition take effect.
local function settle_all(at)
  for _, id in ipairs(call('ZRANGEBYSCORE', at.tag .. 'q', '-inf', text(at.now))) do
    if id ~= tasks.DUE then
      open(at, id)
    end
  end
end

-- rows: what was forwarded
local function forwarded(at, rows)
  for _, row in ipairs(rows) do
    call('LREM', at.tag .. 'o', 1, row)
  end
  if call('EXISTS', at.tag .. 'o') == 0 then
    call('ZREM', at.tag .. 'q', OUT_BOX)
  end
  return {'OK'}
end

-- What has changed since a change number, in pairs of id and number; whether that is all; the generation, the clocks, and
-- what is due next.
-- since: change number
local function sync(at, args)
  local since = tonumber(args[1])
  local noted = call('HMGET', at.tag .. 'p', 'trimmed')
  local whole = since >= tonumber(noted[1] or '0')
  local changes = {}
  if at.clock > since then
    changes = call('ZRANGEBYSCORE', at.tag .. 'c', '(' .. text(since), '+inf', 'WITHSCORES', 'LIMIT', 0, CHANGES_TOLD)
    whole = whole and #changes < 2 * CHANGES_TOLD
  end
  trim_changes(at)
  local first = call('ZRANGE', at.tag .. 'q', 0, 0, 'WITHSCORES')
  local next = first[2] and text(tonumber(first[2])) or ''
  return {'OK', text(at.clock), whole and 1 or 0, at.generation, text(at.real), text(at.now), next, changes}
end
