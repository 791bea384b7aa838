-- Agents and who holds them, all under one tag. An agent is online while a gateway holds it whose lease has not run out.
-- 'a:<id>' hash: ws workspace, said what it says of itself, packed: names and values in JSON in turn, caps capabilities in the same
-- way, reg registered, con connection or '', node its gateway, cat connected
-- since, since the last time that was given, asked when the last connection had been asked for, seen last seen, health, load, gen
-- the generation it was connected in. Of one that was unregistered a while ago: gone its workspace, op the operation, since, asked,
-- ended when.
-- 'w:<workspace>' set of agents by when they were last seen; 'n' set of gateways by their leases; 'g' hash of gateways and what
-- their leases are called; 'x' set of gateways whose lease ran out lately, by when; 'h:<gateway>' the agents it holds; 'c' set of
-- agents by the number of what was told of them last; 'f:<workspace>' set of agents that follow channels; 'v' hash of how many
-- partitions there are, and how things lie in them.

local agents = {
  -- An empty list, packed.
  EMPTY = '\144',
}

local function agent_key(at, id)
  return key(at, 'a', id)
end

local function agent_row(at, id)
  local row = call('HMGET', agent_key(at, id), 'ws', 'said', 'reg', 'con', 'cat', 'seen', 'health', 'load', 'node', 'gen', 'caps')
  if not row[1] then
    return nil
  end
  row[2], row[11], row[12] = row[2] or agents.EMPTY, row[11] or agents.EMPTY, id
  return row
end

-- A row as gateways read it; of one that was unregistered its id, workspace and since; nil when nothing is known.
function agents.packed(at, id)
  local row = agent_row(at, id)
  if row then
    return cmsgpack.pack(row)
  end
  local gone = call('HMGET', agent_key(at, id), 'gone', 'since')
  return gone[1] and cmsgpack.pack({id, gone[1], gone[2] or '0'}) or nil
end

local function tell_holder(at, id)
  publish_to_all(at, {'holder', agents.packed(at, id), note(at, 'c', id)})
end

-- Two packed lists of names and values in turn as one: the second one's values stand for the first one's of the same name.
function agents.merged(known, given)
  local all, places = cmsgpack.unpack(known), {}
  for i = 1, #all, 2 do
    places[all[i]] = i + 1
  end
  local more = cmsgpack.unpack(given)
  for i = 1, #more, 2 do
    if places[more[i]] then
      all[places[more[i]]] = more[i + 1]
    else
      all[#all + 1] = more[i]
      all[#all + 1] = more[i + 1]
      places[more[i]] = #all
    end
  end
  return all
end

-- Keeps the set of those that follow channels. all: what an agent says, unpacked.
function agents.index(at, id, workspace, all)
  local followers, follows = key(at, 'f', workspace), false
  for i = 1, #all, 2 do
    if all[i] == 'follows' then
      follows = all[i + 1] ~= '[]'
    end
  end
  if follows then
    call('SADD', followers, id)
    call('PEXPIRE', followers, text(PARTITION_TTL))
  else
    call('SREM', followers, id)
  end
end

local function note_seen(at, workspace, id)
  call('ZADD', key(at, 'w', workspace), text(tick(at)), id)
  call('PEXPIRE', key(at, 'w', workspace), text(PARTITION_TTL))
  call('PEXPIRE', agent_key(at, id), text(PARTITION_TTL))
end

local function put_offline(at, id, workspace)
  call('HSET', agent_key(at, id), 'con', '', 'node', '', 'cat', '', 'seen', text(at.now))
  note_seen(at, workspace, id)
  tell_holder(at, id)
end

-- A server that came back with older data shows holders of then. Whoever holds an agent connects it again, in the generation that
-- began with that; whom nobody has connected a lease later is offline.
local function look_at_generation(at, lease)
  local partition = at.tag .. 'p'
  local known = call('HMGET', partition, 'agents_generation', 'agents_until')
  if known[1] ~= at.generation then
    call('HSET', partition, 'agents_generation', at.generation, 'agents_until', text(at.now + lease))
  elseif known[2] ~= '' and at.now >= tonumber(known[2]) then
    for _, node in ipairs(call('ZRANGE', at.tag .. 'n', 0, -1)) do
      for _, id in ipairs(call('SMEMBERS', key(at, 'h', node))) do
        local row = agent_row(at, id)
        if row and row[9] == node and row[10] ~= at.generation then
          call('SREM', key(at, 'h', node), id)
          put_offline(at, id, row[1])
        end
      end
    end
    call('HSET', partition, 'agents_until', '')
  end
end

-- The caller's own lease is lengthened before others' are looked at: who calls is alive. args: gateway, lease in milliseconds.
-- Answers what the lease is called: another name than before when it had run out, whichever call began it anew.
local function look_at_leases(at, args)
  local nodes, names = at.tag .. 'n', at.tag .. 'g'
  local name = call('ZSCORE', nodes, args[1]) and call('HGET', names, args[1])
  if not name then
    name = text(tick(at))
    call('HSET', names, args[1], name)
    call('PEXPIRE', names, text(PARTITION_TTL))
    call('ZREM', at.tag .. 'x', args[1])
  end
  call('ZADD', nodes, text(at.now + tonumber(args[2])), args[1])
  call('PEXPIRE', nodes, text(PARTITION_TTL))
  call('PEXPIRE', key(at, 'h', args[1]), text(PARTITION_TTL))
  for _, node in ipairs(call('ZRANGEBYSCORE', nodes, '-inf', text(at.now))) do
    local held = key(at, 'h', node)
    for _, id in ipairs(call('SMEMBERS', held)) do
      local row = agent_row(at, id)
      if row and row[9] == node then
        put_offline(at, id, row[1])
      end
    end
    call('DEL', held)
    call('ZREM', nodes, node)
    call('HDEL', names, node)
    call('ZADD', at.tag .. 'x', text(at.now), node)
    call('ZREMRANGEBYSCORE', at.tag .. 'x', '-inf', text(at.now - REMEMBERED_MILLIS))
    call('PEXPIRE', at.tag .. 'x', text(REMEMBERED_MILLIS))
  end
  look_at_generation(at, tonumber(args[2]))
  return name
end

-- Writes what an agent says of itself. row nil for a new one.
function agents.note(at, id, workspace, row, said, caps, health, load)
  local agent = agent_key(at, id)
  local all = row and agents.merged(row[2], said) or cmsgpack.unpack(said)
  -- Later than the end of one before it, by which connections of that one are known.
  local registered = row and row[3] or text(math.max(at.now, tonumber(call('HGET', agent, 'ended') or '0') + 1))
  agents.index(at, id, workspace, all)
  call('HSET', agent, 'ws', workspace, 'said', row and cmsgpack.pack(all) or said,
    'caps', caps ~= '' and caps or row and row[11] or agents.EMPTY,
    'reg', registered,
    'health', health ~= '' and health or row and row[7] or 'healthy', 'load', load ~= '' and load or row and row[8] or '0.0')
  call('HDEL', agent, 'gone', 'op', 'ended')
end

-- gateway, lease, id, workspace, what it says, capabilities or '', health or '', load or ''
function agents.register(at, args)
  look_at_leases(at, args)
  local id, workspace = args[3], args[4]
  local row = agent_row(at, id)
  if row and row[1] ~= workspace then
    return {'CONFLICT'}
  end
  agents.note(at, id, workspace, row, args[5], args[6], args[7], args[8])
  call('HSET', agent_key(at, id), 'seen', text(at.now))
  if not row then
    call('HSET', agent_key(at, id), 'con', '', 'node', '', 'cat', '', 'gen', at.generation)
  end
  note_seen(at, workspace, id)
  if row and row[4] ~= '' then
    tell_holder(at, id)
  end
  return {'OK', agents.packed(at, id)}
end

-- gateway, lease, id, workspace, what it says, capabilities or '', health or '', load or '', connection, '1' when only if nobody
-- holds it, when it was asked for or ''
local function agent_connect(at, args)
  look_at_leases(at, args)
  local id, workspace, connection = args[3], args[4], args[9]
  local row = agent_row(at, id)
  if row and row[1] ~= workspace then
    return {'CONFLICT'}
  end
  local last = call('HMGET', agent_key(at, id), 'since', 'asked', 'gone')
  if args[10] == '1' then
    if last[3] then
      return {'GONE', agents.packed(at, id)}
    elseif row and row[4] ~= '' and row[10] == at.generation then
      -- Over the channel, so that it is told in order.
      if row[4] ~= connection then
        tell_holder(at, id)
      end
      return {'HELD'}
    end
  end
  if row and row[4] == connection and row[9] == args[1] and row[10] == at.generation then
    -- Repeated, as the answer was lost: it holds the agent since the first time.
    agents.note(at, id, workspace, row, args[5], args[6], args[7], args[8])
    call('HSET', agent_key(at, id), 'seen', text(at.now))
    note_seen(at, workspace, id)
    return {'OK', agents.packed(at, id)}
  end
  local asked, before = tonumber(args[11] or ''), tonumber(last[2] or '0')
  -- A call that lay in a buffer while its gateway or this server stood still comes behind the connection that the agent made
  -- elsewhere since. A time to come is of another server's clock and says nothing.
  if asked and asked < before and before <= at.now then
    return {'LATE'}
  end
  if row and row[9] ~= '' and row[9] ~= args[1] then
    call('SREM', key(at, 'h', row[9]), id)
  end
  -- One that is connected again by its gateway is known better here than there.
  if args[10] ~= '1' or not row then
    agents.note(at, id, workspace, row, args[5], args[6], args[7], args[8])
  end
  -- Rises with every connection, whatever the clock does: gateways order by it what they hear over several ways.
  local since = math.max(at.now, tonumber(last[1] or '0') + 1)
  call('HSET', agent_key(at, id), 'con', connection, 'node', args[1], 'cat', text(since), 'since', text(since),
    'seen', text(at.now), 'asked', text(asked and math.min(asked, at.now) or before), 'gen', at.generation)
  call('SADD', key(at, 'h', args[1]), id)
  call('PEXPIRE', key(at, 'h', args[1]), text(PARTITION_TTL))
  note_seen(at, workspace, id)
  tell_holder(at, id)
  return {'OK', agents.packed(at, id)}
end

-- gateway, lease, id, workspace, operation
function agents.unregister(at, args)
  look_at_leases(at, args)
  local id, agent = args[3], agent_key(at, args[3])
  local row = agent_row(at, id)
  if not row or row[1] ~= args[4] then
    return {call('HGET', agent, 'op') == args[5] and 'OK' or 'NOT_FOUND'}
  end
  local since = call('HGET', agent, 'since') or '0'
  call('SREM', key(at, 'h', row[9]), id)
  call('ZREM', key(at, 'w', row[1]), id)
  call('SREM', key(at, 'f', row[1]), id)
  call('DEL', agent)
  call('HSET', agent, 'gone', row[1], 'op', args[5], 'since', since, 'asked', text(at.now),
    'ended', text(math.max(at.now, tonumber(row[3]))))
  call('PEXPIRE', agent, text(REMEMBERED_MILLIS))
  tell_holder(at, id)
  return {'OK'}
end

-- gateway, lease, id, workspace, registered when. Whether it was not unregistered since; what is not known at all was lost.
function agents.still(at, args)
  look_at_leases(at, args)
  local row = agent_row(at, args[3])
  local still
  if row then
    still = row[1] == args[4] and tonumber(row[3]) <= tonumber(args[5])
  else
    still = not call('HGET', agent_key(at, args[3]), 'gone')
  end
  return {still and 'OK' or 'GONE'}
end

-- gateway, lease, id, workspace, capabilities, most of them, most bytes
function agents.capabilities(at, args)
  look_at_leases(at, args)
  local row = agent_row(at, args[3])
  if not row or row[1] ~= args[4] then
    return {'NOT_FOUND'}
  end
  local all, bytes = agents.merged(row[11], args[5]), 0
  for i = 2, #all, 2 do
    bytes = bytes + #all[i]
  end
  if #all / 2 > tonumber(args[6]) or bytes > tonumber(args[7]) then
    return {'FULL', 'capabilities'}
  end
  call('HSET', agent_key(at, args[3]), 'caps', cmsgpack.pack(all))
  return {'OK', agents.packed(at, args[3])}
end

-- gateway, lease, id, connection
local function agent_disconnect(at, args)
  look_at_leases(at, args)
  local row = agent_row(at, args[3])
  if row and row[4] == args[4] then
    call('SREM', key(at, 'h', row[9]), args[3])
    put_offline(at, args[3], row[1])
  end
  return {'OK'}
end

-- gateway, lease, id, workspace, health or '', load or ''
local function agent_heartbeat(at, args)
  look_at_leases(at, args)
  local row = agent_row(at, args[3])
  if not row or row[1] ~= args[4] then
    return {'NOT_FOUND'}
  end
  call('HSET', agent_key(at, args[3]), 'seen', text(at.now),
    'health', args[5] ~= '' and args[5] or row[7], 'load', args[6] ~= '' and args[6] or row[8])
  note_seen(at, row[1], args[3])
  return {'OK', agents.packed(at, args[3])}
end

-- gateway, lease, id, workspace
local function agent_get(at, args)
  look_at_leases(at, args)
  local row = agent_row(at, args[3])
  if not row or row[1] ~= args[4] then
    return {'NOT_FOUND'}
  end
  return {'OK', cmsgpack.pack(row)}
end

function agents.has(row, capability)
  local all = cmsgpack.unpack(row[11])
  for i = 1, #all, 2 do
    if all[i] == capability then
      return true
    end
  end
  return false
end

-- gateway, lease, workspace, a capability that those online are asked for or ''
local function agent_list(at, args)
  look_at_leases(at, args)
  local rows, capability = {}, args[4]
  for _, id in ipairs(call('ZREVRANGE', key(at, 'w', args[3]), 0, -1)) do
    local row = agent_row(at, id)
    if not row then
      call('ZREM', key(at, 'w', args[3]), id)
    elseif capability == '' or row[4] ~= '' and agents.has(row, capability) then
      rows[#rows + 1] = cmsgpack.pack(row)
    end
  end
  return {'OK', rows}
end

-- gateway, lease, workspace. Answers those online that follow channels.
function agents.followers(at, args)
  look_at_leases(at, args)
  local rows, followers = {}, key(at, 'f', args[3])
  for _, id in ipairs(call('SMEMBERS', followers)) do
    local row = agent_row(at, id)
    if not row or row[1] ~= args[3] then
      call('SREM', followers, id)
    elseif row[4] ~= '' then
      rows[#rows + 1] = cmsgpack.pack(row)
    end
  end
  call('PEXPIRE', followers, text(PARTITION_TTL))
  return {'OK', rows}
end

-- gateway, lease, number from which on or ''. Answers what the gateway's own lease is called, and the generation: where either is
-- another than before, it has to connect again what it holds. And what was told of agents since, as they are now: rows and the
-- numbers of what was told last. Then the gateways whose leases run, and those whose lease ran out lately, with when.
local function agent_sync(at, args)
  local lease = look_at_leases(at, args)
  call('PEXPIRE', at.tag .. 'v', text(PARTITION_TTL))
  local clock, whole, notes = noted_since(at, 'c', args[3])
  local rows = {}
  for i = 1, #notes, 2 do
    local packed = agents.packed(at, notes[i])
    if packed then
      rows[#rows + 1] = packed
      rows[#rows + 1] = text(tonumber(notes[i + 1]))
    end
  end
  return {'OK', lease .. ' ' .. at.generation, clock, whole and 1 or 0, rows, call('ZRANGE', at.tag .. 'n', 0, -1),
    call('ZRANGE', at.tag .. 'x', 0, -1, 'WITHSCORES')}
end

-- partitions, how things lie in them. Answers what was noted first.
local function layout(at, args)
  local noted = at.tag .. 'v'
  call('HSETNX', noted, 'partitions', args[1])
  call('HSETNX', noted, 'layout', args[2])
  call('PEXPIRE', noted, text(PARTITION_TTL))
  return {'OK', call('HGET', noted, 'partitions'), call('HGET', noted, 'layout')}
end
