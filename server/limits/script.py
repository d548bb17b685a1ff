"""The one script by which Redis counts, and how it is called.

Redis keeps for each counter when its bucket will be full again, in microseconds of its own clock:
the clocks of the nodes do not matter. A value that is further away than an empty bucket needs to
fill, as after a clock was put back, counts as an empty bucket; so does one that is no number.

A use (`need` 1) is counted in all counters of a call or in none. Beside it a counter may ask for
a lease: up to `extra` uses that are debited now, and made within `ttl`. They are debited as if all
were made at the last moment, together with the `held` ones of an older lease that is lengthened by
this: so whenever they are made, no stretch of time sees more than the limit. A lease is at most an
eighth of what is left, hence near the limit there is none.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec

from engine import actor_target, tenant_target
from engine.types import RateLimit

from .limit import SECOND, Limit, Of, rate_of

SCRIPT = """\
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local keep = ARGV[1] == '1'
local found, allowed = {}, 1
for i, name in ipairs(KEYS) do
  local a = 6 * i - 5
  local c = {interval = tonumber(ARGV[a + 1]), burst = tonumber(ARGV[a + 2])}
  local need = tonumber(ARGV[a + 3])
  c.extra, c.held, c.ttl = tonumber(ARGV[a + 4]), tonumber(ARGV[a + 5]), tonumber(ARGV[a + 6])
  local stored = redis.call('GET', name)
  c.full = now
  if stored then c.full = tonumber(stored) end
  c.changed = not (c.full and c.full <= now + c.burst)
  if c.changed then c.full = now + c.burst end
  if c.full < now then c.full = now end
  c.after = c.full + need * c.interval
  c.late = c.after - now - c.burst
  if c.late > 0 then allowed = 0 end
  found[i] = c
end
local reply = {allowed}
for i, name in ipairs(KEYS) do
  local c = found[i]
  local given = 0
  if allowed == 1 then
    local start = math.max(c.after, now + c.ttl + c.held * c.interval)
    given = math.floor((now + c.burst - start) / c.interval / 8)
    given = math.max(0, math.min(c.extra, given))
    local full = c.after
    if given > 0 then full = start + given * c.interval end
    c.changed = c.changed or full > c.full
    c.full = full
  end
  if keep and c.changed then
    local px = math.ceil((c.full - now) / 1000) + 1000
    redis.call('SET', name, string.format('%.0f', c.full), 'PX', string.format('%.0f', px))
  end
  reply[#reply + 1] = given
  reply[#reply + 1] = math.max(0, c.late)
  reply[#reply + 1] = c.full - now
  reply[#reply + 1] = math.floor((now + c.burst - c.full) / c.interval)
end
return reply
"""


class Pace(NamedTuple):
    """A limit as the script has it, in microseconds: one use each `interval`, `burst` at once.

    The interval is rounded up, so never more often than the limit says. `ttl` is how long a lease
    lasts: in an idle bucket it costs as many uses as come back in that time, at most a sixteenth.
    """

    interval: int
    burst: int
    ttl: int


class Ask(NamedTuple):
    """What is asked of one counter; see above."""

    limit: Limit
    need: int = 1
    extra: int = 0
    held: int = 0


class Told(msgspec.Struct, frozen=True):
    """What one counter answered: uses leased and left, and times from now in microseconds."""

    given: int
    late: int
    reset: int
    left: int


@lru_cache(maxsize=4096)
def pace_of(stated: RateLimit) -> Pace:
    """The limit as the script has it."""
    rate = rate_of(stated)
    interval = -(-rate.window // rate.quota)
    burst = interval * rate.quota
    return Pace(interval, burst, max(1, min(SECOND, burst // 16)))


def call(asks: Sequence[Ask], *, keep: bool = True) -> tuple[list[str], list[int]]:
    """The keys and the arguments of the script. All asks are of one tenant; `keep` or only look."""
    keys = [name_of(ask.limit.of, ask.limit.tenant, ask.limit.name) for ask in asks]
    arguments = [int(keep)]
    for ask in asks:
        pace = pace_of(ask.limit.stated)
        arguments += (pace.interval, pace.burst, ask.need, ask.extra, ask.held, pace.ttl)
    return keys, arguments


def read(reply: Sequence[int]) -> tuple[bool, list[Told]]:
    """What the script answered: whether the use is within all limits, and each counter."""
    return reply[0] == 1, [Told(*reply[i : i + 4]) for i in range(1, len(reply), 4)]


@lru_cache(maxsize=65_536)
def name_of(of: Of, tenant: str, name: bytes | str) -> str:
    """The key in Redis: one hash slot for each tenant, and no name of anybody in clear."""
    lead = f"marzipan:limit:{{{tenant_target(tenant).hex()}}}:{of}"
    if isinstance(name, bytes):
        return f"{lead}:{name.hex()}"
    return f"{lead}:{actor_target(tenant, name).hex()}" if name else lead
