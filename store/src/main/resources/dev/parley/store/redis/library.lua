-- What can be called, as functions of a library or, on a server that has none, by the first argument of a script.

local FUNCTIONS = {
  claim = claim,
  unclaim = unclaim,
  void = void,
  create = create,
  load = load,
  commit = commit,
  renew = renew,
  append = append,
  read = read,
  history = history,
  seen = seen,
  standing = standing,
  delete = delete,
  fire = fire,
  forwarded = forwarded,
  sync = sync,
  candidates = candidates,
  find = find,
  of_agent = of_agent,
  counts = counts,
  agent_register = agents.register,
  agent_connect = agent_connect,
  agent_unregister = agents.unregister,
  agent_still = agents.still,
  agent_capabilities = agents.capabilities,
  agent_disconnect = agent_disconnect,
  agent_heartbeat = agent_heartbeat,
  agent_get = agent_get,
  agent_list = agent_list,
  agent_followers = agents.followers,
  agent_sync = agent_sync,
  assigned = assigned,
  outbox_take = outbox.take,
  outbox_stream = outbox.stream,
  inbox_send = inbox.send,
  inbox_list = inbox.list,
  inbox_mark = inbox.mark,
  inbox_standing = inbox.standing,
  inbox_after = inbox.after,
  webhook_create = hooks.create,
  webhook_read = hooks.read,
  webhook_replace = hooks.replace,
  webhook_delete = hooks.delete,
  webhook_enqueue = hooks.enqueue,
  webhook_claim = hooks.claim,
  webhook_settle = hooks.settle,
  webhook_deliveries = hooks.deliveries,
  channel_publish = channels.publish,
  channel_after = channels.after,
  presence_put = presence.put,
  presence_of = presence.of,
  presence_sweep = presence.sweep,
  aggregation_create = aggregations.create,
  aggregation_get = aggregations.get,
  aggregation_replace = aggregations.replace,
  layout = layout,
  task_create = tasks.create,
  task_get = tasks.get,
  task_list = tasks.list,
  task_update = tasks.update,
  task_cancel = tasks.cancel,
  task_end_sessions = tasks.end_sessions,
  task_work = tasks.work,
  task_sync = tasks.sync,
}

-- Arguments that every call begins with; see enter.
local COMMON = 5

local function run(name, keys, args)
  if name == 'fence' then
    return fence(keys[1], args)
  end
  local at = enter(keys[1], args)
  if not at then
    return redis.error_reply('FENCE this partition was not fenced for this server')
  end
  local own = {}
  for i = COMMON + 1, #args do
    own[i - COMMON] = args[i]
  end
  local answer = FUNCTIONS[name](at, own)
  leave(at)
  return answer
end

-- While a library is being loaded nothing is there to walk over a table with, so the names are listed.
local NAMES = {
  'aggregation_create', 'aggregation_get', 'aggregation_replace',
  'fence', 'claim', 'unclaim', 'void', 'create', 'load', 'commit', 'renew',
  'append', 'read', 'history', 'seen', 'standing', 'delete', 'fire',
  'forwarded', 'sync', 'candidates', 'find', 'of_agent', 'counts', 'agent_register', 'agent_connect',
  'agent_unregister', 'agent_still', 'agent_capabilities',
  'agent_disconnect', 'agent_heartbeat', 'agent_get', 'agent_list', 'agent_followers', 'agent_sync',
  'assigned', 'outbox_take', 'outbox_stream',
  'webhook_create', 'webhook_read', 'webhook_replace', 'webhook_delete', 'webhook_enqueue', 'webhook_claim', 'webhook_settle', 'webhook_deliveries',
  'layout',
  'task_create', 'task_get', 'task_list', 'task_update', 'task_cancel', 'task_end_sessions', 'task_work', 'task_sync',
  'inbox_send', 'inbox_list', 'inbox_mark', 'inbox_standing', 'inbox_after',
  'channel_publish', 'channel_after', 'presence_put', 'presence_of', 'presence_sweep',
}

local function register(name)
  redis.register_function('@library@_' .. name, function(keys, args)
    return run(name, keys, args)
  end)
end

if redis.register_function then
  for i = 1, #NAMES do
    register(NAMES[i])
  end
  return
end

return run(table.remove(ARGV, 1), KEYS, ARGV)
