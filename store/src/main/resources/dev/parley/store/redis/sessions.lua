-- Sessions as they are held: numbers packed in one string, the document in another, whose first lines the functions read.
--
-- Lines of a document: the body of session.created; the surfaces; the identities, of which agents begin with '+' and others
-- with '-', or nothing where they are those of the first line; all the rest, of which only the first member is looked at
-- here: the operation that created the session.

local CREATED, ACTIVE, SUSPENDED, EXPIRED, TERMINATED = 0, 1, 2, 3, 7

-- Numbers and texts of a session in the order in which they are packed. ca created at, od ordinal, ws workspace, us user, ep
-- epoch, g generation of the last write, st status, rc renewals, ru rung given, nr index of the next rung, v version, hd head,
-- mr membership revision, br made by resolve, nn counted as near its end, al has an alias; of the plan: timeout, renews,
-- suspends (0 or 1), rungs.
local FIELDS = {'ca', 'od', 'ws', 'us', 'ep', 'g', 'st', 'rc', 'ru', 'nr', 'v', 'hd', 'mr', 'br', 'nn', 'al', 'timeout', 'renews',
  'suspends', 'rungs'}

-- Instants that follow, as what they are after the creation, so that they are short. sc status changed, ua updated, la last
-- activity, ea expires, ra renewed, lt last entry, q queued for, latest the plan's latest end.
local INSTANTS = {'sc', 'ua', 'la', 'ea', 'ra', 'lt', 'q', 'latest'}

-- And the number of the last change, as what it is after the ordinal.

local function key(at, kind, id)
  return at.tag .. kind .. ':' .. id
end

local function packed_session(s)
  local values = {}
  for i = 1, #FIELDS do
    values[i] = s[FIELDS[i]]
  end
  for i = 1, #INSTANTS do
    values[#FIELDS + i] = s[INSTANTS[i]] - s.ca
  end
  values[#values + 1] = s.c - s.od
  return cmsgpack.pack(values)
end

-- The session as it is stored; nil when there is none.
local function fetch(at, id)
  local packed = call('GET', key(at, 'n', id))
  if not packed then
    return nil
  end
  local values = cmsgpack.unpack(packed)
  local s = {id = id, packed = packed}
  for i = 1, #FIELDS do
    s[FIELDS[i]] = values[i]
  end
  for i = 1, #INSTANTS do
    s[INSTANTS[i]] = values[#FIELDS + i] + s.ca
  end
  s.c = values[#FIELDS + #INSTANTS + 1] + s.od
  s.stored_head = s.hd
  return s
end

-- The numbers of a plan as they come in arguments: idle time-out, latest end, whether activity renews, whether idleness suspends;
-- and the rungs.
local function read_plan(s, plan, rungs)
  local timeout, latest, renews, suspends = string.match(plan, '^(%-?%d+),(%-?%d+),(%d),(%d)$')
  s.timeout, s.latest, s.renews, s.suspends = tonumber(timeout), tonumber(latest), tonumber(renews), tonumber(suspends)
  s.rungs = {}
  for rung in string.gmatch(rungs, '%d+') do
    s.rungs[#s.rungs + 1] = tonumber(rung)
  end
end

local function ended(s)
  return s.st >= EXPIRED
end

local function document(at, s)
  return call('GET', key(at, 'd', s.id))
end

-- The first three lines of a document.
local function head_lines(text_of_document)
  return string.match(text_of_document, '^([^\n]*)\n([^\n]*)\n([^\n]*)\n')
end

-- The operation that created a session.
local function creation(text_of_document)
  return string.match(text_of_document, '^[^\n]*\n[^\n]*\n[^\n]*\n{"c":"([^"]*)"')
end

-- How long the keys of a session may live at most.
local function lifetime(at, s)
  return math.max(s.latest, s.ea, at.now) - at.now + at.retention + DAY
end

local SESSION_KEYS = {'n', 'd', 'l', 'e', 'i', 'w'}

local function keep_all(at, s)
  local millis = lifetime(at, s)
  for _, kind in ipairs(SESSION_KEYS) do
    keep(key(at, kind, s.id), millis)
  end
end

-- The instant at which something happens to the session if nobody does anything.
local function next_instant(at, s)
  if ended(s) then
    return s.ea + at.retention
  end
  local rung = s.rungs[s.nr + 1]
  return rung and s.ea - rung or s.ea
end

local function queue_at(at, due, id)
  add(at, 'q', text(due), id)
  if at.told == nil or due < at.told then
    at.told = due
    call('HSET', at.tag .. 'p', 'told', text(due))
    publish_to_all(at, {'earlier', at.tag, text(due)})
  end
end

-- Sees to it that fire meets the session in time. An instant that moves away leaves the place as it is.
local function queue(at, s)
  local due = next_instant(at, s)
  if s.q == s.ca or due < s.q then
    s.q = due
    queue_at(at, due, s.id)
  end
end

-- Counters: of a status in a workspace, and of what is near its end.
local function count(at, field, by)
  local counters = at.tag .. 'k'
  local counted = tonumber(call('HINCRBY', counters, field, by))
  if counted == 0 then
    call('HDEL', counters, field)
  elseif counted == by then
    call('PEXPIRE', counters, text(PARTITION_TTL))
  end
end

local function count_near(at, s)
  local near = (not ended(s) and s.nr > 0) and 1 or 0
  if near ~= s.nn then
    count(at, 'near', near - s.nn)
    s.nn = near
  end
end

local function index_key(at, workspace, identity)
  return at.tag .. 'x:' .. workspace .. '\n' .. identity
end

-- The user's revision changes: a member without a name among their sessions.
local function revise(at, s)
  if s.us ~= '' then
    local index = index_key(at, s.ws, s.us)
    call('ZADD', index, text(tick(at)), '')
  end
end

local function set_status(at, s, status, instant)
  count(at, s.st .. ':' .. s.ws, -1)
  count(at, status .. ':' .. s.ws, 1)
  s.st, s.sc = status, instant
  revise(at, s)
end

-- Notes, at the first write in a generation, the head that the session then has: what survived of the generations before.
local GENERATIONS_KEPT = 8

local function note_generation(at, s)
  if s.g == at.generation then
    return
  end
  s.g = at.generation
  local parts = {}
  for part in string.gmatch(s.ep, '[^.]+') do
    parts[#parts + 1] = part
  end
  parts[#parts + 1] = at.generation .. '-' .. text(s.stored_head)
  if #parts > GENERATIONS_KEPT + 1 then
    local oldest, head = string.match(parts[2], '^(%d+)%-?(%d*)$')
    local generation, next_head = string.match(parts[3], '^(%d+)%-(%d+)$')
    if head ~= '' and tonumber(head) < tonumber(next_head) then
      next_head = head
    end
    parts[3] = generation .. '-' .. next_head
    table.remove(parts, 2)
  end
  s.ep = table.concat(parts, '.')
end

-- Gives the session its next number of change; what happened under it is told next.
local function changed(at, s)
  note_generation(at, s)
  s.c = tick(at)
  add(at, 'c', text(s.c), s.id)
end

-- Writes what has changed.
local function save(at, s)
  if s.gone then
    return
  end
  queue(at, s)
  count_near(at, s)
  local packed = packed_session(s)
  if packed == s.packed then
    return
  end
  if s.g ~= at.generation then
    note_generation(at, s)
    packed = packed_session(s)
  end
  s.packed = packed
  call('SET', key(at, 'n', s.id), packed, 'KEEPTTL')
end

-- The state in the order in which Java reads it.
local function packed_state(s)
  return cmsgpack.pack({s.st, s.sc, s.ua, s.la, s.ea, s.ra, s.rc, s.ru, s.v, s.hd, s.ep, s.c})
end

local function packed_plan(s)
  return cmsgpack.pack({s.timeout, s.latest, s.renews, s.suspends, s.rungs})
end

-- Session, as an answer.
local function snapshot(at, s)
  return {packed_state(s), packed_plan(s), document(at, s)}
end

-- Identities of a document by their names in the index; agents are marked. A line without any says that they are those of the
-- first one.
local function identities(text_of_document)
  local created, _, line = head_lines(text_of_document)
  local found = {}
  if line ~= '' then
    for _, marked in ipairs(cjson.decode(line)) do
      found[string.sub(marked, 2)] = string.sub(marked, 1, 1)
    end
    return found
  end
  local first = cjson.decode(created)
  found[first.createdBy] = '-'
  if first.userId then
    found[first.userId] = '-'
  end
  if first.agentId then
    found[first.agentId] = '+'
  end
  return found
end

local function index(at, s, identity)
  local place = index_key(at, s.ws, identity)
  call('ZADD', place, text(s.od), s.id)
  keep(place, lifetime(at, s))
end

local function unindex(at, s, identity)
  local place = index_key(at, s.ws, identity)
  call('ZREM', place, s.id)
  -- The revision alone is not worth a key: a user without sessions has none.
  if call('ZCARD', place) == 1 and call('ZSCORE', place, '') then
    call('DEL', place)
  end
end

-- Tells all gateways that an agent takes part.
local function tell_assigned(at, s, is, was)
  for identity, mark in pairs(is) do
    if mark == '+' and was[identity] ~= '+' then
      publish_to_all(at, {'assigned', identity, s.id, note(at, 'g', identity .. '\n' .. s.id)})
    end
  end
end

-- number from which on, or '': who came to take part in what, as 'agent\nsession'
local function assigned(at, args)
  local clock, whole, notes = noted_since(at, 'g', args[1])
  return {'OK', clock, whole and 1 or 0, notes}
end
