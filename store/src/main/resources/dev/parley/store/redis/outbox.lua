-- What is told outside of sessions' lives: rows in the order of the partition, written in the step that makes them true, taken
-- by one gateway at a time. 'h' list of rows: generation, number, kind, session, workspace, status, instant, by, deadline, name
-- in quotes or '', of a closed one what created it; in the hash of the partition, 'holder' who takes them and 'held' until when.
local outbox = {MOST = 10000, LEASE_MICROS = 10000000}

-- kind 'n' created, 'w' warned, 's' suspended, 'c' closed, 'd' deleted. Under the number of the session's last change, unless
-- another one is given. made: the operation that created a session that is closed, else nothing.
function outbox.put(at, s, kind, instant, by, name, number, made)
  local rows = at.tag .. 'h'
  local length = call('RPUSH', rows, cmsgpack.pack({at.generation, number or s.c, kind, s.id, s.ws, s.st, instant, by, s.ea, name,
    made or ''}))
  if length == 1 then
    call('PEXPIRE', rows, text(PARTITION_TTL))
  elseif length > outbox.MOST then
    call('LPOP', rows)
  end
end

-- Numbers rise with the generation, and within one.
function outbox.is_after(generation, number, other_generation, other_number)
  if generation ~= other_generation then
    return generation > other_generation
  end
  return number > other_number
end

-- holder, generation and number of the last that was told or '', limit
function outbox.take(at, args)
  local rows, partition, limit = at.tag .. 'h', at.tag .. 'p', tonumber(args[4])
  if args[2] ~= '' then
    local generation, number, told = tonumber(args[2]), tonumber(args[3]), 0
    for _, packed in ipairs(call('LRANGE', rows, 0, 999)) do
      local row = cmsgpack.unpack(packed)
      if outbox.is_after(tonumber(row[1]), row[2], generation, number) then
        break
      end
      told = told + 1
    end
    if told > 0 then
      call('LTRIM', rows, told, -1)
    end
  end
  local lease = call('HMGET', partition, 'holder', 'held')
  if lease[1] and lease[1] ~= args[1] and tonumber(lease[2]) > at.real then
    return {'BUSY', text(math.ceil((tonumber(lease[2]) - at.real) / 1000))}
  end
  local waiting = call('LRANGE', rows, 0, limit - 1)
  if #waiting == 0 then
    if lease[1] then
      call('HDEL', partition, 'holder', 'held')
    end
  else
    call('HSET', partition, 'holder', args[1], 'held', text(at.real + outbox.LEASE_MICROS))
  end
  return {'OK', waiting}
end

-- Appends to the stream that the tag is made of, unless it was appended before. 's' hash of the last of each partition.
-- about how many are kept, partition, and for each: generation, number, how many names and values follow, these
function outbox.stream(at, args)
  local stream, seen = string.match(at.tag, '{(.*)}'), at.tag .. 's'
  local generation, number = string.match(call('HGET', seen, args[2]) or '0 0', '^(%d+) (%d+)$')
  generation, number = tonumber(generation), tonumber(number)
  local i, appended = 3, false
  while i <= #args do
    local last = i + 2 + tonumber(args[i + 2])
    if outbox.is_after(tonumber(args[i]), tonumber(args[i + 1]), generation, number) then
      local fields = {}
      for f = i + 3, last do
        fields[#fields + 1] = args[f]
      end
      call('XADD', stream, 'MAXLEN', '~', args[1], '*', unpack(fields))
      generation, number, appended = tonumber(args[i]), tonumber(args[i + 1]), true
    end
    i = last + 1
  end
  if appended then
    call('HSET', seen, args[2], text(generation) .. ' ' .. text(number))
    for _, name in ipairs({stream, seen, at.tag .. 'p'}) do
      call('PEXPIRE', name, text(PARTITION_TTL))
    end
  end
  return {'OK'}
end
