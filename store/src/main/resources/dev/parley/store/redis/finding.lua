-- Finding sessions, within a partition; Java asks several and merges.

local CANDIDATES = 100

local function more_recent(a, b)
  if a.la ~= b.la then
    return a.la > b.la
  elseif a.ca ~= b.ca then
    return a.ca > b.ca
  end
  return a.od > b.od
end

-- The sessions of an identity, settled; the member without a name is a revision.
local function sessions_of(at, workspace, identity)
  local found = {}
  for _, id in ipairs(call('ZRANGE', index_key(at, workspace, identity), 0, -1)) do
    local s = id ~= '' and open(at, id)
    if s then
      found[#found + 1] = s
    end
  end
  return found
end

local function has_surface(at, s, quoted)
  local surfaces = select(2, head_lines(document(at, s)))
  return string.find(surfaces, quoted, 1, true) ~= nil
end

-- workspace, user, surface in quotes or ''
local function candidates(at, args)
  local found = {}
  for _, s in ipairs(sessions_of(at, args[1], args[2])) do
    local open_status = s.st == ACTIVE or s.st == SUSPENDED or (s.st == CREATED and s.br == 1)
    if open_status and s.us == args[2] then
      found[#found + 1] = s
    end
  end
  table.sort(found, more_recent)
  local has = args[3] == ''
  for i, s in ipairs(found) do
    if has then
      break
    end
    has = has_surface(at, s, args[3])
    if has and i > CANDIDATES then
      found[CANDIDATES] = s
    end
  end
  local page = {}
  for i = 1, math.min(#found, CANDIDATES) do
    page[i] = snapshot(at, found[i])
    page[i][4] = found[i].id
  end
  local revision = call('ZSCORE', index_key(at, args[1], args[2]), '') or '0'
  return {'OK', text(tonumber(revision)), page}
end

local function every_session(at, workspace)
  local found = {}
  settle_all(at)
  for _, id in ipairs(call('ZRANGE', at.tag .. 'q', 0, -1)) do
    local s = fetch(at, id)
    if s and s.ws == workspace then
      found[#found + 1] = s
    end
  end
  return found
end

local function add_to_totals(totals, status, by)
  totals[1] = totals[1] + by
  if status < EXPIRED then
    totals[2] = totals[2] + by
  elseif status == EXPIRED then
    totals[3] = totals[3] + by
  end
end

-- workspace; identity whose sessions are looked at, '' for all; '1' when totals are theirs, else the workspace's; user or '';
-- agent as a member of the first line or ''; statuses, a digit each; surface in quotes or ''; latest activity after which or
-- ''; place of the last one shown (activity, creation, ordinal) or ''; how many
local function find(at, args)
  local looked_at = args[2] ~= '' and sessions_of(at, args[1], args[2]) or every_session(at, args[1])
  local totals = {0, 0, 0}
  local behind = args[9] ~= '' and {la = tonumber(args[9]), ca = tonumber(args[10]), od = tonumber(args[11])} or nil
  local total, found = 0, {}
  for _, s in ipairs(looked_at) do
    if args[3] == '1' then
      add_to_totals(totals, s.st, 1)
    end
    if string.find(args[6], tostring(s.st), 1, true)
      and (args[4] == '' or s.us == args[4])
      and (args[8] == '' or s.la > tonumber(args[8]))
      and (args[5] == '' or string.find((head_lines(document(at, s))), args[5], 1, true))
      and (args[7] == '' or has_surface(at, s, args[7])) then
      total = total + 1
      if not behind or more_recent(behind, s) then
        found[#found + 1] = s
      end
    end
  end
  if args[3] ~= '1' then
    settle_all(at)
    for status = CREATED, 7 do
      add_to_totals(totals, status, tonumber(call('HGET', at.tag .. 'k', status .. ':' .. args[1]) or '0'))
    end
  end
  table.sort(found, more_recent)
  local page = {}
  for i = 1, math.min(#found, tonumber(args[12])) do
    local s = found[i]
    page[i] = {s.id, text(s.la), text(s.ca), text(s.od)}
  end
  return {'OK', total, totals[1], totals[2], totals[3], page}
end

local PAGE = 200

-- workspace, agent, ordinal after which, how many
local function of_agent(at, args)
  local place, position, limit = index_key(at, args[1], args[2]), args[3], tonumber(args[4])
  local ids, ordinals = {}, {}
  while true do
    local page = call('ZRANGEBYSCORE', place, '(' .. position, '+inf', 'WITHSCORES', 'LIMIT', 0, PAGE)
    for i = 1, #page, 2 do
      position = text(tonumber(page[i + 1]))
      local s = page[i] ~= '' and open(at, page[i])
      if s then
        if not ended(s) and identities(document(at, s))[args[2]] == '+' then
          ids[#ids + 1], ordinals[#ordinals + 1] = s.id, position
          if #ids == limit then
            return {'OK', ids, ordinals}
          end
        end
      end
    end
    if #page < 2 * PAGE then
      return {'OK', ids, ordinals}
    end
  end
end

local function counts(at)
  settle_all(at)
  return {'OK', call('HGETALL', at.tag .. 'k')}
end
