"""What sessions cost: memory for ten thousand of them, and how long an ended one is still good at another gateway.

    python3 Benchmarks/sessions.py [--sessions 10000] [--rounds 20] [--json FILE]

Needs redis-server and the release build.
"""
import argparse
import hashlib
import http.client
import os
import pathlib
import re
import sqlite3
import statistics
import time
import urllib.parse

from gateway import sign_in
from goals import Goals
from servers import CALYX, PASSWORD, USER, Server, free_port, start_redis, workspace

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"


def start_gateway(directory, name, *options):
    port = free_port()
    state = pathlib.Path(directory) / name
    # Nothing answers there: sign-in, sessions and refusals are the gateway's own.
    server = Server(name, [CALYX, "gateway", f"--port={port}", "--address=127.0.0.1", f"--state_dir={state}", "--admin_address=none",
                           f"--core_listen=unix:{directory}/no-core.sock", f"--basic_auth={USER}:{PASSWORD}", *options], port, directory)
    server.state = state
    return server


def resident(server):
    time.sleep(3)
    return server.rss()


def memory(directory, servers, count):
    """Resident bytes that `count` sessions add, read from the file at the start."""
    server = start_gateway(directory, "memory")
    servers.append(server)
    sign_in(server.port)
    before = resident(server)
    server.stop()
    servers.remove(server)
    now = time.time()
    with sqlite3.connect(server.state / "gateway/sessions.sqlite") as database:
        for number in range(count):
            identity = hashlib.sha256(f"session {number}".encode()).digest()
            database.execute(
                "INSERT INTO sessions (id, provider, subject, name, email, role, csrf_token, created, last_seen, absolute_expires, "
                "user_agent, address, credential, checked) VALUES (?, 'github', ?, ?, ?, 'operator', ?, ?, ?, ?, ?, ?, ?, ?)",
                (identity, str(10_000_000 + number), f"developer-{number}", f"developer-{number}@example.com",
                 hashlib.sha256(identity).hexdigest()[:43], now, now, now + 7 * 86400, AGENT, f"10.1.{number >> 8 & 255}.{number & 255}",
                 os.urandom(300), now))
    server = start_gateway(directory, "memory")
    servers.append(server)
    sign_in(server.port)
    return resident(server) - before


def ask(port, path, cookie, method="GET", body=None, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"Cookie": cookie, "Accept": "text/html", **fields})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def revocation(directory, servers, rounds):
    """Milliseconds from the answer to a sign-out at one gateway to the first refusal at another, polled without a pause."""
    redis = start_redis(directory)
    servers.append(redis)
    key = pathlib.Path(directory) / "session.key"
    key.write_text("k" * 40 + "\n")
    key.chmod(0o600)
    pair = [start_gateway(directory, name, f"--session_store=redis://127.0.0.1:{redis.port}/0", f"--session_key_file={key}")
            for name in ("one", "other")]
    servers += pair
    one, other = (server.port for server in pair)
    took = []
    for _ in range(rounds):
        cookie = sign_in(one)
        status, page = ask(other, "/access/sessions", cookie)
        assert status == 200
        token = re.search(r'data-csrf="([^"]+)"', page)[1]
        status, _ = ask(one, "/logout", cookie, "POST", urllib.parse.urlencode({"_csrf": token}),
                        **{"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{one}"})
        assert status == 200
        ended = time.perf_counter()
        while ask(other, "/access/sessions", cookie)[0] == 200:
            pass
        took.append((time.perf_counter() - ended) * 1000)
    return took


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    goals = Goals()
    with workspace() as (directory, servers):
        grown = memory(directory, servers, options.sessions)
        goals.add(f"RSS of {options.sessions} sessions", grown / 1e6, 15 * options.sessions / 10_000, "MB")
        took = revocation(directory, servers, options.rounds)
        goals.add("revocation at another gateway, median", statistics.median(took), None, "ms")
        goals.add("revocation at another gateway, longest", max(took), 1000, "ms")
    goals.show()
    if options.json:
        goals.write(options.json)


if __name__ == "__main__":
    main()
