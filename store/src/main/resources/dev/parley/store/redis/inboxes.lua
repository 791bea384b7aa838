-- Inboxes of agents, each in the partition of its owner, '<workspace>\n<agent>', so that all of it lies in one slot.
-- 'ih:<owner>' hash of messages' heads, packed: number, created at, expires at, size, read at or 0, sender, channel; 'id:<owner>'
-- hash of what they say; 'iu:<owner>' and 'ir:<owner>' sets of those unread and read, by number; 'ix:<owner>' set of all by when
-- they expire; 'im:<owner>' hash: bytes of all, bytes of those unread, last the latest created at.

local inbox = {
  NUMBER = 1, CREATED = 2, SIZE = 4, READ = 5, SENDER = 6, CHANNEL = 7,
  -- What a message takes besides its texts, in bytes, on average.
  OVERHEAD = 200,
  -- Longer than any message is kept.
  TTL = 32 * DAY,
  -- As many as one command is given.
  BATCH = 500,
}

function inbox.number(value)
  return tonumber(value or '0')
end

-- Takes messages out; ids at most BATCH. Answers how many bytes that freed.
function inbox.drop(box, ids)
  local bytes, unread = 0, 0
  for _, packed in ipairs(call('HMGET', box.heads, unpack(ids))) do
    local head = cmsgpack.unpack(packed)
    bytes = bytes + head[inbox.SIZE]
    if head[inbox.READ] == 0 then
      unread = unread + head[inbox.SIZE]
    end
  end
  call('HDEL', box.heads, unpack(ids))
  call('HDEL', box.texts, unpack(ids))
  for _, set in ipairs({box.unread, box.read, box.ends}) do
    call('ZREM', set, unpack(ids))
  end
  call('HINCRBY', box.sums, 'bytes', text(0 - bytes))
  call('HINCRBY', box.sums, 'unread', text(0 - unread))
  return bytes
end

-- An inbox without what has expired.
function inbox.open(at, owner)
  local box = {
    heads = key(at, 'ih', owner),
    texts = key(at, 'id', owner),
    unread = key(at, 'iu', owner),
    read = key(at, 'ir', owner),
    ends = key(at, 'ix', owner),
    sums = key(at, 'im', owner),
  }
  local gone
  repeat
    gone = call('ZRANGEBYSCORE', box.ends, '-inf', text(at.now), 'LIMIT', 0, inbox.BATCH)
    if #gone > 0 then
      inbox.drop(box, gone)
    end
  until #gone < inbox.BATCH
  return box
end

function inbox.keep(box)
  for _, name in pairs(box) do
    call('PEXPIRE', name, text(inbox.TTL))
  end
end

-- owner, message id, sender, channel, what it says, milliseconds to live, most messages, most bytes. Answers whether it was there
-- already, the head, what it says.
function inbox.send(at, args)
  local box = inbox.open(at, args[1])
  local id, said = args[2], args[5]
  local known = call('HGET', box.heads, id)
  if known then
    if cmsgpack.unpack(known)[inbox.SENDER] ~= args[3] then
      return {'MESSAGE_CONFLICT'}
    end
    return {'OK', 1, known, call('HGET', box.texts, id)}
  end
  local most, most_bytes = tonumber(args[7]), tonumber(args[8])
  local sums = call('HMGET', box.sums, 'bytes', 'unread', 'last')
  local bytes, unread_bytes = inbox.number(sums[1]), inbox.number(sums[2])
  local size, unread = #said + inbox.OVERHEAD, call('ZCARD', box.unread)
  if unread >= most or unread_bytes + size > most_bytes then
    return {'FULL', 'inbox'}
  end
  local count = unread + call('ZCARD', box.read)
  while count >= most or bytes + size > most_bytes do
    local oldest = call('ZRANGE', box.read, 0, 0)
    if #oldest == 0 then
      break
    end
    bytes = bytes - inbox.drop(box, oldest)
    count = count - 1
  end
  local created = math.max(at.now, inbox.number(sums[3]))
  local expires, number = created + tonumber(args[6]), tick(at)
  local head = cmsgpack.pack({number, created, expires, size, 0, args[3], args[4]})
  call('HSET', box.heads, id, head)
  call('HSET', box.texts, id, said)
  call('ZADD', box.unread, text(number), id)
  call('ZADD', box.ends, text(expires), id)
  call('HINCRBY', box.sums, 'bytes', text(size))
  call('HINCRBY', box.sums, 'unread', text(size))
  call('HSET', box.sums, 'last', text(created))
  inbox.keep(box)
  publish_to_all(at, {'inbox', args[1]})
  return {'OK', 0, head, said}
end

-- Goes over a set from the highest number down.
function inbox.walk(set, from)
  local walk = {set = set, from = from, items = {}, position = 1}
  function walk.peek()
    if walk.position > #walk.items and walk.from then
      walk.items = call('ZREVRANGEBYSCORE', walk.set, walk.from, '-inf', 'WITHSCORES', 'LIMIT', 0, 100)
      walk.position = 1
      walk.from = #walk.items > 0 and '(' .. text(tonumber(walk.items[#walk.items])) or nil
    end
    return tonumber(walk.items[walk.position + 1] or '-1')
  end
  function walk.take()
    walk.position = walk.position + 2
    return walk.items[walk.position - 2]
  end
  return walk
end

-- owner, channel or '', '1' when unread ones only, the message before which or '', the instant before which or '', limit, bytes.
-- Answers whether there are more, and of each message the id, the head, what it says.
function inbox.list(at, args)
  local box = inbox.open(at, args[1])
  local channel, before, limit, most_bytes = args[2], tonumber(args[5]), tonumber(args[6]), tonumber(args[7])
  local from = '+inf'
  if args[4] ~= '' then
    local head = call('HGET', box.heads, args[4])
    if not head then
      return {'NOT_FOUND'}
    end
    from = '(' .. text(cmsgpack.unpack(head)[inbox.NUMBER])
  end
  local unread, read = inbox.walk(box.unread, from), inbox.walk(box.read, args[3] ~= '1' and from or nil)
  local found, bytes, count = {}, 0, 0
  while true do
    local number, other = unread.peek(), read.peek()
    if number < 0 and other < 0 then
      return {'OK', 0, found}
    end
    local id = number > other and unread.take() or read.take()
    local packed = call('HGET', box.heads, id)
    local head = cmsgpack.unpack(packed)
    if (channel == '' or channel == head[inbox.CHANNEL]) and (not before or head[inbox.CREATED] < before) then
      if count == limit or (count > 0 and bytes + head[inbox.SIZE] > most_bytes) then
        return {'OK', 1, found}
      end
      count, bytes = count + 1, bytes + head[inbox.SIZE]
      found[#found + 1] = id
      found[#found + 1] = packed
      found[#found + 1] = call('HGET', box.texts, id)
    end
  end
end

-- owner, message ids. Answers which are there, and how many are unread.
function inbox.mark(at, args)
  local box = inbox.open(at, args[1])
  local marked = {}
  for i = 2, #args do
    local packed = call('HGET', box.heads, args[i])
    if packed then
      local head = cmsgpack.unpack(packed)
      marked[#marked + 1] = args[i]
      if head[inbox.READ] == 0 then
        head[inbox.READ] = at.now
        call('HSET', box.heads, args[i], cmsgpack.pack(head))
        call('ZREM', box.unread, args[i])
        call('ZADD', box.read, text(head[inbox.NUMBER]), args[i])
        call('HINCRBY', box.sums, 'unread', text(0 - head[inbox.SIZE]))
      end
    end
  end
  inbox.keep(box)
  return {'OK', marked, call('ZCARD', box.unread)}
end

-- owner. Answers how many are unread, and a number after which all come that are accepted from now on.
function inbox.standing(at, args)
  local box = inbox.open(at, args[1])
  return {'OK', call('ZCARD', box.unread), text(math.max(at.clock, at.real - 1))}
end

-- owner, number after which, limit, bytes. Answers of each unread message the id, the head, what it says.
function inbox.after(at, args)
  local box = inbox.open(at, args[1])
  local found, bytes, most_bytes = {}, 0, tonumber(args[4])
  local ids = call('ZRANGEBYSCORE', box.unread, '(' .. args[2], '+inf', 'LIMIT', 0, tonumber(args[3]))
  for _, id in ipairs(ids) do
    local packed = call('HGET', box.heads, id)
    local size = cmsgpack.unpack(packed)[inbox.SIZE]
    if #found > 0 and bytes + size > most_bytes then
      break
    end
    bytes = bytes + size
    found[#found + 1] = id
    found[#found + 1] = packed
    found[#found + 1] = call('HGET', box.texts, id)
  end
  return {'OK', found}
end
