-- Webhooks and their deliveries, in lanes: each a tag of its own, in which several workspaces may lie. A webhook is called
-- '<workspace>\n<id>'.
-- 'w:<workspace>' hash of documents by id; 'm:<workspace>' hash of the last happening that was taken of each partition; 'q' set
-- of webhooks by when something of theirs can be claimed; 'q:<webhook>' set of deliveries by when they are due, those that are
-- claimed by when that ends; 'f' hash of how many are claimed; 'd:<webhook>\n<event>' a delivery; 'l:<webhook>' list of those that
-- are over, packed alike, latest first; 'a' the last four claims.
local hooks = {MOST = 100, WAITING = 10000, LOGGED = 100, CLAIMED = 8, LEASE = 30000, SERVED = 64, CANCELLED = 500}

-- Of a delivery: type, payload, created at, attempts, last at or '', status or '', error or '', claimed (0 or 1).
local TYPE, PAYLOAD, CREATED_AT, ATTEMPTS, LAST_AT, STATUS, FAILURE, IS_CLAIMED = 1, 2, 3, 4, 5, 6, 7, 8

function hooks.next(at)
  local first = call('ZRANGE', at.tag .. 'q', 0, 0, 'WITHSCORES')
  return first[2] and text(tonumber(first[2])) or ''
end

-- Puts a webhook where its first delivery, or the end of the first claim of as many as it may have, is due.
function hooks.queue(at, name)
  local own = key(at, 'q', name)
  local first = call('ZRANGE', own, 0, 0, 'WITHSCORES')
  if not first[2] then
    call('ZREM', at.tag .. 'q', name)
  elseif tonumber(call('HGET', at.tag .. 'f', name) or '0') >= hooks.CLAIMED then
    call('ZADD', at.tag .. 'q', text(at.now + hooks.LEASE), name)
  else
    call('ZADD', at.tag .. 'q', text(tonumber(first[2])), name)
  end
  call('PEXPIRE', at.tag .. 'q', text(PARTITION_TTL))
end

function hooks.claims(at, name, by)
  local claims = at.tag .. 'f'
  if tonumber(call('HINCRBY', claims, name, by)) <= 0 then
    call('HDEL', claims, name)
  end
  call('PEXPIRE', claims, text(PARTITION_TTL))
end

function hooks.over(at, name, event, delivery, standing)
  call('ZREM', key(at, 'q', name), event)
  call('DEL', key(at, 'd', name .. '\n' .. event))
  local log = key(at, 'l', name)
  call('LPUSH', log, cmsgpack.pack({event, delivery[TYPE], standing, delivery[CREATED_AT], delivery[ATTEMPTS], delivery[LAST_AT],
    delivery[STATUS], delivery[FAILURE], ''}))
  call('LTRIM', log, 0, hooks.LOGGED - 1)
  call('PEXPIRE', log, text(PARTITION_TTL))
end

-- A webhook is there until somebody deletes it: its expiry is ten years away.
function hooks.write(at, workspace, id, document)
  call('HSET', key(at, 'w', workspace), id, document)
  call('PEXPIRE', key(at, 'w', workspace), text(3650 * DAY))
end

-- workspace, id, document
function hooks.create(at, args)
  local all = key(at, 'w', args[1])
  local known = call('HGET', all, args[2])
  if known then
    return {known == args[3] and 'OK' or 'CONFLICT'}
  end
  if call('HLEN', all) >= hooks.MOST then
    return {'FULL', hooks.MOST .. ' webhooks'}
  end
  hooks.write(at, args[1], args[2], args[3])
  return {'OK'}
end

-- workspace, id or '' for all
function hooks.read(at, args)
  if args[2] == '' then
    return {'OK', call('HVALS', key(at, 'w', args[1]))}
  end
  local document = call('HGET', key(at, 'w', args[1]), args[2])
  if not document then
    return {'NOT_FOUND'}
  end
  return {'OK', {document}}
end

-- workspace, id, document, its version
function hooks.replace(at, args)
  local known = call('HGET', key(at, 'w', args[1]), args[2])
  if not known then
    return {'NOT_FOUND'}
  end
  if known ~= args[3] then
    local version = cjson.decode(known).version
    if version ~= tonumber(args[4]) - 1 then
      return {'VERSION_CONFLICT', text(version)}
    end
    hooks.write(at, args[1], args[2], args[3])
  end
  return {'OK'}
end

-- workspace, id
function hooks.delete(at, args)
  local name = args[1] .. '\n' .. args[2]
  call('HDEL', key(at, 'w', args[1]), args[2])
  for _, event in ipairs(call('ZRANGE', key(at, 'q', name), 0, -1)) do
    call('DEL', key(at, 'd', name .. '\n' .. event))
  end
  call('DEL', key(at, 'q', name), key(at, 'l', name))
  call('ZREM', at.tag .. 'q', name)
  call('HDEL', at.tag .. 'f', name)
  return {'OK'}
end

function hooks.add(at, name, event, type, payload)
  local delivery = {type, payload, at.now, 0, '', '', '', 0}
  local own = key(at, 'q', name)
  if call('ZCARD', own) >= hooks.WAITING then
    hooks.over(at, name, event, delivery, 'dropped')
    return
  end
  call('SET', key(at, 'd', name .. '\n' .. event), cmsgpack.pack(delivery), 'PX', text(3 * DAY))
  call('ZADD', own, text(at.now), event)
  call('PEXPIRE', own, text(3 * DAY))
end

-- workspace, partition, and for each happening: generation, number, event, type, payload
function hooks.enqueue(at, args)
  local workspace, wanted = args[1], {}
  local flat = call('HGETALL', key(at, 'w', workspace))
  for i = 1, #flat, 2 do
    local webhook = cjson.decode(flat[i + 1])
    if webhook.active then
      local events = {}
      for _, type in ipairs(webhook.events) do
        events[type] = true
      end
      wanted[workspace .. '\n' .. flat[i]] = events
    end
  end
  if #flat > 0 then
    local seen = key(at, 'm', workspace)
    local generation, number = string.match(call('HGET', seen, args[2]) or '0 0', '^(%d+) (%d+)$')
    generation, number = tonumber(generation), tonumber(number)
    for i = 3, #args, 5 do
      if outbox.is_after(tonumber(args[i]), tonumber(args[i + 1]), generation, number) then
        generation, number = tonumber(args[i]), tonumber(args[i + 1])
        for name, events in pairs(wanted) do
          if events[args[i + 3]] then
            hooks.add(at, name, args[i + 2], args[i + 3], args[i + 4])
          end
        end
      end
    end
    call('HSET', seen, args[2], text(generation) .. ' ' .. text(number))
    call('PEXPIRE', seen, text(PARTITION_TTL))
    for name in pairs(wanted) do
      hooks.queue(at, name)
    end
  end
  return {'OK', hooks.next(at)}
end

-- Claims what is due of one webhook; answers how many more may be claimed.
function hooks.claim_of(at, name, left, claimed)
  local workspace, id = string.match(name, '^(.*)\n(.*)$')
  local own = key(at, 'q', name)
  local document = call('HGET', key(at, 'w', workspace), id)
  local active = document and cjson.decode(document).active
  local due = call('ZRANGEBYSCORE', own, '-inf', active and text(at.now) or '+inf', 'LIMIT', 0, active and left or hooks.CANCELLED)
  local under_way = tonumber(call('HGET', at.tag .. 'f', name) or '0')
  for _, event in ipairs(due) do
    local packed = call('GET', key(at, 'd', name .. '\n' .. event))
    local delivery = packed and cmsgpack.unpack(packed)
    if delivery and delivery[IS_CLAIMED] == 1 then
      -- Whoever claimed it said no more.
      hooks.claims(at, name, -1)
      under_way = under_way - 1
      delivery[IS_CLAIMED] = 0
    end
    if not delivery then
      call('ZREM', own, event)
    elseif not active then
      hooks.over(at, name, event, delivery, 'cancelled')
    elseif under_way < hooks.CLAIMED then
      delivery[ATTEMPTS], delivery[IS_CLAIMED] = delivery[ATTEMPTS] + 1, 1
      claimed[#claimed + 1] = {event, delivery[TYPE], delivery[PAYLOAD], text(delivery[CREATED_AT]), delivery[ATTEMPTS], document}
      call('ZADD', own, text(at.now + hooks.LEASE), event)
      hooks.claims(at, name, 1)
      under_way, left = under_way + 1, left - 1
    end
    if delivery and active then
      call('SET', key(at, 'd', name .. '\n' .. event), cmsgpack.pack(delivery), 'KEEPTTL')
    end
  end
  hooks.queue(at, name)
  return left
end

-- limit, operation. Answers what was claimed, and when the next is due or ''.
function hooks.claim(at, args)
  local known = recall(at.tag .. 'a', args[2])
  if known then
    return {'OK', cmsgpack.unpack(known), hooks.next(at)}
  end
  local left, claimed = tonumber(args[1]), {}
  for _, name in ipairs(call('ZRANGEBYSCORE', at.tag .. 'q', '-inf', text(at.now), 'LIMIT', 0, hooks.SERVED)) do
    if left > 0 then
      left = hooks.claim_of(at, name, left, claimed)
    end
  end
  if #claimed > 0 then
    remember(at.tag .. 'a', args[2], cmsgpack.pack(claimed))
  end
  return {'OK', claimed, hooks.next(at)}
end

-- workspace, id, event, attempt, 'delivered', 'retry' or 'failed', status or '', error or '', next attempt at
function hooks.settle(at, args)
  local name = args[1] .. '\n' .. args[2]
  local place = key(at, 'd', name .. '\n' .. args[3])
  local packed = call('GET', place)
  local delivery = packed and cmsgpack.unpack(packed)
  if delivery and delivery[IS_CLAIMED] == 1 and delivery[ATTEMPTS] == tonumber(args[4]) then
    delivery[IS_CLAIMED], delivery[LAST_AT], delivery[STATUS], delivery[FAILURE] = 0, text(at.now), args[6], args[7]
    hooks.claims(at, name, -1)
    if args[5] == 'retry' then
      call('SET', place, cmsgpack.pack(delivery), 'KEEPTTL')
      call('ZADD', key(at, 'q', name), args[8], args[3])
    else
      hooks.over(at, name, args[3], delivery, args[5])
    end
    hooks.queue(at, name)
  end
  return {'OK', hooks.next(at)}
end

-- workspace, id
function hooks.deliveries(at, args)
  local name = args[1] .. '\n' .. args[2]
  if call('HEXISTS', key(at, 'w', args[1]), args[2]) == 0 then
    return {'NOT_FOUND'}
  end
  local rows = {}
  local waiting = call('ZRANGE', key(at, 'q', name), 0, hooks.LOGGED - 1, 'WITHSCORES')
  for i = 1, #waiting, 2 do
    local packed = call('GET', key(at, 'd', name .. '\n' .. waiting[i]))
    if packed then
      local delivery = cmsgpack.unpack(packed)
      rows[#rows + 1] = cmsgpack.pack({waiting[i], delivery[TYPE], 'pending', delivery[CREATED_AT], delivery[ATTEMPTS],
        delivery[LAST_AT], delivery[STATUS], delivery[FAILURE], text(tonumber(waiting[i + 1]))})
    end
  end
  for _, packed in ipairs(call('LRANGE', key(at, 'l', name), 0, -1)) do
    rows[#rows + 1] = packed
  end
  return {'OK', rows}
end
