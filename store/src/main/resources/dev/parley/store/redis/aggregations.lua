-- Aggregations of a workspace, all in the partition of its name. 'gx:<workspace>' set of ids by when they go; 'gb:<workspace>' hash
-- of id and bytes, the empty field the bytes of all; 'gd:<workspace>\n<id>' hash: doc, v version, first the digest of the document
-- that it was created with, end when it goes; 'ga:<workspace>\n<id>' the last few replacements and the versions they made.

local aggregations = {}

function aggregations.of(at, kind, workspace, id)
  return key(at, kind, workspace .. '\n' .. id)
end

-- Takes out what is past its time, so many at a time that no call takes long.
function aggregations.drop(at, workspace)
  local index, sizes = key(at, 'gx', workspace), key(at, 'gb', workspace)
  for _, id in ipairs(call('ZRANGEBYSCORE', index, '-inf', text(at.now), 'LIMIT', 0, 100)) do
    call('HINCRBY', sizes, '', '-' .. (call('HGET', sizes, id) or '0'))
    call('HDEL', sizes, id)
    call('ZREM', index, id)
    call('DEL', aggregations.of(at, 'gd', workspace, id), aggregations.of(at, 'ga', workspace, id))
  end
end

-- nil when there is none, or none any more.
function aggregations.fetch(at, workspace, id)
  local row = call('HMGET', aggregations.of(at, 'gd', workspace, id), 'doc', 'v', 'first', 'end')
  if not row[1] or tonumber(row[4]) <= at.now then
    return nil
  end
  return row
end

-- Counts bytes; whether they may be.
function aggregations.grow(at, workspace, id, size, before, limit)
  local sizes = key(at, 'gb', workspace)
  local by = size - before
  if by > 0 and tonumber(call('HGET', sizes, '') or '0') + by > limit then
    return false
  end
  call('HINCRBY', sizes, '', text(by))
  call('HSET', sizes, id, text(size))
  return true
end

-- workspace, id, document, milliseconds kept, most aggregations, most bytes
function aggregations.create(at, args)
  local workspace, id, document = args[1], args[2], args[3]
  local digest = redis.sha1hex(document)
  aggregations.drop(at, workspace)
  local known = aggregations.fetch(at, workspace, id)
  if known then
    return known[3] == digest and {'OK'} or {'CONFLICT'}
  end
  local index = key(at, 'gx', workspace)
  if call('ZCARD', index) >= tonumber(args[5]) then
    return {'FULL', args[5] .. ' aggregations'}
  end
  if not aggregations.grow(at, workspace, id, #document, 0, tonumber(args[6])) then
    return {'FULL', args[6] .. ' bytes of aggregations'}
  end
  local kept, row = tonumber(args[4]), aggregations.of(at, 'gd', workspace, id)
  call('HSET', row, 'doc', document, 'v', '1', 'first', digest, 'end', text(at.now + kept))
  call('PEXPIRE', row, text(kept + DAY))
  call('ZADD', index, text(at.now + kept), id)
  keep(index, kept + DAY)
  keep(key(at, 'gb', workspace), kept + DAY)
  return {'OK'}
end

-- workspace, id
function aggregations.get(at, args)
  local row = aggregations.fetch(at, args[1], args[2])
  if not row then
    return {'NOT_FOUND'}
  end
  return {'OK', row[2], row[1]}
end

-- workspace, id, operation, expected version, document, most bytes
function aggregations.replace(at, args)
  local workspace, id, document = args[1], args[2], args[5]
  local row = aggregations.fetch(at, workspace, id)
  if not row then
    return {'NOT_FOUND'}
  end
  local operations = aggregations.of(at, 'ga', workspace, id)
  local answered = recall(operations, args[3])
  if answered then
    return {'OK', answered}
  end
  if row[2] ~= args[4] then
    return {'VERSION_CONFLICT', row[2]}
  end
  aggregations.drop(at, workspace)
  if not aggregations.grow(at, workspace, id, #document, #row[1], tonumber(args[6])) then
    return {'FULL', args[6] .. ' bytes of aggregations'}
  end
  local version = text(tonumber(row[2]) + 1)
  call('HSET', aggregations.of(at, 'gd', workspace, id), 'doc', document, 'v', version)
  remember(operations, args[3], version)
  return {'OK', version}
end
