-- How long a request to a host has to wait: 0, and it is made; milliseconds, and it asks again; or
-- -1 once the crawl is stopped. Times are of the server's own clock, in milliseconds.
-- KEYS: next, pause, stop, failed.
-- ARGV: step, longest step, known pause, whether the site answered well.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local step, longest, known = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if redis.call('EXISTS', KEYS[3]) == 1 then return -1 end
if ARGV[4] == '1' then redis.call('DEL', KEYS[4]) end
local pause = tonumber(redis.call('GET', KEYS[2]) or '0')
if known > 0 and now + known > pause then  -- a server that was restarted has forgotten it
  pause = now + known
  redis.call('SET', KEYS[2], string.format('%d', pause), 'PX', known)
end
if pause > now then return pause - now end
local next = tonumber(redis.call('GET', KEYS[1]) or '-1')
local wait = next - now
-- Nobody knows of the last request: it may have been just now. Nor where the clock was set back.
if next < 0 or wait > longest then wait = step end
if wait > 0 then
  if next ~= now + wait then
    redis.call('SET', KEYS[1], string.format('%d', now + wait), 'PX', longest + 60000)
  end
  return wait
end
redis.call('SET', KEYS[1], string.format('%d', now + step), 'PX', longest + 60000)
return 0
