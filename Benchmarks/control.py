"""What commands to many workers take: how long after the last reply the answer is there, and how much memory Calyx needs.

    python3 Benchmarks/control.py [--pings 20] [--workers 1000] [--refreshes 10] [--json FILE]

The workers are simulated (celery_nodes.py) and answer with what real ones answered. Everything goes through gateway and core
with Basic credentials. Needs redis-server and the release build.
"""
import argparse
import json
import pathlib
import resource
import sys
import threading
import time

from celery_nodes import Nodes
from goals import Goals
from servers import ROOT, Client, start_calyx, start_redis, workspace

CAPTURES = ROOT / "Tests/CeleryBrokerTests/Captures"
MB = 1 << 20


def captured(name):
    """What a real worker answered."""
    exchange = json.loads((CAPTURES / f"{name}.json").read_text())["exchanges"][0]
    return next(iter(exchange["replies"][0]["body"].values()))


def until(condition, what, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise SystemExit(f"not within {seconds} s: {what}")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def all_alive(client, count):
    return sum(json.loads(client.get("/api/workers?status=1")[1]).values()) == count


def ping(goals, directory, servers, pings):
    redis = start_redis(directory)
    servers.append(redis)
    calyx = start_calyx(directory, redis.port, "--inspect_timeout=5000")
    servers.append(calyx)
    nodes = Nodes(redis.port, 50, {"ping": {"ok": "pong"}})
    client = Client(calyx.port)
    until(lambda: all_alive(client, 50), "50 workers are alive")
    late, whole = [], []
    for _ in range(pings):
        status, body, seconds = client.get("/api/worker/inspect/ping")
        done = time.perf_counter()
        assert status == 200 and len(json.loads(body)["workers"]) == 50, body
        late.append(done - nodes.answered["ping"])
        whole.append(seconds)
    nodes.close()
    goals.add("ping of 50 workers: answer after the last reply, longest", max(late), 0.2, "s")
    goals.add("ping of 50 workers: whole request, median", percentile(whole, 0.5), None, "s")


def inspect(goals, directory, servers, workers, refreshes):
    answers = {name: captured(name) for name in ("stats", "active_queues", "registered", "conf", "active")}
    redis = start_redis(directory)
    servers.append(redis)
    calyx = start_calyx(directory, redis.port, "--inspect_timeout=20000")
    servers.append(calyx)
    nodes = Nodes(redis.port, workers, answers)
    client = Client(calyx.port)
    until(lambda: all_alive(client, workers), f"{workers} workers are alive")
    until(lambda: nodes.answered_nodes["conf"] >= workers, "they were asked once")
    settled = calyx.rss()
    peak, pages, ended = [settled], [], threading.Event()

    def look():
        other = Client(calyx.port)
        while not ended.is_set():
            peak.append(calyx.rss())
            status, body, seconds = other.get("/workers")
            assert status == 200, body
            pages.append(seconds)
            ended.wait(0.05)

    def refresh(path):
        status, body, _ = client.get(path)
        assert status == 200, body[:300]
        late.append(time.perf_counter() - max(nodes.answered.values()))
        return json.loads(body)

    looking = threading.Thread(target=look)
    looking.start()
    late, after = [], []
    for _ in range(refreshes):
        assert sum(1 for entry in refresh("/api/workers?refresh=1").values() if entry["stats"]) == workers
        assert len(refresh("/api/worker/inspect/active")["workers"]) == workers
        after.append(calyx.rss())
    ended.set()
    looking.join()
    nodes.close()
    goals.add(f"inspection of {workers} workers: memory at its highest, beyond that before", (max(peak) - settled) / MB, 128, "MB")
    goals.add("… and growth from the middle of the run to its end", (after[-1] - after[len(after) // 2]) / MB, 16, "MB")
    goals.add(f"workers page of {workers} meanwhile, p99", percentile(pages, 0.99), 0.5, "s")
    goals.add("… and median", percentile(pages, 0.5), None, "s")
    goals.add("answer after the last reply, longest", max(late), None, "s")
    goals.add("memory at the end", after[-1] / MB, None, "MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pings", type=int, default=20)
    parser.add_argument("--workers", type=int, default=1000)
    parser.add_argument("--refreshes", type=int, default=10)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    goals = Goals()
    with workspace() as (directory, servers):
        ping(goals, directory, servers, arguments.pings)
    with workspace() as (directory, servers):
        inspect(goals, directory, servers, arguments.workers, arguments.refreshes)
    met = goals.show()
    if arguments.json:
        goals.write(arguments.json)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
