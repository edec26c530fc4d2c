import RedisClient

extension QueueScripts {
  private static let letters = """
    local P, NODE = ARGV[1], ARGV[2]
    local at = 2
    local call = redis.call
    local function arg() at = at + 1; return ARGV[at] end

    -- Those that are named; or, where none is, a page of all that are above one and up to another.
    local function chosen()
      local after, upTo, limit = arg(), arg(), arg()
      if #ARGV > at then return {unpack(ARGV, at + 1)} end
      return call('ZRANGEBYSCORE', P .. 'dead', '(' .. after, upTo, 'LIMIT', 0, limit)
    end

    local function forget(n, f)
      call('ZREM', P .. 'dead', n)
      call('ZREM', P .. 'died', n)
      if call('HINCRBY', P .. 'deadcounts', f, -1) <= 0 then call('HDEL', P .. 'deadcounts', f) end
    end

    """

  /// after, up to, limit → number and fields of each.
  static let deadLetters = RedisScript(
    letters + """
      local result = {}
      for _, n in ipairs(chosen()) do
        local h = call('HMGET', P .. 'd:' .. n, 'id', 'function', 'group', 'enqueued', 'payload', 'condition', 'attempts',
          'type', 'message', 'queue', 'died')
        if h[1] then result[#result + 1] = {n, unpack(h)} end
      end
      return result
      """, isRepeatable: true)

  /// now, after, up to, limit, numbers → how many, the last number looked at or -1, functions.
  static let redrive = RedisScript(
    letters + """
      local now = arg()
      local count, last, functions, touched = 0, '-1', {}, {}
      for _, letter in ipairs(chosen()) do
        last = letter
        local h = call('HMGET', P .. 'd:' .. letter, 'function', 'group')
        if h[1] then
          local f, g = h[1], h[2]
          local n = call('INCR', P .. 'number')
          call('RENAME', P .. 'd:' .. letter, P .. 'i:' .. n)
          call('HDEL', P .. 'i:' .. n, 'condition', 'attempts', 'type', 'message', 'queue', 'died')
          -- The age counts from now on, or an old letter would die again at once.
          call('HSET', P .. 'i:' .. n, 'enqueued', now, 'failed', 0, 'due', 0)
          forget(letter, f)
          call('ZADD', P .. 'all:' .. f, n, n)
          call('ZADD', P .. 'waiting:' .. f .. ':' .. g, n, n)
          call('ZADD', P .. 'groups:' .. f, 0, g)
          count = count + 1
          touched[f] = true
        end
      end
      for f in pairs(touched) do
        functions[#functions + 1] = f
        call('XADD', P .. 'wake', 'MAXLEN', '~', 256, '*', 'node', NODE, 'function', f)
      end
      return {count, last, functions}
      """, isRepeatable: false)

  /// Died before then or nothing, after, up to, limit, numbers → how many, the last number looked at or -1.
  static let purge = RedisScript(
    letters + """
      local before = tonumber(arg())
      local count, last = 0, '-1'
      for _, n in ipairs(chosen()) do
        last = n
        local h = call('HMGET', P .. 'd:' .. n, 'function', 'died')
        if h[1] and (not before or tonumber(h[2]) < before) then
          call('DEL', P .. 'd:' .. n)
          forget(n, h[1])
          count = count + 1
        end
      end
      return {count, last}
      """, isRepeatable: false)

  /// → the highest number given out so far.
  static let newestLetter = RedisScript(
    "return tonumber(redis.call('GET', ARGV[1] .. 'letter') or 0)", isRepeatable: true)
}
