"""Follows the same events with Calyx and with Flower, each on a Redis of its own, and shows what an event costs.

    python3 Benchmarks/ingest.py [--rounds 3] [--no-flower] [--quick] [--only WORD] [--json FILE]

CPU is user + system of the whole process tree (`calyx up` is gateway and core), per event; memory is its resident set. Figures are
medians over the rounds. Flower gets a tenth of the events, since it needs a hundred times as long for each. API latencies are
measured at Calyx' core. Ends with the table of goals; the exit code is 1 when one is missed. Needs redis-server, the release
build and, for Flower, a virtual environment that it makes at the first run.
"""
import argparse
import pathlib
import statistics
import sys

from goals import Goals
from ingest_runs import at_rest, delay_at, follow, searches, start_to_first_event
from ingest_soak import soak

MILLION = ["--max_tasks=1000000", "--memory_limit=2GB"]
COLUMNS = {"events": 0, "sent_per_second": 0, "cpu_us": 2, "lost": 0, "rss_mb": 1, "lag_s": 2, "rest_p50_ms": 2, "rest_p99_ms": 2,
           "info_p99_ms": 2, "loaded_p99_ms": 2}

# name, options of the publisher, µs of CPU per event, MB after 100,000 tasks
LOADS = [
    ("single", ["--tasks", 200_000], 2.0, 75),
    ("single, text 200", ["--tasks", 200_000, "--text", 200], 2.5, 120),
    ("arrays of 8, 5 % out of order", ["--tasks", 200_000, "--batch", 8, "--disorder", 0.05, "--rate", 50_000, "--window", 100], 1.4, None),
    ("1,000 events/s", ["--tasks", 4_000, "--rate", 1_000, "--window", 5], 10, None),
    ("10,000 events/s", ["--tasks", 40_000, "--rate", 10_000, "--window", 50], 6, None),
]


class Bench:
    def __init__(self, arguments):
        self.arguments, self.goals, self.runs = arguments, Goals(), []

    def wants(self, name):
        return not self.arguments.only or self.arguments.only in name

    def show(self, name, product, result):
        self.runs.append({"load": name, "product": product, **result})
        print(f"{name:32}{product:8}" + "".join(f"{result.get(key, float('nan')):>16.{digits}f}" for key, digits in COLUMNS.items()), flush=True)

    def loads(self):
        for name, options, cpu, rss in LOADS:
            if not self.wants(name):
                continue
            rounds = [follow("calyx", options, inspect=at_rest) for _ in range(self.arguments.rounds)]
            result = {key: statistics.median(entry[key] for entry in rounds) for key in rounds[0]}
            if rss:
                # Asking costs CPU too, so it has a run of its own, long enough for a percentile.
                longer = ["--tasks", 600_000, "--chunk", 300_000, *options[2:]]
                result["loaded_p99_ms"] = follow("calyx", longer, polled=True)["loaded_p99_ms"]
                filled = follow("calyx", ["--tasks", 100_000, *options[2:]])["rss_mb"]
            self.show(name, "calyx", result)
            self.goals.add(f"{name}: CPU per event", result["cpu_us"], cpu, "µs")
            self.goals.add(f"{name}: events lost", max(entry["lost"] for entry in rounds), 0)
            if rss:
                self.goals.add(f"{name}: memory of 100,000 tasks", filled, rss, "MB")
                self.goals.add(f"{name}: memory after 100,000 more", result["rss_mb"], None, "MB")
                self.goals.add(f"{name}: /api/tasks?limit=100, p99 at rest", result["rest_p99_ms"], 2, "ms")
                self.goals.add(f"{name}: /api/tasks?limit=100, p99 during full ingest", result["loaded_p99_ms"], 10, "ms")
                self.goals.add(f"{name}: /api/task/info, p99", result["info_p99_ms"], 1, "ms")
            if not self.arguments.no_flower:
                fewer = [option if option != 200_000 else 20_000 for option in options]
                flower = follow("flower", fewer, polled=bool(rss), inspect=at_rest)
                self.show(name, "flower", flower)
                self.goals.add(f"{name}: Flower's CPU per event over ours", flower["cpu_us"] / result["cpu_us"], None, "×")

    def bursts(self):
        burst = {"3,000,000 single events": (["--tasks", 1_000_000, "--chunk", 250_000], 350),
                 "1,000,000 tasks, text 200": (["--tasks", 1_000_000, "--chunk", 250_000, "--text", 200], 800)}
        for name, (options, rss) in burst.items():
            if not self.wants(name):
                continue
            result = follow("calyx", options, MILLION, inspect=searches)
            self.show(name, "calyx", result)
            self.goals.add(f"{name}: events lost", result["lost"], 0)
            self.goals.add(f"{name}: lag after the end", result["lag_s"], 2, "s")
            self.goals.add(f"{name}: memory", result["rss_mb"], rss, "MB")
            for search in ("common", "one old task", "none"):
                self.goals.add(f"{name}: search, a word in {search}", result[f"search {search}"], 50, "ms")
        name = "arrays of 10 at 400,000 events/s"
        if self.wants(name):
            result = follow("calyx", ["--tasks", 400_000, "--batch", 10, "--rate", 40_000, "--window", 100])
            self.show(name, "calyx", result)
            self.goals.add(f"{name}: events lost", result["lost"], 0)
            self.goals.add(f"{name}: lag after the end", result["lag_s"], 2, "s")
        for size in (8, 50):
            name = f"arrays of {size}, as fast as Redis takes them"
            if self.wants(name):
                result = follow("calyx", ["--tasks", 400_000, "--batch", size])
                self.show(name, "calyx", result)
                self.goals.add(f"{name}: CPU per event taken", result["cpu_us"], None, "µs")
                self.goals.add(f"{name}: events lost", result["lost"], None)
                self.goals.add(f"{name}: events lost without a gap", 0 if result["gaps"] else result["lost"], 0)

    def delays(self):
        for rate in (1_000, 10_000):
            if self.wants("delay"):
                self.goals.add(f"event to API at {rate:,} events/s, p99", delay_at(rate), 50, "ms")
        if self.wants("start"):
            starts = [start_to_first_event() for _ in range(5)]
            self.goals.add("start to first event", statistics.median(starts), 200, "ms")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-flower", action="store_true")
    parser.add_argument("--quick", action="store_true", help="leave out what takes minutes: a million tasks, ten million events")
    parser.add_argument("--only", help="run the parts whose name contains this: a load, `delay`, `start`, `soak`")
    parser.add_argument("--soak-events", type=int, default=10_000_000)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    bench = Bench(arguments)
    print(f"{'load':32}{'product':8}" + "".join(f"{column:>16}" for column in COLUMNS))
    bench.loads()
    bench.delays()
    if not arguments.quick:
        bench.bursts()
        if bench.wants("soak"):
            bench.goals.add("soak: growth after warm-up, per million events", soak(arguments.soak_events), 0.5, "MB")
    met = bench.goals.show()
    if arguments.json:
        bench.goals.write(arguments.json, runs=bench.runs)
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
