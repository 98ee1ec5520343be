"""Sends millions of events over a window of 100,000 tasks, with other workers every 100,000 events, and watches the memory."""
import json
import subprocess
import sys
import time

from ingest_runs import PUBLISHER
from servers import calyx_on_redis

EVENTS_PER_TASK = 3
TASKS_PER_CHUNK = 100_000 // EVENTS_PER_TASK


def slope(points):
    """Of the line of least squares through (x, y)."""
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / max(1e-9, sum((x - mean_x) ** 2 for x, _ in points))


def soak(events):
    """Growth of the resident set in MB per million events, after the first fifth; prints it on the way."""
    with calyx_on_redis() as (redis, calyx):
        process = subprocess.Popen([sys.executable, str(PUBLISHER), "--port", str(redis.port), "--rename", "--chunk", str(TASKS_PER_CHUNK),
                                    "--tasks", str(events // EVENTS_PER_TASK), "--progress"], stdout=subprocess.PIPE, text=True)
        points = []
        for line in process.stdout:
            sent = json.loads(line)
            points.append((sent["events"] / 1e6, calyx.rss() / 1e6))
            if len(points) % 10 == 0:
                print(f"soak: {sent['events']:>12,} events, {points[-1][1]:.1f} MB", flush=True)
        process.wait()
        time.sleep(1)
        return slope(points[len(points) // 5:])
