"""What a request to the REST API costs Calyx (gateway and core, Basic credentials) and Flower, on the same broker in the same run.

    python3 Benchmarks/api.py [--tasks 100000] [--seconds 5] [--connections 8] [--json FILE]

CPU is user + system time of the whole process tree over the requests answered. Needs redis-server, wrk and the release build.
"""
import argparse
import base64
import json
import pathlib
import subprocess
import sys
import time

from edge_load import wrk
from servers import PASSWORD, USER, Client, start_calyx, start_flower, start_redis, workspace

HERE = pathlib.Path(__file__).parent
#: What Calyx is asked for at least, as a multiple of Flower's requests per second, and of its CPU per request.
GOALS = {"/api/task/info": (5, 1 / 5), "/api/tasks?limit=100": (300, 1 / 5)}


def until_known(client, tasks, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status, body, _ = client.get("/tasks/datatable?draw=1&start=0&length=1&order[0][column]=0")
        if status == 200 and json.loads(body)["recordsTotal"] >= tasks:
            return
        time.sleep(0.2)
    raise SystemExit(f"not all of {tasks} tasks arrived")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    field = "Authorization: Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    results, met = {}, True
    with workspace() as (directory, servers):
        redis = start_redis(directory)
        servers.append(redis)
        products = {"flower": start_flower(directory, redis.port, f"--max_tasks={arguments.tasks}"),
                    "calyx": start_calyx(directory, redis.port, f"--max_tasks={arguments.tasks}")}
        servers.extend(products.values())
        # At a rate that Flower can follow.
        subprocess.run([sys.executable, HERE / "celery_events.py", "--tasks", str(arguments.tasks), "--port", str(redis.port),
                        "--rate", "6000"], check=True, capture_output=True)
        for name, server in products.items():
            client = Client(server.port)
            until_known(client, arguments.tasks)
            uuid = next(iter(json.loads(client.get("/api/tasks?limit=1")[1])))
            for path in GOALS:
                target = f"{path}/{uuid}" if path.endswith("info") else path
                wrk(server.port, field, 1, 1, target)
                cpu = server.cpu()
                figures = wrk(server.port, field, arguments.connections, arguments.seconds, target)
                results[name, path] = {"requests_per_second": figures["rate"],
                                       "cpu_us": (server.cpu() - cpu) / max(figures["answered"], 1) * 1e6,
                                       "p50_ms": figures["p50"], "p99_ms": figures["p99"]}
    print(f"{'path':24}{'product':10}{'requests/s':>12}{'CPU µs':>12}{'p50 ms':>10}{'p99 ms':>10}")
    for (name, path), found in sorted(results.items(), key=lambda item: item[0][1]):
        print(f"{path:24}{name:10}{found['requests_per_second']:>12.1f}{found['cpu_us']:>12.1f}{found['p50_ms']:>10.2f}"
              f"{found['p99_ms']:>10.2f}")
    for path, (faster, cheaper) in GOALS.items():
        flower, calyx = results["flower", path], results["calyx", path]
        speed = calyx["requests_per_second"] / flower["requests_per_second"]
        cost = calyx["cpu_us"] / flower["cpu_us"]
        good = speed >= faster and cost <= cheaper
        met = met and good
        print(f"{path}: {speed:.0f} × Flower's requests per second (goal {faster}), {cost:.4f} of its CPU (goal {cheaper}): "
              f"{'met' if good else 'MISSED'}")
    if arguments.json:
        arguments.json.write_text(json.dumps({f"{name} {path}": found for (name, path), found in results.items()}, indent=2))
    sys.exit(0 if met else 1)


if __name__ == "__main__":
    main()
