"""What the gateway costs, beside nginx, HAProxy and Caddy before the same upstream.

    python3 Benchmarks/gateway.py [--quick] [--only cpu,latency,tls,streams,flood,slowloris] [--json FILE]

CPU is user + system time of the edge's processes over the requests that they answered; all edges keep their connection to the
upstream, write an access log to a file and have the same certificate. Rounds take turns among the edges; figures are medians
over the rounds, goals are ratios within the same run. Needs the release build, nginx, HAProxy, Caddy, wrk and htpasswd.
"""
import argparse
import pathlib
import statistics
import time

import edge_load
from edges import Stand, sign_in
from goals import Goals
from servers import workspace

PARTS = ["cpu", "latency", "tls", "streams", "flood", "slowloris"]


def median(rounds, name, figure):
    return statistics.median(entry[figure] for entry in rounds[name])


def show(rounds, figures):
    print(f"\n{'edge':24}" + "".join(f"{label:>14}" for label, _ in figures))
    for name in rounds:
        print(f"{name:24}" + "".join(f"{median(rounds, name, figure):>14.2f}" for _, figure in figures), flush=True)


def cpu(stand, arguments, goals, report):
    """Every edge under as much load as 16 connections make."""
    basic = edge_load.basic_field()
    calyx = stand.calyx("calyx")
    cookie = f"Cookie: {sign_in(calyx.port)}"
    cases = {"calyx cookie": (calyx, cookie), "calyx Basic bcrypt": (calyx, basic), "nginx": (stand.nginx("nginx"), None),
             "nginx auth_request": (stand.nginx("nginx-auth-request", "auth_request /auth;"), cookie)}
    if not arguments.thin:
        users = f'auth_basic "bench"; auth_basic_user_file {stand.apr1};'
        cases |= {"nginx Basic apr1": (stand.nginx("nginx-basic", users), basic), "haproxy": (stand.haproxy(), None),
                  "caddy": (stand.caddy(), None)}
    rounds = {name: [] for name in cases}
    for server, field in cases.values():
        edge_load.wrk(server.port, field, arguments.connections, 1)
    for _ in range(arguments.rounds):
        for name, (server, field) in cases.items():
            rounds[name].append(edge_load.cpu_per_request(server, field, arguments.connections, arguments.seconds))
    show(rounds, [("CPU µs", "cpu"), ("requests/s", "rate"), ("p50 ms", "p50"), ("p99 ms", "p99")])
    report["cpu"] = rounds
    own, other = median(rounds, "calyx cookie", "cpu"), median(rounds, "nginx auth_request", "cpu")
    goals.add("CPU, cookie ÷ nginx + auth_request", own / other, 0.75)
    goals.add("CPU, Basic ÷ cookie", median(rounds, "calyx Basic bcrypt", "cpu") / own, 1.2)


def latency(stand, arguments, goals, report):
    """Paced requests at half of what the slower of the two can answer, and at the upstream itself: the difference is added."""
    calyx, nginx = stand.calyx("calyx-paced"), stand.nginx("nginx-paced", "auth_request /auth;")
    cases = {"upstream alone": (stand.upstream, None), "calyx": (calyx, f"Cookie: {sign_in(calyx.port)}"), "nginx auth_request": (nginx, None)}
    top = min(edge_load.wrk(server.port, field, 16, 2)["rate"] for server, field in list(cases.values())[1:])
    # The load is sent by Python, which must not be what is measured.
    rate = min(top / 2, 3000)
    rounds = {name: [] for name in cases}
    for _ in range(arguments.rounds):
        for name, (server, field) in cases.items():
            paced = edge_load.Paced(server.port, field, rate).run(arguments.seconds)
            if paced.failures:
                raise SystemExit(f"{name}: {paced.failures} requests failed")
            rounds[name].append({"p50": paced.percentile(50), "p99": paced.percentile(99)})
    print(f"\nat {rate:.0f} requests/s")
    show(rounds, [("p50 ms", "p50"), ("p99 ms", "p99")])
    report["latency"] = {"rate": rate, **rounds}
    for figure in ["p50", "p99"]:
        base = median(rounds, "upstream alone", figure)
        added = {name: median(rounds, name, figure) - base for name in ["calyx", "nginx auth_request"]}
        goals.add(f"added latency {figure}", added["calyx"], added["nginx auth_request"], "ms")


def tls(stand, arguments, goals, report):
    cases = {"calyx": stand.calyx("calyx-tls", tls=True), "nginx": stand.nginx("nginx-tls", tls=True)}
    rounds = {name: [] for name in cases}
    for _ in range(arguments.rounds):
        for name, server in cases.items():
            rounds[name].append(edge_load.handshakes(server, arguments.seconds))
    show(rounds, [("handshakes/s", "rate"), ("per CPU s", "per_cpu_second")])
    report["tls"] = rounds
    # The clients on the same two cores bound the rate, so CPU is what tells.
    goals.add("TLS handshakes, nginx ÷ calyx, per CPU second",
              median(rounds, "nginx", "per_cpu_second") / median(rounds, "calyx", "per_cpu_second"), 1 / 0.7)


def streams(stand, arguments, goals, report):
    """Idle live streams through gateway and core, both of Calyx."""
    from servers import Server, free_port, start_redis
    from edges import CALYX
    redis = start_redis(stand.directory)
    stand.servers.append(redis)
    people = [(f"person{number}", f"password-of-{number}") for number in range(50)]
    socket_path, admin = stand.directory / "core.sock", free_port()
    calyx = stand.calyx("calyx-streams", f"--core_listen=unix:{socket_path}", "--max_streams=5000", "--max_streams_per_user=5000",
                        "--max_connections=6000", "--max_connections_per_address=6000",
                        "--basic_auth=" + ",".join(":".join(person) for person in people))
    core = Server("core", [CALYX, "core", f"--core_listen=unix:{socket_path}", f"--assertion_key_file={calyx.key}",
                           f"--state_dir={calyx.state}", f"--broker=redis://127.0.0.1:{redis.port}/0", f"--admin_address=127.0.0.1:{admin}"],
                  admin, stand.directory)
    stand.servers.append(core)
    # A person may have only so many streams at the core.
    cookies = [f"Cookie: {sign_in(calyx.port, *person)}" for person in people]
    edge_load.wrk(calyx.port, cookies[0], 16, 2)
    before = calyx.rss(), core.rss()
    opened = [stream for cookie in cookies
              for stream in edge_load.open_streams(calyx.port, cookie, arguments.streams // len(cookies))]
    time.sleep(5)
    grown = [(server.rss() - base) / 1e6 for server, base in zip((calyx, core), before)]
    for stream in opened:
        stream.close()
    print(f"\n{len(opened)} idle streams: gateway + {grown[0]:.1f} MB, core + {grown[1]:.1f} MB")
    report["streams"] = {"count": len(opened), "gateway_mb": grown[0], "core_mb": grown[1]}
    goals.add("2,000 idle streams, gateway + core", sum(grown) * 2000 / len(opened), 60, "MB")


def flood(stand, arguments, goals, report):
    calyx = stand.calyx("calyx-flood")
    cookie = f"Cookie: {sign_in(calyx.port)}"
    calm, flooded, statuses = [], [], {}
    for _ in range(arguments.rounds):
        calm.append(edge_load.Paced(calyx.port, cookie, 500).run(arguments.seconds).percentile(99))
        trouble = edge_load.LoginFlood(calyx.port, 200)
        time.sleep(0.5)
        flooded.append(edge_load.Paced(calyx.port, cookie, 500).run(arguments.seconds).percentile(99))
        trouble.end()
        for status, count in trouble.statuses.items():
            statuses[status] = statuses.get(status, 0) + count
    print(f"\nlogin flood: p99 {statistics.median(calm):.2f} ms without, {statistics.median(flooded):.2f} ms with; answers {statuses}")
    report["flood"] = {"calm_p99": calm, "flooded_p99": flooded, "statuses": statuses}
    goals.add("login flood: p99 with ÷ without", statistics.median(flooded) / statistics.median(calm), 3)


def slowloris(stand, arguments, goals, report):
    calyx = stand.calyx("calyx-slow")
    cookie = f"Cookie: {sign_in(calyx.port)}"
    edge_load.wrk(calyx.port, cookie, 16, 2)
    calm = edge_load.Paced(calyx.port, cookie, 200).run(arguments.seconds)
    middle = 0

    def note():
        nonlocal middle
        middle = calyx.rss()

    opened = edge_load.slowloris(calyx.port, arguments.slow, note)
    healthy = edge_load.Paced(calyx.port, cookie, 200).run(arguments.seconds)
    grown = (calyx.rss() - middle) / 1e6
    for client in opened:
        client.close()
    ratio = healthy.percentile(99) / calm.percentile(99)
    print(f"\nslowloris: {arguments.slow} connections; RSS {middle / 1e6:.1f} MB after half, + {grown:.1f} MB after all; healthy p99"
          f" {calm.percentile(99):.2f} → {healthy.percentile(99):.2f} ms, failures {healthy.failures}")
    report["slowloris"] = {"count": arguments.slow, "rss_half_mb": middle / 1e6, "grown_mb": grown, "p99_ratio": ratio}
    goals.add("slowloris: memory growth of the second half", grown, 5, "MB")
    goals.add("slowloris: failures of healthy clients", healthy.failures, 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--workers", type=int, default=2, help="of each edge")
    parser.add_argument("--streams", type=int, default=2000)
    parser.add_argument("--slow", type=int, default=20000)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="three short rounds")
    parser.add_argument("--thin", action="store_true", help="of the others, only the edges that goals are measured by")
    parser.add_argument("--json", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.seconds, arguments.rounds = 2, 3
    goals, report = Goals(), {}
    for part in arguments.only.split(","):
        if part not in PARTS:
            parser.error(f"unknown part {part!r}; there are {', '.join(PARTS)}")
        # Each part starts its own servers, so that none is measured beside the rest.
        with workspace() as (directory, servers):
            globals()[part](Stand(directory, servers, arguments.workers), arguments, goals, report)
    met = goals.show()
    if arguments.json:
        goals.write(arguments.json, figures=report)
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
