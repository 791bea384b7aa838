-- Messages: appended, read, and how far everybody has seen.

-- Somebody else's id may live elsewhere: its home knows where.
local function not_found(at, id)
  local alias = call('GET', key(at, '@', id))
  if alias then
    return {'MOVED', string.match(alias, '^%S+ (.*)$')}
  end
  return {'NOT_FOUND'}
end

local function refuse_ended(s)
  return {'ENDED', s.st, text(s.ea)}
end

-- session, message id, author, to, origin, body, membership revision or '-1', id of the message that must be there or ''
local function append(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local message_id, author, after = args[2], args[3], args[8]
  local known = find_message(at, s, message_id)
  local same_author = known and cmsgpack.unpack(known)[AUTHOR] == author
  local refusal
  if known and same_author then
    refusal = {'OK', 1, 0, known, packed_state(s)}
  elseif ended(s) then
    refusal = refuse_ended(s)
  elseif args[7] ~= '-1' and tonumber(args[7]) ~= s.mr then
    refusal = {'STALE_MEMBERSHIP'}
  elseif known then
    refusal = {'MESSAGE_CONFLICT'}
  elseif after ~= '' and not keeps_message(at, s, after) then
    refusal = {'OUT_OF_ORDER'}
  end
  if refusal then
    return refusal
  end
  local packed = next_entry(s, at.now, 'message', author, args[4], message_id, args[5], args[6])
  write_message(at, s, packed, message_id)
  local renewed = activity(at, s, false)
  local now = tell_entries(at, s, {packed})
  save(at, s)
  return {'OK', 0, renewed and 1 or 0, packed, now}
end

-- session, seq after which, limit
local function read(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local after, limit = tonumber(args[2]), tonumber(args[3])
  local lists = {key(at, 'e', s.id), key(at, 'l', s.id)}
  local found = {}
  for i, list in ipairs(lists) do
    local first = first_after(list, SEQ, after)
    found[i] = call('LRANGE', list, first, first + limit - 1)
  end
  if after < 1 and call('EXISTS', lists[1]) == 0 then
    local line = head_lines(document(at, s))
    found[1] = {cmsgpack.pack({1, s.ca, 'session.created', creator(line), '', '', '', line})}
  end
  return {'OK', s.ep, found[1], found[2]}
end

-- session; the seq and the instant after which, those before which, each '' for none; '1' from the oldest on; how many.
-- Answers entries, oldest first, and whether there are more in the page's direction.
local function history(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local list = key(at, 'l', s.id)
  local low, high = 0, call('LLEN', list)
  for field = SEQ, AT do
    local after, before = args[1 + field], args[3 + field]
    if after ~= '' then
      low = math.max(low, first_after(list, field, tonumber(after)))
    end
    if before ~= '' then
      high = math.min(high, first_after(list, field, tonumber(before) - 1))
    end
  end
  local count = tonumber(args[7])
  local more = high - low > count
  if more and args[6] == '1' then
    high = low + count
  elseif more then
    low = high - count
  end
  local page = low < high and call('LRANGE', list, low, high - 1) or {}
  return {'OK', s.ep, page, more and 1 or 0}
end

-- session, participant, seq
local function seen(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  local positions = key(at, 'w', s.id)
  local position = math.min(tonumber(args[3]), s.hd)
  if position > tonumber(call('HGET', positions, args[2]) or '0') then
    call('HSET', positions, args[2], text(position))
    keep(positions, lifetime(at, s))
  end
  return {'OK'}
end

local SCANNED = 20

-- The last kept message of an author.
local function last_of(at, s, author)
  local list = key(at, 'l', s.id)
  local high = call('LLEN', list) - 1
  while high >= 0 do
    local entries = call('LRANGE', list, math.max(0, high - SCANNED + 1), high)
    for i = #entries, 1, -1 do
      local entry = cmsgpack.unpack(entries[i])
      if entry[AUTHOR] == author then
        return entry[SEQ]
      end
    end
    high = high - SCANNED
  end
  return 0
end

-- session, participant
local function standing(at, args)
  local s = open(at, args[1])
  if not s then
    return not_found(at, args[1])
  end
  return {'OK', tonumber(call('HGET', key(at, 'w', s.id), args[2]) or '0'), last_of(at, s, args[2])}
end
