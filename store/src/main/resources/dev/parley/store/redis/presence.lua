-- Who has connections that are attached to a session. 'y:<session>' hash: participant → packed list of what gateways hold of
-- them, each {gateway, its lease, kind, connections, since, when that was said, surfaces as lines}; no connections say that an
-- agent detached by hand. 't:<session>' sorted set of who came ('+') and went ('-') last, by the number of the change.
-- 'j:<lease>' set of what was said under a lease: lines of session, participant, gateway.

local presence = {}

-- A lease that a caller does not know may be a new one: what was said lately counts all the same.
presence.YOUNG_MILLIS = 10000

function presence.leases(args, from)
  local live = {}
  for i = from, #args do
    live[args[i]] = true
  end
  return live
end

function presence.counts(at, one, live)
  return live[one[2]] or at.now - one[6] < presence.YOUNG_MILLIS
end

function presence.said(at, id, participant)
  local packed = call('HGET', key(at, 'y', id), participant)
  return packed and cmsgpack.unpack(packed) or {}
end

function presence.write(at, s, participant, all)
  local place = key(at, 'y', s.id)
  if #all == 0 then
    call('HDEL', place, participant)
  else
    call('HSET', place, participant, cmsgpack.pack(all))
    keep(place, lifetime(at, s))
  end
end

-- Whether anybody is there, and whether an agent is away by hand; nil for leases counts all.
function presence.stands(at, all, live)
  local there, away = false, false
  for _, one in ipairs(all) do
    if not live or presence.counts(at, one, live) then
      if one[4] > 0 then
        there = true
      else
        away = true
      end
    end
  end
  return there, away
end

function presence.forget(at, s, participant)
  call('ZREM', key(at, 't', s.id), '+' .. participant, '-' .. participant)
end

-- The number is noted among the partition's changes, so that the look for what the channel lost finds it; the one before it
-- is told too, so that whoever missed that one leaves both to the look.
function presence.tell(at, s, participant, present)
  local turns, number = key(at, 't', s.id), text(tick(at))
  local last = call('ZREVRANGE', turns, 0, 0, 'WITHSCORES')[2] or '0'
  presence.forget(at, s, participant)
  call('ZADD', turns, number, (present and '+' or '-') .. participant)
  keep(turns, lifetime(at, s))
  add(at, 'c', number, '\n' .. s.id)
  publish(at, {'signal', s.id, 'presence.changed', participant, '', '{"present":' .. tostring(present) .. '}', number,
    text(tonumber(last))})
end

-- session, own lease, gateway, participant, kind, connections, since, surfaces as lines, whether it is an agent that is away by
-- hand, leases that run, the own one too...
function presence.put(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local lease, gateway, participant = args[2], args[3], args[4]
  local live = presence.leases(args, 10)
  local before, all = presence.said(at, s.id, participant), {}
  for _, one in ipairs(before) do
    if presence.counts(at, one, live) and one[1] ~= gateway then
      all[#all + 1] = one
    end
  end
  local held, member = key(at, 'j', lease), s.id .. '\n' .. participant .. '\n' .. gateway
  if args[6] == '0' and args[9] == '0' then
    call('SREM', held, member)
  else
    all[#all + 1] = {gateway, lease, args[5], tonumber(args[6]), tonumber(args[7]), at.now, args[8]}
    call('SADD', held, member)
    call('PEXPIRE', held, text(PARTITION_TTL))
  end
  presence.write(at, s, participant, all)
  local was, was_away = presence.stands(at, before, live)
  local is, is_away = presence.stands(at, all, live)
  if was ~= is then
    presence.tell(at, s, participant, is)
  elseif not is and is_away and not was_away then
    presence.tell(at, s, participant, false)
  elseif not is and was_away and not is_away then
    -- Whether it is there follows from its being online again.
    presence.forget(at, s, participant)
  end
  return {'OK'}
end

-- session, leases that run...
function presence.of(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local live, found = presence.leases(args, 2), {}
  local rows = call('HGETALL', key(at, 'y', s.id))
  for i = 1, #rows, 2 do
    for _, one in ipairs(cmsgpack.unpack(rows[i + 1])) do
      if presence.counts(at, one, live) then
        found[#found + 1] = cmsgpack.pack({one[1], rows[i], one[3], one[4], one[5], one[7]})
      end
    end
  end
  return {'OK', found}
end

-- Takes away what was said under a lease that ran out, but for what was said after that, as its gateway came back.
-- lease, when it ran out, how much at most. Answers how much was taken away.
function presence.sweep(at, args)
  local held, died, swept, since = key(at, 'j', args[1]), tonumber(args[2]), 0, {}
  for _, member in ipairs(call('SPOP', held, args[3])) do
    local id, participant, gateway = string.match(member, '^([^\n]*)\n([^\n]*)\n([^\n]*)$')
    local s = fetch(at, id)
    local all, mine, taken = {}, false, nil
    for _, one in ipairs(s and presence.said(at, id, participant) or {}) do
      mine = one[1] == gateway and one[2] == args[1]
      if mine and one[6] > died then
        since[#since + 1] = member
      end
      if mine and one[6] <= died then
        taken = {one}
      else
        all[#all + 1] = one
      end
    end
    swept = swept + 1
    if taken then
      presence.write(at, s, participant, all)
      if presence.stands(at, taken) and not presence.stands(at, all) then
        presence.tell(at, s, participant, false)
      elseif #all == 0 then
        presence.forget(at, s, participant)
      end
    end
  end
  for _, member in ipairs(since) do
    call('SADD', held, member)
  end
  return {'OK', swept - #since}
end
