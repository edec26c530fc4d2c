import RedisClient

/// The queue's changes, each of which the server makes in one step.
///
/// Keys, all behind a prefix, which is the first argument of every script as the node is the second:
///
/// | key | holds |
/// | --- | --- |
/// | `i:N` | hash: invocation number N. `due` is as in `QueueSchema`; `entry` and `owner` are those of its claim |
/// | `all:F` | sorted set: numbers of function F, waiting or claimed |
/// | `waiting:F:G` | sorted set: numbers that may run at once, of group G |
/// | `groups:F`, `turn:F` | sorted set in alphabetical order: groups that have any; the one that was served last |
/// | `due:F` | sorted set by time: numbers that are to be tried again |
/// | `claimed:F` | stream with the consumer group `nodes`: an entry per claim, pending with the node that holds it |
/// | `d:N`, `dead`, `died`, `deadcounts` | dead letters: hashes, numbers in order and by time, how many by function |
/// | `published:K` | the answer to the publication of that key, for a day |
/// | `functions`, `number`, `letter` | functions that ever had work, the last numbers given out |
/// | `nodes` | sorted set: nodes by when they last gave a sign of life, by the server's clock |
/// | `wake` | stream: functions that have new work |
enum QueueScripts {
  /// What the scripts share.
  private static let common = """
    local P, NODE = ARGV[1], ARGV[2]
    local at = 2
    local call = redis.call
    local touched = {}
    local function arg() at = at + 1; return ARGV[at] end

    local function wait(n, f, g)
      call('ZADD', P .. 'waiting:' .. f .. ':' .. g, n, n)
      call('ZADD', P .. 'groups:' .. f, 0, g)
      touched[f] = true
    end

    local function enqueue(count)
      for _ = 1, count do
        local id, f, g, d, enqueued, payload = arg(), arg(), arg(), arg(), arg(), arg()
        local n = call('INCR', P .. 'number')
        call('HSET', P .. 'i:' .. n, 'id', id, 'function', f, 'group', g, 'dedup', d, 'enqueued', enqueued, 'failed', 0,
          'due', 0, 'payload', payload)
        call('SADD', P .. 'functions', f)
        call('ZADD', P .. 'all:' .. f, n, n)
        wait(n, f, g)
      end
    end

    local function isFull(more, limit)
      local total = more
      for _, f in ipairs(call('SMEMBERS', P .. 'functions')) do total = total + call('ZCARD', P .. 'all:' .. f) end
      return total > limit
    end

    -- Tells the other nodes.
    local function wake()
      local fields = {}
      for f in pairs(touched) do fields[#fields + 1] = 'function'; fields[#fields + 1] = f end
      if #fields > 0 then call('XADD', P .. 'wake', 'MAXLEN', '~', 256, '*', 'node', NODE, unpack(fields)) end
    end

    -- The function, where the claim is still this node's.
    local function held(n, entry)
      local h = call('HMGET', P .. 'i:' .. n, 'function', 'entry', 'owner')
      if h[2] == entry and h[3] == NODE then return h[1] end
    end

    local function drop(n, f, entry)
      call('XACK', P .. 'claimed:' .. f, 'nodes', entry)
      call('XDEL', P .. 'claimed:' .. f, entry)
      call('HDEL', P .. 'i:' .. n, 'entry', 'owner')
    end

    local function giveBack(n, f, entry)
      drop(n, f, entry)
      local h = call('HMGET', P .. 'i:' .. n, 'group', 'due')
      if not h[1] then return end
      if tonumber(h[2]) > 0 then
        call('ZADD', P .. 'due:' .. f, h[2], n)
        touched[f] = true
      else
        wait(n, f, h[1])
      end
    end

    """

  private static func script(_ body: String, isRepeatable: Bool) -> RedisScript {
    RedisScript(common + body, isRepeatable: isRepeatable)
  }

  /// limit, count, invocations → 0 where that would be too many.
  static let enqueue = script(
    """
    local limit, count = tonumber(arg()), tonumber(arg())
    if isFull(count, limit) then return 0 end
    enqueue(count)
    wake()
    return 1
    """, isRepeatable: false)

  /// limit, key or nothing, response, count, invocations → 0 if there are too many, else whether it was accepted now,
  /// and the response.
  static let publish = script(
    """
    local limit, key, response, count = tonumber(arg()), arg(), arg(), tonumber(arg())
    if isFull(1, limit) then return 0 end
    if key ~= '' then
      local known = call('GET', P .. 'published:' .. key)
      if known then return {0, known} end
      call('SET', P .. 'published:' .. key, response, 'EX', 86400)
    end
    enqueue(count)
    wake()
    return {1, response}
    """, isRepeatable: false)

  /// now, longest wait, idle time in ms after which a claim is taken over (-1: none is), bytes; then functions and how
  /// many of each → by function: name, whether there is more, when the next is due or -1, invocations.
  static let claim = script(
    """
    local now, longest, idle, maximumBytes = tonumber(arg()), tonumber(arg()), tonumber(arg()), tonumber(arg())
    local result = {}
    while at < #ARGV do
      local f, wanted = arg(), tonumber(arg())
      local stream, groups, due = P .. 'claimed:' .. f, P .. 'groups:' .. f, P .. 'due:' .. f
      if call('EXISTS', stream) == 0 then call('XGROUP', 'CREATE', stream, 'nodes', '0', 'MKSTREAM') end
      local batch, bytes, fresh = {}, 0, 0
      local function full() return #batch >= wanted or bytes >= maximumBytes end
      local function give(n, entry)
        local h = call('HMGET', P .. 'i:' .. n, 'id', 'group', 'failed', 'enqueued', 'payload', 'dedup')
        if not h[1] then return false end
        if not entry then
          entry = call('XADD', stream, '*', 'n', n)
          fresh = fresh + 1
        end
        call('HSET', P .. 'i:' .. n, 'entry', entry, 'owner', NODE)
        batch[#batch + 1] = {n, entry, h[1], h[2], h[3], h[4], h[5], h[6] or ''}
        bytes = bytes + #h[5]
        return true
      end

      -- 1. What a node that is gone had claimed.
      if idle >= 0 then
        local cursor = '0-0'
        repeat
          if full() then break end
          local found = call('XAUTOCLAIM', stream, 'nodes', NODE, idle, cursor, 'COUNT', wanted - #batch)
          cursor = found[1]
          for _, message in ipairs(found[2]) do
            if not give(message[2][2], message[1]) then
              call('XACK', stream, 'nodes', message[1])
              call('XDEL', stream, message[1])
            end
          end
        until cursor == '0-0'
      end

      -- 2. Retries that are due, and those whose wait is longer than any: a clock has stepped back.
      local function retries(first, last)
        while not full() do
          local n = call('ZRANGEBYSCORE', due, first, last, 'LIMIT', 0, 1)[1]
          if not n then break end
          call('ZREM', due, n)
          give(n)
        end
      end
      retries('-inf', now)
      retries('(' .. string.format('%.0f', now + longest), '+inf')

      -- 3. One of each group in turn.
      local turn = call('GET', P .. 'turn:' .. f) or ''
      while not full() do
        local g = call('ZRANGEBYLEX', groups, '(' .. turn, '+', 'LIMIT', 0, 1)[1] or call('ZRANGE', groups, 0, 0)[1]
        if not g then break end
        local waiting = P .. 'waiting:' .. f .. ':' .. g
        local n = call('ZPOPMIN', waiting)[1]
        if n then give(n) end
        if call('EXISTS', waiting) == 0 then call('ZREM', groups, g) end
        turn = g
      end
      call('SET', P .. 'turn:' .. f, turn)

      -- All claims of this call are what no node has read yet.
      if fresh > 0 then call('XREADGROUP', 'GROUP', 'nodes', NODE, 'COUNT', fresh, 'STREAMS', stream, '>') end
      local more = call('EXISTS', groups) == 1 or call('ZCOUNT', due, '-inf', now) > 0
      local next = call('ZRANGEBYSCORE', due, '(' .. string.format('%.0f', now), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)[2]
      result[#result + 1] = {f, more and 1 or 0, next or '-1', batch}
    end
    return result
    """, isRepeatable: false)

  /// Ends: what, number, entry, its details; then a count of follow-ups and these. Ends of claims that are not this
  /// node's any more change nothing.
  static let finish = script(
    """
    while at < #ARGV do
      local kind, n, entry = arg(), arg(), arg()
      local f = held(n, entry)
      local details = {}
      for _ = 1, tonumber(arg()) do details[#details + 1] = arg() end
      if f then
        drop(n, f, entry)
        if kind == 'retry' then
          call('HSET', P .. 'i:' .. n, 'failed', details[1], 'due', details[2])
          call('ZADD', P .. 'due:' .. f, details[2], n)
        else
          call('ZREM', P .. 'all:' .. f, n)
          if kind == 'done' then
            call('DEL', P .. 'i:' .. n)
          else
            local letter = call('INCR', P .. 'letter')
            call('RENAME', P .. 'i:' .. n, P .. 'd:' .. letter)
            call('HSET', P .. 'd:' .. letter, 'condition', details[1], 'attempts', details[2], 'type', details[3],
              'message', details[4], 'queue', details[5], 'died', details[6])
            call('ZADD', P .. 'dead', letter, letter)
            call('ZADD', P .. 'died', details[6], letter)
            call('HINCRBY', P .. 'deadcounts', f, 1)
          end
        end
      end
      local count = tonumber(arg())
      if f then enqueue(count) else at = at + 6 * count end
    end
    wake()
    return 1
    """, isRepeatable: true)

  /// Numbers and entries.
  static let release = script(
    """
    while at < #ARGV do
      local n, entry = arg(), arg()
      local f = held(n, entry)
      if f then giveBack(n, f, entry) end
    end
    wake()
    return 1
    """, isRepeatable: true)

  /// Gives back what this node held when it was last cut off → how many. Tidies up after nodes that are no more.
  static let recover = script(
    """
    local count = 0
    for _, f in ipairs(call('SMEMBERS', P .. 'functions')) do
      local stream = P .. 'claimed:' .. f
      if call('EXISTS', stream) == 1 then
        repeat
          local found = call('XREADGROUP', 'GROUP', 'nodes', NODE, 'COUNT', 100, 'STREAMS', stream, '0')
          local messages = found and found[1] and found[1][2] or {}
          for _, message in ipairs(messages) do
            giveBack(message[2][2], f, message[1])
            count = count + 1
          end
        until #messages == 0
        for _, consumer in ipairs(call('XINFO', 'CONSUMERS', stream, 'nodes')) do
          -- name, pending, idle and their values
          if consumer[4] == 0 and consumer[6] > 86400000 then
            call('XGROUP', 'DELCONSUMER', stream, 'nodes', consumer[2])
          end
        end
      end
    end
    wake()
    return count
    """, isRepeatable: true)

  /// Numbers and entries → the numbers whose claims have been taken over. The others are this node's for as long again.
  static let extend = script(
    """
    local lost = {}
    local now = tonumber(call('TIME')[1])
    call('ZADD', P .. 'nodes', now, NODE)
    call('ZREMRANGEBYSCORE', P .. 'nodes', '-inf', now - 86400)
    while at < #ARGV do
      local n, entry = arg(), arg()
      local f = held(n, entry)
      if f then
        call('XCLAIM', P .. 'claimed:' .. f, 'nodes', NODE, 0, entry, 'JUSTID')
      elseif call('EXISTS', P .. 'i:' .. n) == 1 then
        lost[#lost + 1] = n
      end
    end
    return lost
    """, isRepeatable: true)

  /// → nodes of the last day, the newest first: name, seconds since 1970.
  static let nodes = script(
    """
    return call('ZREVRANGE', P .. 'nodes', 0, 999, 'WITHSCORES')
    """, isRepeatable: true)

  /// → by function: name, queued, dead letters, when the oldest was enqueued or -1.
  static let depths = script(
    """
    local result = {}
    for _, f in ipairs(call('SMEMBERS', P .. 'functions')) do
      local queued, dead = call('ZCARD', P .. 'all:' .. f), tonumber(call('HGET', P .. 'deadcounts', f) or 0)
      local oldest = '-1'
      if queued > 0 then oldest = call('HGET', P .. 'i:' .. call('ZRANGE', P .. 'all:' .. f, 0, 0)[1], 'enqueued') end
      if queued + dead > 0 then result[#result + 1] = {f, queued, dead, oldest} end
    end
    return result
    """, isRepeatable: true)
}
