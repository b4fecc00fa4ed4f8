"""A token counts once, over threads, processes and replicas: in a real Redis, in a database."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from service.errors import MemoryUnreachable, TooManyRequests
from service.tenancy.rates import Rates
from service.tenancy.replay import RedisReplay, SqlReplay


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Redis of our own, Debian's `redis-server`."""
    if shutil.which("redis-server") is None:
        pytest.fail("redis-server not found: install Debian's package redis-server", pytrace=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        cwd=tmp_path_factory.mktemp("redis"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "Ready to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.communicate()


def test_in_redis(redis_url: str) -> None:
    """Two replicas share one memory, and what is remembered goes away by itself."""
    one, other = RedisReplay(redis_url), RedisReplay(redis_url)

    assert one.is_first_use("a", 60)
    assert not other.is_first_use("a", 60)
    assert other.is_first_use("b", 60)
    with redis.Redis.from_url(redis_url) as client:
        assert 0 < client.ttl("transplant-cds:token:a") <= 60


def test_in_redis_side_by_side(redis_url: str) -> None:
    """Of many that come together with one token, one is the first."""
    memory = RedisReplay(redis_url)
    with ThreadPoolExecutor(8) as pool:
        firsts = list(pool.map(lambda _: memory.is_first_use("race", 60), range(40)))

    assert 1 == firsts.count(True)


def test_redis_down() -> None:
    """Who cannot be asked is told as such, and is not taken for a no."""
    with pytest.raises(MemoryUnreachable):
        RedisReplay("redis://127.0.0.1:1/0").is_first_use("a", 60)


def test_rates_over_replicas(redis_url: str) -> None:
    """A tenant's calls are counted together, and another tenant's apart."""
    one, other = Rates(redis_url), Rates(redis_url)
    one.count("st-elsewhere", "2/hour")
    other.count("st-elsewhere", "2/hour")

    with pytest.raises(TooManyRequests) as refused:
        one.count("st-elsewhere", "2/hour")
    one.count("north", "2/hour")

    assert 3500 < int(refused.value.headers["Retry-After"]) <= 3600


def test_rates_while_redis_is_down() -> None:
    """A rate that cannot be counted keeps nobody out."""
    rates = Rates("redis://127.0.0.1:1/0")

    rates.count("st-elsewhere", "1/hour")
    rates.count("st-elsewhere", "1/hour")


def test_in_a_database(tmp_path: Path) -> None:
    """Two replicas share one table, in a folder that is made."""
    url = f"sqlite:///{tmp_path}/state/used.db"
    one, other = SqlReplay(url), SqlReplay(url)

    assert one.is_first_use("a", 60)
    assert not other.is_first_use("a", 60)
    assert other.is_first_use("b", 60)


def test_in_a_database_after_expiry(tmp_path: Path) -> None:
    """What has expired is removed: the table holds no more than the tokens that still count."""
    now = 1000.0
    memory = SqlReplay(f"sqlite:///{tmp_path}/used.db", lambda: now)
    assert memory.is_first_use("a", 60)
    assert memory.is_first_use("later", 600)
    now += 130

    assert memory.is_first_use("b", 60)
    assert memory.is_first_use("a", 60)
    assert not memory.is_first_use("later", 60)


def test_in_a_database_over_processes(tmp_path: Path) -> None:
    """Workers that begin at the same moment, on a database that is not there yet, agree on one."""
    program = (
        "import sys\nfrom service.tenancy.replay import SqlReplay\n"
        "memory = SqlReplay(sys.argv[1])\nsys.stdin.read()\n"
        "print(sum(memory.is_first_use(str(each), 60) for each in range(20)))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, f"sqlite:///{tmp_path}/state/used.db"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(3)
    ]
    with ThreadPoolExecutor(3) as pool:
        counts = [int(said) for said, _ in pool.map(lambda each: each.communicate(""), processes)]

    assert 20 == sum(counts)


def test_database_down() -> None:
    """A database that cannot be opened is told as such."""
    with pytest.raises(MemoryUnreachable):
        SqlReplay("sqlite:////proc/none/used.db").is_first_use("a", 60)


def test_it_costs_next_to_nothing(redis_url: str, tmp_path: Path) -> None:
    """Remembering takes a small part of the time of an answer."""
    for memory in (RedisReplay(redis_url), SqlReplay(f"sqlite:///{tmp_path}/used.db")):
        memory.is_first_use("warm", 60)
        started = time.perf_counter()
        for each in range(20):
            memory.is_first_use(f"cost-{each}", 60)
        assert (time.perf_counter() - started) / 20 < 0.1
