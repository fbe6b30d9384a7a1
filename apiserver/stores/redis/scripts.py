"""What has to be one step and is more than one command: Lua, run by the server. Redis keeps a script's text by its hash."""

from __future__ import annotations

# A ttl is milliseconds as text; "-1": none; "0": the value has expired already.
_PUT = """
local function put(key, value, ttl)
  if ttl == '0' then redis.call('DEL', key)
  elseif ttl == '-1' then redis.call('SET', key, value)
  else redis.call('SET', key, value, 'PX', ttl) end
end
"""

COMPARE_AND_SET = (
    _PUT
    + """
-- key; whether a value is expected, it, whether one is stored, it, ttl
local kind, current = redis.call('TYPE', KEYS[1]).ok, false
if kind == 'string' then current = redis.call('GET', KEYS[1])
elseif kind ~= 'none' then return 0 end
if ARGV[1] == '1' then
  if current ~= ARGV[2] then return 0 end
elseif current then return 0 end
if ARGV[3] == '1' then put(KEYS[1], ARGV[4], ARGV[5]) else redis.call('DEL', KEYS[1]) end
return 1
"""
)

INCREMENT = """
-- key; by, ttl of a new key. NOTE: the answer is text, as a number of Lua has 53 bits.
local made = redis.call('EXISTS', KEYS[1]) == 0
redis.call('INCRBY', KEYS[1], ARGV[1])
local total = redis.call('GET', KEYS[1])
if made and ARGV[2] == '0' then redis.call('DEL', KEYS[1])
elseif made and ARGV[2] ~= '-1' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return total
"""

ADD_MEMBER = """
-- key; member, score, ttl
local kind = redis.call('TYPE', KEYS[1]).ok
if kind ~= 'zset' and kind ~= 'none' then redis.call('DEL', KEYS[1]) end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
if ARGV[3] == '0' then redis.call('DEL', KEYS[1])
elseif ARGV[3] ~= '-1' then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return 1
"""
