"""Follows the same events with Calyx and with Flower, each on a Redis of its own, and prints what an event costs.

    python3 Benchmarks/ingest.py [--tasks 200000] [--rounds 3] [--no-flower] [--json FILE] [--only NAME]

For each load: CPU per event (user + system of the whole process tree, whole `calyx up`), events lost, resident memory, the
latency of `GET /api/tasks?limit=100` while loaded and at rest. Figures are medians over the rounds. Flower gets a tenth of
the events, since it needs 200 times as long for each. Needs nothing but the standard library, redis-server and the release build.
"""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import threading
import time

from servers import Client, start_calyx, start_flower, start_redis, workspace

PUBLISHER = pathlib.Path(__file__).with_name("celery_events.py")

# name, arguments of the publisher, arguments of Calyx
LOADS = [
    ("single", [], []),
    ("single, text 200", ["--text", "200"], []),
    ("arrays of 8, 5 % out of order", ["--batch", "8", "--disorder", "0.05"], []),
    ("1,000 events/s", ["--rate", "1000"], []),
    ("10,000 events/s", ["--rate", "10000"], []),
]


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def events_taken(client, product):
    _, body, _ = client.get("/metrics")
    family = "calyx_ingest_events_total" if product == "calyx" else "flower_events_total"
    return sum(float(value) for value in re.findall(rf"^{family}{{[^}}]*}} ([0-9.e+]+)", body.decode(), re.MULTILINE))


class Poller(threading.Thread):
    """Asks for the newest hundred tasks again and again until it is told to stop."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.client, self.ending, self.seconds = Client(port), threading.Event(), []

    def run(self):
        while not self.ending.wait(0.05):
            self.seconds.append(self.client.get("/api/tasks?limit=100")[2])


def run(product, publisher_options, options, tasks):
    with workspace() as (directory, servers):
        redis = start_redis(directory)
        servers.append(redis)
        server = (start_calyx if product == "calyx" else start_flower)(directory, redis.port, *options)
        servers.append(server)
        client = Client(server.port)
        time.sleep(2)  # the broker connection stands before the first event is sent
        command = [sys.executable, str(PUBLISHER), "--port", str(redis.port), "--tasks", str(tasks), *publisher_options]
        publishing = subprocess.Popen(command, stdout=subprocess.PIPE)
        cpu = server.cpu()
        out, _ = publishing.communicate()
        sent = json.loads(out)
        ended, taken, quiet = time.perf_counter(), -1.0, 0
        expected = sent["events"] if product == "calyx" else sent["events"] - sent["counts"].get("worker-heartbeat", 0)
        while quiet < 10 and taken < expected:
            time.sleep(0.1)
            now = events_taken(client, product)
            quiet = quiet + 1 if now == taken else 0
            taken = now
        caught_up = time.perf_counter() - ended
        spent = server.cpu() - cpu
        rest = [client.get("/api/tasks?limit=100")[2] for _ in range(50)]
        result = {
            "events": sent["events"], "sent_per_second": sent["events_per_second"], "lost": max(0, expected - taken),
            "cpu_us_per_event": spent / max(1, taken) * 1e6, "caught_up_s": caught_up, "rss_mb": server.rss() / 1e6,
            "rest_p50_ms": statistics.median(rest) * 1e3, "rest_p99_ms": percentile(rest, 0.99) * 1e3,
            "start_ms": server.started_in * 1e3,
        }
        poller = Poller(server.port)
        poller.start()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        poller.ending.set()
        poller.join()
        result["loaded_p50_ms"] = statistics.median(poller.seconds) * 1e3 if poller.seconds else float("nan")
        result["loaded_p99_ms"] = percentile(poller.seconds, 0.99) * 1e3
        return result


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-flower", action="store_true")
    parser.add_argument("--only", help="run the loads whose name contains this")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    results = []
    columns = ["cpu_us_per_event", "lost", "rss_mb", "caught_up_s", "rest_p50_ms", "rest_p99_ms", "loaded_p50_ms", "loaded_p99_ms"]
    print(f"{'load':32}{'product':8}{'events':>9}" + "".join(f"{column:>18}" for column in columns))
    for name, publisher_options, options in LOADS:
        if arguments.only and arguments.only not in name:
            continue
        paced = "--rate" in publisher_options
        tasks = min(arguments.tasks, int(publisher_options[publisher_options.index("--rate") + 1]) * 4) if paced else arguments.tasks
        for product in ["calyx"] + ([] if arguments.no_flower else ["flower"]):
            count = tasks if product == "calyx" or paced else tasks // 10
            rounds = [run(product, publisher_options, options if product == "calyx" else [], count)
                      for _ in range(arguments.rounds if product == "calyx" else 1)]
            medians = {key: statistics.median(entry[key] for entry in rounds) for key in rounds[0]}
            results.append({"load": name, "product": product, **medians})
            print(f"{name:32}{product:8}{medians['events']:>9.0f}" + "".join(f"{medians[column]:>18.2f}" for column in columns),
                  flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
