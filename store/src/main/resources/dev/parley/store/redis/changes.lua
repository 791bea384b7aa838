-- Creations, changes, renewals, deletions.

-- Ids: one that tells its partition lies there; any other has its home in the partition of its hash, which holds either the
-- session or an alias ('@'): the operation that created it and the partition where it lies.

-- id, operation, partition where the session will lie, operation whose claim may be replaced or ''
local function claim(at, args)
  local alias = key(at, '@', args[1])
  local mine = args[2] .. ' ' .. args[3]
  local s = open(at, args[1])
  if s then
    return {creation(document(at, s)) == args[2] and 'OK' or 'CONFLICT'}
  end
  local known = call('GET', alias)
  if known and known ~= mine then
    local operation, partition = string.match(known, '^(%S+) (.*)$')
    if operation ~= args[4] then
      return {'TAKEN', operation, partition}
    end
  end
  call('SET', alias, mine, 'PX', text(PARTITION_TTL))
  return {'OK'}
end

local function note_deletion(at, operation)
  if operation ~= '' then
    call('SET', key(at, 'z', operation), '1', 'PX', text(REMEMBERED_MILLIS))
  end
end

-- id, operation that claimed it, operation that deleted it or ''
local function unclaim(at, args)
  local alias = key(at, '@', args[1])
  local known = call('GET', alias)
  if known and string.match(known, '^%S+') == args[2] then
    call('DEL', alias)
  end
  note_deletion(at, args[3])
  return {'OK'}
end

-- id, operation: forbids a creation that has claimed the id and not come yet
local function void(at, args)
  local s = open(at, args[1])
  if s then
    return {'EXISTS'}
  end
  call('SET', key(at, 'v', args[2]), '1', 'PX', text(REMEMBERED_MILLIS))
  return {'OK'}
end

-- The arguments of a change, from an index on.
local function read_commit(args, i)
  local c = {
    operation = args[i],
    version = tonumber(args[i + 1]),
    document = args[i + 2],
    plan = args[i + 3],
    rungs = args[i + 4],
    end_status = args[i + 5] ~= '' and tonumber(args[i + 5]) or nil,
    end_at = tonumber(args[i + 6]),
    allow_ended = args[i + 7] == '1',
    membership = tonumber(args[i + 8]),
    changes = tonumber(args[i + 9]),
    events = {},
  }
  for e = i + 10, #args, 3 do
    c.events[#c.events + 1] = {type = args[e], author = args[e + 1], body = args[e + 2]}
  end
  return c
end

local function reindex(at, s, before, after)
  local was, is = identities(before), identities(after)
  for identity in pairs(is) do
    if not was[identity] then
      index(at, s, identity)
    end
  end
  for identity in pairs(was) do
    if not is[identity] then
      unindex(at, s, identity)
    end
  end
  tell_assigned(at, s, is, was)
end

-- Applies a change whose conditions hold; answers the session after it.
local function apply(at, s, c)
  local before = document(at, s)
  local was = {head_lines(before)}
  local is = {head_lines(c.document)}
  if was[1] ~= is[1] then
    write_first_entry(at, s, was[1], creator(was[1]))
  end
  call('SET', key(at, 'd', s.id), c.document, 'KEEPTTL')
  s.mr = c.membership
  local ending = c.end_status and not ended(s)
  if ending then
    finish(at, s, c.end_status, math.min(math.max(c.end_at, s.ca), at.now), at.now)
  else
    s.v = s.v + c.changes
    s.ua = at.now
  end
  if c.plan ~= '' then
    replan(at, s, c.plan, c.rungs)
  end
  if was[1] ~= is[1] or was[3] ~= is[3] then
    reindex(at, s, before, c.document)
  end
  local entries = {}
  for i, event in ipairs(c.events) do
    entries[i] = add_lifecycle(at, s, at.now, event.type, event.author, event.body)
  end
  if #entries > 0 then
    tell_entries(at, s, entries)
  else
    tell_state(at, s)
  end
  if ending then
    outbox.put(at, s, 'c', s.ea, #c.events > 0 and c.events[#c.events].author or '', '', nil,
      creation(c.document))
  end
  settle(at, s)
  local answer = {packed_state(s), packed_plan(s), c.document}
  if not s.gone then
    remember(key(at, 'a', s.id), c.operation, cmsgpack.pack(answer))
  end
  save(at, s)
  return answer
end

local function answered(answer)
  table.insert(answer, 1, 'OK')
  return answer
end

-- Copies the messages of a log under new numbers, and how far everybody had seen.
local function copy_log(at, from, to)
  local positions = {}
  local flat = call('HGETALL', key(at, 'w', from.id))
  for i = 1, #flat, 2 do
    positions[#positions + 1] = {who = flat[i], old = tonumber(flat[i + 1]), new = to.hd}
  end
  for _, packed in ipairs(call('LRANGE', key(at, 'l', from.id), 0, -1)) do
    local entry = cmsgpack.unpack(packed)
    local old = entry[SEQ]
    to.hd = to.hd + 1
    entry[SEQ], entry[7] = to.hd, ''
    write_message(at, to, cmsgpack.pack(entry), entry[MESSAGE_ID])
    for _, position in ipairs(positions) do
      if position.old >= old then
        position.new = to.hd
      end
    end
  end
  for _, position in ipairs(positions) do
    call('HSET', key(at, 'w', to.id), position.who, text(position.new))
  end
  keep(key(at, 'w', to.id), lifetime(at, to))
end

local function insert(at, args)
  local created = tonumber(args[4])
  local s = {id = args[1], ws = args[7], us = args[8], g = at.generation, v = 1, hd = 1, st = CREATED, rc = 0, ru = 0, nn = 0,
    ca = created, sc = created, ua = created, la = created, ra = created, lt = created, q = created}
  s.mr, s.br, s.al = tonumber(args[9]), tonumber(args[10]), tonumber(args[12])
  s.ep, s.stored_head = string.sub(args[2], 1, 8) .. '.' .. at.generation, 1
  read_plan(s, args[5], args[6])
  s.ea = idle_deadline(s)
  s.nr = first_rung_below(s, s.ea - created)
  s.od = tick(at)
  s.c = s.od
  call('SET', key(at, 'd', s.id), args[3], 'PX', text(lifetime(at, s)))
  count(at, CREATED .. ':' .. s.ws, 1)
  revise(at, s)
  local is = identities(args[3])
  for identity in pairs(is) do
    index(at, s, identity)
  end
  return s, is
end

-- id, operation, document, created at, plan, rungs, workspace, user or '', membership revision, made by resolve, the user's
-- revision or '', whether an alias leads here, prior session or '', and the change that closes the prior one
local function create(at, args)
  local known = open(at, args[1])
  if known then
    if creation(document(at, known)) ~= args[2] then
      return {'CONFLICT'}
    end
    return answered(snapshot(at, known))
  end
  if call('EXISTS', key(at, 'v', args[2])) == 1 then
    return {'CONFLICT'}
  end
  local alias = call('GET', key(at, '@', args[1]))
  if alias then
    local operation, partition = string.match(alias, '^(%S+) (.*)$')
    if operation ~= args[2] then
      return {'TAKEN', operation, partition}
    end
  end
  local prior
  if args[13] ~= '' then
    prior = open(at, args[13])
    if not prior then
      return not_found(at, args[13])
    end
    if not ended(prior) and prior.v ~= tonumber(args[15]) then
      return {'VERSION_CONFLICT', text(prior.v)}
    end
  end
  if args[11] ~= '' then
    local revision = tonumber(call('ZSCORE', index_key(at, args[7], args[8]), '') or '0')
    if revision ~= tonumber(args[11]) then
      return {'VERSION_CONFLICT', text(revision)}
    end
  end
  local s, is = insert(at, args)
  if prior then
    copy_log(at, prior, s)
  end
  tell_assigned(at, s, is, {})
  outbox.put(at, s, 'n', s.ca, creator((head_lines(args[3]))), '')
  save(at, s)
  call('PEXPIRE', key(at, 'n', s.id), text(lifetime(at, s)))
  if prior and not ended(prior) then
    apply(at, prior, read_commit(args, 14))
  end
  return answered(snapshot(at, s))
end

-- session
-- Whoever listens names the last turn of presence that was told, or nothing: the number to name next, and the turns since.
local function load(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local answer = answered(snapshot(at, s))
  if args[2] then
    answer[#answer + 1] = text(math.max(at.clock, at.real - 1))
    answer[#answer + 1] = args[2] == '' and {}
      or call('ZRANGEBYSCORE', key(at, 't', s.id), '(' .. args[2], '+inf', 'WITHSCORES')
  end
  return answer
end

-- session, and the change
local function commit(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local c = read_commit(args, 2)
  local known = recall(key(at, 'a', s.id), c.operation)
  local refusal
  if known then
    refusal = answered(cmsgpack.unpack(known))
  elseif ended(s) and not c.allow_ended then
    refusal = refuse_ended(s)
  elseif s.v ~= c.version then
    refusal = {'VERSION_CONFLICT', text(s.v)}
  end
  if refusal then
    return refusal
  end
  return answered(apply(at, s, c))
end

local function worth_writing(at, s, least, deadline)
  return least <= 0
    or s.st ~= ACTIVE
    or deadline - s.ea >= least
    or s.ru ~= 0
    or next_instant(at, s) - at.now < 2 * least
end

local function renewed_answer(at, s, renewed, packed)
  return {'OK', packed, packed_plan(s), document(at, s), renewed}
end

-- session, operation, '1' by hand, least gain in milliseconds
local function renew(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local answers = key(at, 'b', s.id)
  local manual, least = args[3] == '1', tonumber(args[4])
  local known = recall(answers, args[2])
  local deadline = deadline_after_activity(s, at.now, manual)
  local refusal
  if known then
    local answer = cmsgpack.unpack(known)
    refusal = renewed_answer(at, s, answer[2], answer[1])
  elseif ended(s) then
    refusal = refuse_ended(s)
  elseif manual and deadline <= s.ea and deadline == s.latest and s.st ~= SUSPENDED then
    refusal = {'NOTHING_TO_GAIN', text(s.ea)}
  elseif not manual and not worth_writing(at, s, least, deadline) then
    refusal = renewed_answer(at, s, 0, packed_state(s))
  end
  if refusal then
    return refusal
  end
  local before = s.st
  local renewed = activity(at, s, manual) and 1 or 0
  if renewed == 1 or before ~= s.st then
    tell_state(at, s)
  end
  save(at, s)
  local packed = packed_state(s)
  remember(answers, args[2], cmsgpack.pack({packed, renewed}))
  return renewed_answer(at, s, renewed, packed)
end

-- session, operation, type of a farewell or '', its author, its body
local function delete(at, args)
  if call('EXISTS', key(at, 'z', args[2])) == 1 then
    return {'OK'}
  end
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local farewell = ''
  if args[3] ~= '' and not ended(s) then
    farewell = next_entry(s, at.now, args[3], args[4], '', '', '', args[5])
  end
  local live = not ended(s)
  local made = live and creation(document(at, s)) or ''
  remove(at, s, farewell, args[2])
  if live then
    s.st, s.ea = TERMINATED, at.now
    outbox.put(at, s, 'c', at.now, args[4], '', nil, made)
  end
  outbox.put(at, s, 'd', at.now, args[4], '', tick(at))
  note_deletion(at, args[2])
  return {'OK', chores(at)}
end
