"""What a proxied request costs: `calyx gateway` and `calyx core` as two processes, loaded by wrk over keep-alive connections.

    python3 Benchmarks/gateway.py [--seconds 5] [--rounds 5] [--connections 16] [--json FILE]

CPU is user + system time of each process over the requests answered; medians over the rounds. Needs redis-server, wrk and the
release build.
"""
import argparse
import base64
import http.client
import json
import pathlib
import re
import statistics
import subprocess
import tempfile
import urllib.parse

from servers import CALYX, PASSWORD, USER, Server, free_port, start_redis, wait_for_port, workspace


def sign_in(port):
    """Signs in through the form, as a browser does; the value of the Cookie field."""
    origin = f"http://127.0.0.1:{port}"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/login", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    page = answer.read().decode()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    fields |= {"username": USER, "password": PASSWORD}
    connection.request("POST", "/login", urllib.parse.urlencode(fields), {
        "Content-Type": "application/x-www-form-urlencoded", "Origin": origin, "Cookie": "; ".join(cookies)})
    answer = connection.getresponse()
    answer.read()
    for name, value in answer.getheaders():
        pair = value.split(";")[0]
        if name.lower() == "set-cookie" and pair.startswith("calyx") and not pair.endswith("=") and pair not in cookies:
            return pair
    raise SystemExit(f"sign-in answered {answer.status} and no session cookie")


def load(port, path, field, connections, seconds):
    """(requests answered, requests per second, p50 ms, p99 ms)"""
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-H", field,
                          f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out:
        raise SystemExit(f"{path}: {out}")

    def milliseconds(label):
        value, unit = re.search(rf"{label}%\s+([0-9.]+)(us|ms|s)", out).groups()
        return float(value) * {"us": 0.001, "ms": 1, "s": 1000}[unit]

    return (int(re.search(r"(\d+) requests in", out).group(1)), float(re.search(r"Requests/sec:\s+([0-9.]+)", out).group(1)),
            milliseconds("50"), milliseconds("99"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    with workspace() as (directory, servers):
        redis = start_redis(directory)
        servers.append(redis)
        state = pathlib.Path(tempfile.mkdtemp(dir=directory))
        socket, key, port = state / "core.sock", state / "assertion.key", free_port()
        key.write_text("benchmark-key-of-more-than-thirty-two-bytes\n")
        key.chmod(0o600)
        core_log = open(state / "core.log", "wb")
        core = Server.__new__(Server)
        core.name, core.log = "core", core_log
        core.process = subprocess.Popen([CALYX, "core", f"--core_listen=unix:{socket}", f"--assertion_key_file={key}",
                                         f"--state_dir={state}", f"--broker=redis://127.0.0.1:{redis.port}/0"],
                                        stdout=core_log, stderr=core_log, start_new_session=True)
        servers.append(core)
        gateway = Server("gateway", [CALYX, "gateway", f"--port={port}", "--address=127.0.0.1", f"--core_listen=unix:{socket}",
                                     f"--assertion_key_file={key}", f"--state_dir={state}", f"--basic_auth={USER}:{PASSWORD}"],
                         port, directory)
        servers.append(gateway)
        wait_for_port(port, gateway.process)
        basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        cases = [("session cookie", f"Cookie: {sign_in(port)}"), ("Basic", f"Authorization: Basic {basic}")]
        results = []
        print(f"{'case':20}{'requests/s':>12}{'gateway µs':>12}{'core µs':>12}{'p50 ms':>10}{'p99 ms':>10}")
        for name, field in cases:
            load(port, "/api/task/types", field, arguments.connections, 1)
            rounds = []
            for _ in range(arguments.rounds):
                before = gateway.cpu(), core.cpu()
                answered, rate, p50, p99 = load(port, "/api/task/types", field, arguments.connections, arguments.seconds)
                rounds.append({"requests_per_second": rate, "gateway_us": (gateway.cpu() - before[0]) / answered * 1e6,
                               "core_us": (core.cpu() - before[1]) / answered * 1e6, "p50_ms": p50, "p99_ms": p99})
            medians = {key: statistics.median(entry[key] for entry in rounds) for key in rounds[0]}
            results.append({"case": name, **medians})
            print(f"{name:20}{medians['requests_per_second']:>12.0f}{medians['gateway_us']:>12.1f}{medians['core_us']:>12.1f}"
                  f"{medians['p50_ms']:>10.2f}{medians['p99_ms']:>10.2f}", flush=True)
        print(f"resident: gateway {gateway.rss() / 1e6:.1f} MB, core {core.rss() / 1e6:.1f} MB")
        if arguments.json:
            arguments.json.write_text(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
