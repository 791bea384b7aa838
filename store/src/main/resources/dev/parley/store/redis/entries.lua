-- A session's log: two lists, of messages ('l') and of life-cycle entries ('e'), each bounded by itself. An entry is a packed
-- array: seq, instant, type, author, to, message id, origin, body; what is not there is ''. The first entry,
-- session.created, is not written as long as it follows from the first line of the document.

local SEQ, AT, AUTHOR, TO, MESSAGE_ID, BODY = 1, 2, 4, 5, 6, 8

local function add_to(at, s, kind, packed)
  local list = key(at, kind, s.id)
  local length = call('RPUSH', list, packed)
  if length == 1 then
    call('PEXPIRE', list, text(lifetime(at, s)))
  end
  return length
end

-- The first entry has to be written before the document's first line changes.
local function write_first_entry(at, s, created_line, author)
  if call('EXISTS', key(at, 'e', s.id)) == 0 then
    add_to(at, s, 'e', cmsgpack.pack({1, s.ca, 'session.created', author, '', '', '', created_line}))
  end
end

-- Who made the session, of the first line of its document.
local function creator(created_line)
  return cjson.decode(created_line).createdBy
end

-- Numbers an entry; it is not written yet.
local function next_entry(s, instant, type, author, to, message_id, origin, body)
  s.hd = s.hd + 1
  s.lt = math.max(s.lt, instant)
  return cmsgpack.pack({s.hd, s.lt, type, author, to, message_id, origin, body})
end

local function add_lifecycle(at, s, instant, type, author, body)
  if call('EXISTS', key(at, 'e', s.id)) == 0 then
    local line = head_lines(document(at, s))
    write_first_entry(at, s, line, creator(line))
  end
  local packed = next_entry(s, instant, type, author, '', '', '', body)
  if add_to(at, s, 'e', packed) > at.lifecycle_limit then
    call('LPOP', key(at, 'e', s.id))
  end
  return packed
end

local function write_message(at, s, packed, message_id)
  local ids = key(at, 'i', s.id)
  local length = add_to(at, s, 'l', packed)
  if call('HSET', ids, message_id, text(s.hd)) == 1 and length == 1 then
    call('PEXPIRE', ids, text(lifetime(at, s)))
  end
  if length > at.history_limit then
    local dropped = cmsgpack.unpack(call('LPOP', key(at, 'l', s.id)))
    -- The id may have been used again since.
    if call('HGET', ids, dropped[MESSAGE_ID]) == text(dropped[SEQ]) then
      call('HDEL', ids, dropped[MESSAGE_ID])
    end
  end
end

-- Index, from 0, of the first entry whose field is greater; the length when there is none. Both lists rise in seq and instant.
local function first_after(list, field, value)
  local low, high = 0, call('LLEN', list)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if cmsgpack.unpack(call('LINDEX', list, middle))[field] > value then
      high = middle
    else
      low = middle + 1
    end
  end
  return low
end

-- Whether a message of that id is kept.
local function keeps_message(at, s, message_id)
  return call('HEXISTS', key(at, 'i', s.id), message_id) == 1
end

-- The kept message of an id, packed; nil when it is not there.
local function find_message(at, s, message_id)
  local seq = call('HGET', key(at, 'i', s.id), message_id)
  if not seq then
    return nil
  end
  local list = key(at, 'l', s.id)
  return call('LINDEX', list, first_after(list, SEQ, tonumber(seq) - 1)) or nil
end

-- Tells of entries, and the state right after the last, which it returns.
local function tell_entries(at, s, entries)
  changed(at, s)
  local packed = packed_state(s)
  publish(at, {'entries', s.id, packed, entries})
  return packed
end

local function tell_state(at, s)
  changed(at, s)
  publish(at, {'state', s.id, packed_state(s)})
end
