"""How often a tenant may call: a moving window, shared over Redis where there is one.

Without Redis each worker counts for itself. Where Redis does not answer, calls go through: a rate
protects the service, and no answer of ours is worth less without it.
"""

import math
import time

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage, Storage
from limits.strategies import MovingWindowRateLimiter

from service.errors import TooManyRequests
from service.logs import log_warning

_PREFIX = "transplant-cds"
_REDIS_SECONDS = 1.0


class Rates:
    """Counts the calls of each tenant."""

    def __init__(self, redis_url: str | None) -> None:
        self._limiter = MovingWindowRateLimiter(_storage(redis_url))
        self._parsed: dict[str, RateLimitItem] = {}

    def count(self, name: str, rate: str) -> None:
        """Count one call of *name*, at most *rate* (`600/minute`); raises TooManyRequests."""
        limit = self._parsed.get(rate) or self._parsed.setdefault(rate, parse(rate))
        try:
            if self._limiter.hit(limit, _PREFIX, name):
                return
            free_at = self._limiter.get_window_stats(limit, _PREFIX, name).reset_time
        except Exception as error:  # noqa: BLE001  whatever the store's library raises
            log_warning("rate-not-counted", reason=type(error).__name__)
            return
        raise TooManyRequests(max(1, math.ceil(free_at - time.time())))


def _storage(redis_url: str | None) -> Storage:
    if redis_url is None:
        return MemoryStorage()
    return RedisStorage(
        redis_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
    )
