/// What happens to sessions in Redis, each in one step of the server. Argument 1 is always the prefix of all keys.
///
/// `session:ID` is a hash of `r` (record, sealed), `c` (credential, sealed), `s` (last seen, unix ms), `k` (last check of the
/// membership, unix ms), `d` (when it ends in any case, by Redis' own clock, ms) and `o` (owner, hashed). The key expires
/// by Redis' clock. `sessions` and `owner:HASH` are sorted sets of ids by last seen. `changed` is the channel of ids that
/// are over or belong to somebody with other rights now.
enum RedisScripts {
    private static let common = """
        local p = ARGV[1]
        local function now() local t = redis.call('TIME'); return t[1] * 1000 + math.floor(t[2] / 1000) end
        local function finish(id)
          local k = p .. 'session:' .. id
          local o = redis.call('HGET', k, 'o')
          local was = redis.call('DEL', k)
          redis.call('ZREM', p .. 'sessions', id)
          if o then redis.call('ZREM', p .. 'owner:' .. o, id) end
          redis.call('PUBLISH', p .. 'changed', id)
          return was
        end
        local function alive(set)
          local ids = redis.call('ZRANGE', set, 0, -1)
          local live = {}
          for _, id in ipairs(ids) do
            if redis.call('EXISTS', p .. 'session:' .. id) == 1 then live[#live + 1] = id
            else redis.call('ZREM', set, id) end
          end
          return live
        end

        """

    /// ID RECORD CREDENTIAL SEEN IDLE ABSOLUTE OWNER MAXIMUM MAXIMUM-OF-OWNER. Returns how many there are.
    static let create =
        common + """
            local id, record, credential, seen = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5])
            local idle, absolute, owner = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
            local all, own = p .. 'sessions', p .. 'owner:' .. owner
            redis.call('ZREMRANGEBYSCORE', all, '-inf', seen - idle)
            local mine = alive(own)
            for i = 1, #mine - tonumber(ARGV[10]) + 1 do finish(mine[i]) end
            local surplus = redis.call('ZCARD', all) - tonumber(ARGV[9]) + 1
            if surplus > 0 then
              for _, victim in ipairs(redis.call('ZRANGE', all, 0, surplus - 1)) do finish(victim) end
            end
            local k, t = p .. 'session:' .. id, now()
            redis.call('HSET', k, 'r', record, 'c', credential, 's', ARGV[5], 'k', ARGV[5], 'd', t + absolute, 'o', owner)
            redis.call('PEXPIREAT', k, t + math.min(idle, absolute))
            redis.call('ZADD', all, seen, id)
            redis.call('ZADD', own, seen, id)
            redis.call('PEXPIRE', own, absolute)
            return redis.call('ZCARD', all)
            """

    /// ID IS-USE SEEN IDLE. Returns record and last seen before; or nothing.
    static let find =
        common + """
            local k = p .. 'session:' .. ARGV[2]
            local v = redis.call('HMGET', k, 'r', 's', 'd', 'o')
            if not v[1] then return false end
            if ARGV[3] == '1' then
              redis.call('HSET', k, 's', ARGV[4])
              redis.call('PEXPIREAT', k, math.min(now() + tonumber(ARGV[5]), tonumber(v[3])))
              redis.call('ZADD', p .. 'sessions', 'XX', ARGV[4], ARGV[2])
              redis.call('ZADD', p .. 'owner:' .. v[4], 'XX', ARGV[4], ARGV[2])
            end
            return {v[1], v[2]}
            """

    /// ID. Returns the record, or nothing.
    static let end =
        common + """
            local r = redis.call('HGET', p .. 'session:' .. ARGV[2], 'r')
            finish(ARGV[2])
            return r
            """

    /// OWNER KEPT. Returns how many were ended.
    static let endAll =
        common + """
            local count = 0
            for _, id in ipairs(alive(p .. 'owner:' .. ARGV[2])) do
              if id ~= ARGV[3] then count = count + finish(id) end
            end
            return count
            """

    /// OWNER, or nothing for all. Returns id, record, last seen, and so on.
    static let list =
        common + """
            local set = ARGV[2] == '' and p .. 'sessions' or p .. 'owner:' .. ARGV[2]
            local found = {}
            for _, id in ipairs(alive(set)) do
              local v = redis.call('HMGET', p .. 'session:' .. id, 'r', 's')
              if v[1] then
                local n = #found
                found[n + 1], found[n + 2], found[n + 3] = id, v[1], v[2]
              end
            end
            return found
            """

    /// TIME LIMIT. The same of those that were used since their membership was checked, before TIME.
    static let unchecked =
        common + """
            local found, most = {}, tonumber(ARGV[3]) * 3
            for _, id in ipairs(redis.call('ZREVRANGE', p .. 'sessions', 0, -1)) do
              local v = redis.call('HMGET', p .. 'session:' .. id, 'k', 's', 'r')
              if v[3] and tonumber(v[1]) < tonumber(ARGV[2]) and tonumber(v[2]) > tonumber(v[1]) then
                local n = #found
                if n >= most then break end
                found[n + 1], found[n + 2], found[n + 3] = id, v[3], v[2]
              end
            end
            return found
            """

    /// ID RECORD CHECKED CREDENTIAL, the last one may be empty. Returns 1 when the session was there.
    static let update =
        common + """
            local k = p .. 'session:' .. ARGV[2]
            if redis.call('EXISTS', k) == 0 then return 0 end
            redis.call('HSET', k, 'r', ARGV[3], 'k', ARGV[4])
            if ARGV[5] ~= '' then redis.call('HSET', k, 'c', ARGV[5]) end
            redis.call('DEL', p .. 'check:' .. ARGV[2])
            redis.call('PUBLISH', p .. 'changed', ARGV[2])
            return 1
            """

    /// STATE BROWSER VALUE CREATED LIFETIME MAXIMUM MAXIMUM-OF-BROWSER
    static let begin =
        common + """
            local state, browser, created = ARGV[2], ARGV[3], tonumber(ARGV[5])
            local all, own = p .. 'flows', p .. 'browser:' .. browser
            redis.call('SET', p .. 'flow:' .. state, ARGV[4], 'PX', ARGV[6])
            for set, most in pairs({[all] = tonumber(ARGV[7]), [own] = tonumber(ARGV[8])}) do
              redis.call('ZADD', set, created, state)
              local surplus = redis.call('ZCARD', set) - most
              if surplus > 0 then
                for _, old in ipairs(redis.call('ZRANGE', set, 0, surplus - 1)) do redis.call('DEL', p .. 'flow:' .. old) end
                redis.call('ZREMRANGEBYRANK', set, 0, surplus - 1)
              end
              redis.call('PEXPIRE', set, ARGV[6])
            end
            return 1
            """

    /// STATE BROWSER. Returns the value, once.
    static let take =
        common + """
            local k, own = p .. 'flow:' .. ARGV[2], p .. 'browser:' .. ARGV[3]
            if not redis.call('ZSCORE', own, ARGV[2]) then return false end
            local v = redis.call('GET', k)
            redis.call('DEL', k)
            redis.call('ZREM', own, ARGV[2])
            redis.call('ZREM', p .. 'flows', ARGV[2])
            return v
            """
}
