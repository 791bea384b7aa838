-- Channels, each in the partition of its owner, '<workspace>\n<channel>', so that all of it lies in one slot.
-- 'cm:<owner>' hash: number of the last message, gen the generation it was published in, last the latest created at, bytes of
-- what is kept, began the first number; 'cl:<owner>' list of what is kept, packed: number, created at, id, sender, what it says;
-- 'ci:<owner>' set of the ids of those; 'cn:<workspace>' set of the workspace's channels in this partition by their last message.

local channels = {
  IDLE = DAY,
  -- What a message takes besides what it says, in bytes, on average.
  OVERHEAD = 200,
}

-- A channel; without a number when it is not there.
function channels.open(at, owner)
  local c = {meta = key(at, 'cm', owner), list = key(at, 'cl', owner), ids = key(at, 'ci', owner)}
  local noted = call('HMGET', c.meta, 'number', 'gen', 'last', 'bytes', 'began')
  c.number, c.generation, c.last = tonumber(noted[1] or ''), noted[2], tonumber(noted[3] or '0')
  c.bytes, c.began = tonumber(noted[4] or '0'), tonumber(noted[5] or '0')
  if c.number and at.now - c.last >= channels.IDLE then
    call('DEL', c.meta, c.list, c.ids)
    c.number, c.last, c.bytes = nil, 0, 0
  end
  return c
end

function channels.find(c, id)
  for _, packed in ipairs(call('LRANGE', c.list, 0, -1)) do
    local row = cmsgpack.unpack(packed)
    if row[3] == id then
      return packed, row
    end
  end
end

-- owner, workspace, message id, sender, what it says, most channels of the workspace here, most messages, most bytes. Answers
-- whether it was there already, and the message.
function channels.publish(at, args)
  local c, id, names = channels.open(at, args[1]), args[3], key(at, 'cn', args[2])
  if c.number and call('SISMEMBER', c.ids, id) == 1 then
    local packed, row = channels.find(c, id)
    if row[4] ~= args[4] then
      return {'MESSAGE_CONFLICT'}
    end
    return {'OK', 1, packed}
  end
  if not c.number then
    call('ZREMRANGEBYSCORE', names, '-inf', text(at.now - channels.IDLE))
    if call('ZCARD', names) >= tonumber(args[6]) then
      return {'FULL', 'channels'}
    end
    c.began = tick(at)
    c.number = c.began
  elseif c.generation ~= at.generation then
    -- Numbers that were lost are not given again.
    c.number = math.max(c.number + 1, tick(at))
  else
    c.number = c.number + 1
  end
  c.last = math.max(c.last, at.now)
  local packed = cmsgpack.pack({c.number, c.last, id, args[4], args[5]})
  call('RPUSH', c.list, packed)
  call('SADD', c.ids, id)
  c.bytes = c.bytes + #args[5] + channels.OVERHEAD
  local count = call('LLEN', c.list)
  while count > 1 and (count > tonumber(args[7]) or c.bytes > tonumber(args[8])) do
    local row = cmsgpack.unpack(call('LPOP', c.list))
    call('SREM', c.ids, row[3])
    c.bytes = c.bytes - #row[5] - channels.OVERHEAD
    count = count - 1
  end
  call('HSET', c.meta, 'number', text(c.number), 'gen', at.generation, 'last', text(c.last), 'bytes', text(c.bytes),
    'began', text(c.began))
  call('ZADD', names, text(c.last), args[1])
  for _, name in ipairs({c.meta, c.list, c.ids, names}) do
    call('PEXPIRE', name, text(2 * DAY))
  end
  local change = text(tick(at))
  add(at, 'c', change, args[1])
  -- A partition without sessions, to whose channels nobody listens, is neither fired nor asked what changed.
  trim_changes(at)
  publish(at, {'channel', args[1], text(c.number), change})
  return {'OK', 0, packed}
end

-- owner, number. Answers the last number, the first, and the messages after the number that was given.
function channels.after(at, args)
  local c, after = channels.open(at, args[1]), tonumber(args[2])
  if not c.number then
    return {'OK', '0', '0', {}}
  end
  local found = {}
  if c.number > after then
    for _, packed in ipairs(call('LRANGE', c.list, text(after - c.number), -1)) do
      if cmsgpack.unpack(packed)[1] > after then
        found[#found + 1] = packed
      end
    end
  end
  return {'OK', text(c.number), text(c.began), found}
end
