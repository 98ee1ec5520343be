"""The calls. `{…}` in a path or a parameter names a task, a worker or something of the server's own, see `World`."""

from dataclasses import dataclass, field


@dataclass
class Call:
    name: str
    method: str
    path: str
    params: object = None
    json: object = None
    data: object = None
    content: object = None
    headers: dict = field(default_factory=dict)
    #: Members whose values two servers cannot share: moments, counters that go on meanwhile.
    ignore: tuple = ()
    #: Sent without credentials.
    anonymous: bool = False
    #: Name of the check in `effects.py` that asks the worker, and what it is told.
    effect: object = None


CALLS: list[Call] = []


def call(name, method, path, **options):
    CALLS.append(Call(name, method, path, **options))


def get(name, path, params=None, **options):
    call(name, "GET", path, params=params, **options)


def post(name, path, **options):
    call(name, "POST", path, **options)


# --- tasks that are known ------------------------------------------------------------------------------------------------

for task in ("add", "failed", "retried", "gave_up", "unicode", "revoked", "chain", "long", "unregistered"):
    get(f"info-{task}", f"/api/task/info/{{{task}}}")
    get(f"result-{task}", f"/api/task/result/{{{task}}}")
get("info-slash", "/api/task/info/a%2Fb")
for text, name in (("", "empty"), ("no-such", "unknown"), ("žluťoučký ‮", "unicode"), ("a b", "space"),
                   ("<b>&\"'", "html"), ("x" * 2000, "long")):
    get(f"info-of-{name}", f"/api/task/info/{text}")
    if text:
        get(f"result-of-{name}", f"/api/task/result/{text}")
for value, name in (("0", "zero"), ("5", "five"), ("abc", "text"), ("", "empty"), ("-1", "negative"), ("1e0", "exponent")):
    get(f"result-timeout-{name}", "/api/task/result/{add}", {"timeout": value})
get("result-unknown-timeout", "/api/task/result/nobody", {"timeout": "0.4"})

# --- lists -----------------------------------------------------------------------------------------------------------------

get("tasks", "/api/tasks")
for limit in ("3", "0", "-1", "1.5", "", "abc", " 2 ", "+2", "1_0", "99999999999999999999"):
    get(f"tasks-limit-{limit!r}", "/api/tasks", {"limit": limit})
for offset in ("2", "-5", "1000", "x", ""):
    get(f"tasks-offset-{offset!r}", "/api/tasks", {"offset": offset, "limit": "3"})
for key in ("name", "-name", "state", "-state", "received", "-received", "started", "--started", "runtime", "-", "uuid", "",
            "NAME"):
    get(f"tasks-sort-{key!r}", "/api/tasks", {"sort_by": key})
for name, params in {
        "task": {"taskname": "e2e.add"}, "task-all": {"taskname": "All"}, "task-empty": {"taskname": ""},
        "task-unknown": {"taskname": "nope"}, "task-case": {"taskname": "E2E.ADD"}, "task-part": {"taskname": "e2e"},
        "state": {"state": "SUCCESS"}, "state-lower": {"state": "failure"}, "state-unknown": {"state": "LOST"},
        "worker": {"workername": "d1@diff"}, "worker-unknown": {"workername": "zz@diff"}, "worker-case": {"workername": "D1@DIFF"},
        "both": {"taskname": "e2e.echo", "state": "SUCCESS", "limit": "2", "sort_by": "-received"},
        "repeated": [("state", "FAILURE"), ("state", "SUCCESS")], "unknown-parameter": {"colour": "red", "limit": "1"},
        "received-start": {"received_start": "2020-01-01 00:00"}, "received-end": {"received_end": "2020-01-01 00:00"},
        "received-bad": {"received_start": "yesterday"}, "received-date": {"received_end": "2020-01-01"},
        "received-empty": {"received_start": ""}, "received-13": {"received_start": "2020-13-01 00:00"},
}.items():
    get(f"tasks-{name}", "/api/tasks", params)
for text in ("e2e.add", "žluť", "state:FAILURE", "name:e2e.echo state:SUCCESS", "state:SUCCESS OR state:FAILURE", "kwargs:x=1",
             "(state:SUCCESS AND echo)", '"a b"', "ab", "NOT add", "-add", "(add", "add)", '"open', "name:", "add OR", "()",
             "((((((add))))))", "result:42", "worker:d1@diff", "", "nothing-has-this"):
    get(f"tasks-search-{text!r}", "/api/tasks", {"search": text})
get("types", "/api/task/types")
get("types-slash", "/api/task/types/")
get("lengths", "/api/queues/length")
get("lengths-flower", "/api/queues/length", {"format": "flower"})

TABLE = {"draw": "3", "start": "0", "length": "5", "order[0][column]": "0", "order[0][dir]": "asc", "columns[0][data]": "name",
         "search[value]": ""}
get("table", "/tasks/datatable", TABLE)
post("table-form", "/tasks/datatable", data=TABLE)
for name, change in {
        "desc": {"order[0][dir]": "desc"}, "uuid": {"columns[0][data]": "uuid"}, "runtime": {"columns[0][data]": "runtime"},
        "search": {"search[value]": "state:FAILURE"}, "search-bad": {"search[value]": "(ab"},
        "start-negative": {"start": "-3"}, "length-negative": {"length": "-1"}, "draw-text": {"draw": "x"},
        "start-2": {"start": "2"},
}.items():
    get(f"table-{name}", "/tasks/datatable", {**TABLE, **change})
for missing in ("draw", "start", "length", "order[0][column]"):
    get(f"table-without-{missing}", "/tasks/datatable", {key: value for key, value in TABLE.items() if key != missing})

# --- workers ---------------------------------------------------------------------------------------------------------------

MOVING = ("timestamp", "clock", "uptime", "rusage", "writes", "total", "heartbeats", "processed", "loadavg", "active", "reserved",
          "worker-heartbeat", "processes", "prefetch_count", "revoked", "scheduled", "max-concurrency", "autoscaler")
get("workers", "/api/workers", ignore=MOVING)
get("workers-refresh", "/api/workers", {"refresh": "1"}, ignore=MOVING)
get("workers-one", "/api/workers", {"workername": "d1@diff"}, ignore=MOVING)
get("workers-refresh-one", "/api/workers", {"refresh": "true", "workername": "d2@diff"}, ignore=MOVING)
get("workers-unknown", "/api/workers", {"workername": "nobody@diff"})
get("workers-unicode", "/api/workers", {"workername": "žluť@diff"})
get("workers-html", "/api/workers", {"workername": "<i>&"})
get("workers-status", "/api/workers", {"status": "1"})
get("workers-status-unknown", "/api/workers", {"status": "yes", "workername": "nobody"})
get("workers-refresh-bad", "/api/workers", {"refresh": "maybe"})
get("workers-status-empty", "/api/workers", {"status": ""})
get("worker-rows", "/workers", {"json": "1"}, ignore=MOVING)
get("worker-rows-root", "/", {"json": "true"}, ignore=MOVING)
get("worker-rows-bad", "/workers", {"json": "maybe"})
get("health", "/healthcheck")
get("health-anonymous", "/healthcheck", anonymous=True)
get("metrics-anonymous", "/metrics", anonymous=True)

# --- methods and paths -------------------------------------------------------------------------------------------------------

for method in ("PUT", "DELETE", "PATCH"):
    call(f"{method}-tasks", method, "/api/tasks")
    call(f"{method}-grow", method, "/api/worker/pool/grow/d1@diff")
get("GET-grow", "/api/worker/pool/grow/d1@diff")
get("GET-send", "/api/task/send-task/x")
post("POST-tasks", "/api/tasks")
post("POST-info", "/api/task/info/x")
call("OPTIONS-tasks", "OPTIONS", "/api/tasks")
call("OPTIONS-grow", "OPTIONS", "/api/worker/pool/grow/d1@diff")
call("HEAD-tasks", "HEAD", "/api/tasks")
get("no-such-route", "/api/nope")
post("no-such-route-post", "/api/nope")
post("no-worker-named", "/api/worker/pool/grow/")

# --- sending -----------------------------------------------------------------------------------------------------------------

ADD, ASYNC, SEND = "/api/task/apply/e2e.add", "/api/task/async-apply/e2e.add", "/api/task/send-task/e2e.add"
post("apply", ADD, json={"args": [1, 2], "task_id": "{own}-apply"}, effect="ran")
post("apply-without-type", ADD, content=b'{"args": [3, 4]}')
post("apply-text-type", ADD, content=b'{"kwargs": {"x": 3, "y": 4}}', headers={"content-type": "text/plain"})
post("apply-form-type", ADD, content=b'{"args": [3, 4]}', headers={"content-type": "application/x-www-form-urlencoded"})
post("apply-unicode", "/api/task/apply/e2e.echo", json={"args": ["žluťoučký 🐎"]})
post("apply-nested", "/api/task/apply/e2e.echo", json={"args": [{"a": [1, None, True, 1.5]}]})
post("apply-fails", "/api/task/apply/documents.process", json={"args": ["/nowhere", "me"]})
post("apply-retries", "/api/task/apply/e2e.retry", json={})
post("apply-timeout-text", ADD, json={"args": [1, 2], "timeout": "5"})
post("apply-timeout-short", "/api/task/apply/e2e.hold", json={"args": ["{own}-hold"], "timeout": 1})
post("apply-timeout-bad", ADD, json={"args": [1, 2], "timeout": "abc"})
post("apply-timeout-list", ADD, json={"args": [1, 2], "timeout": []})
for name, path in (("apply", ADD), ("async", ASYNC), ("send", SEND)):
    post(f"{name}-empty", path if name != "apply" else "/api/task/apply/e2e.retry")
    post(f"{name}-bad-json", path, content=b'{"args": ')
    post(f"{name}-list", path, json=[1, 2])
    post(f"{name}-number", path, json=5)
    post(f"{name}-args-text", path, json={"args": "12"})
    post(f"{name}-args-null", path, json={"args": None})
    post(f"{name}-kwargs-list", path, json={"args": [1, 2], "kwargs": [1]})
post("apply-unknown", "/api/task/apply/nope", json={"args": []})
post("async-unknown", "/api/task/async-apply/žluť", json={"args": []})
post("send-unknown", "/api/task/send-task/no.such.task", json={"args": [], "queue": "parked"}, effect="parked")
post("async", ASYNC, json={"args": [5, 6], "task_id": "{own}-async"}, effect="ran")
post("async-without-type", ASYNC, content=b'{"args": [5, 6], "task_id": "{own}-async2"}', effect="ran")
post("async-options", ASYNC, json={"args": [5, 6], "task_id": "{own}-options", "queue": "parked", "priority": 3,
                                   "headers": {"customer": "acme"}, "time_limit": 9, "soft_time_limit": 8, "expires": 600},
     effect="parked_options")
post("async-exchange", ASYNC, json={"args": [5, 6], "exchange": "celery", "routing_key": "celery",
                                    "task_id": "{own}-exchange"}, effect="ran")
post("async-countdown", ASYNC, json={"args": [5, 6], "countdown": 0.2, "task_id": "{own}-countdown"}, effect="ran")
post("async-countdown-text", ASYNC, json={"args": [5, 6], "countdown": "0.2"})
post("async-countdown-bad", ASYNC, json={"args": [5, 6], "countdown": "x"})
post("async-eta", ASYNC, json={"args": [5, 6], "eta": "2020-01-01 10:00:00.000000", "task_id": "{own}-eta"}, effect="ran")
post("async-eta-iso", ASYNC, json={"args": [5, 6], "eta": "2020-01-01T10:00:00+00:00"})
post("async-eta-no-fraction", ASYNC, json={"args": [5, 6], "eta": "2020-01-01 10:00:00"})
post("async-eta-null", ASYNC, json={"args": [5, 6], "eta": None})
post("async-expires", ASYNC, json={"args": [5, 6], "expires": "2035-01-01 10:00:00.0"})
post("async-expires-bad", ASYNC, json={"args": [5, 6], "expires": "soon"})
post("async-expires-null", ASYNC, json={"args": [5, 6], "expires": None})
post("async-unknown-option", ASYNC, json={"args": [5, 6], "bogus": 1})
post("send", SEND, json={"args": [7, 8], "task_id": "{own}-send"}, effect="ran")
post("send-without-type", SEND, content=b'{"args": [7, 8]}')
post("send-eta-iso", SEND, json={"args": [7, 8], "eta": "2020-01-01T10:00:00+00:00", "task_id": "{own}-iso"}, effect="ran")
post("send-countdown-text", SEND, json={"args": [7, 8], "countdown": "x"})
post("send-eta-null", SEND, json={"args": [7, 8], "eta": None, "task_id": "{own}-etanull"})
post("send-eta-text", SEND, json={"args": [7, 8], "eta": "whenever"})
post("send-taken-id", SEND, json={"args": [40, 2], "task_id": "{add}"})

# --- abort and revoke ----------------------------------------------------------------------------------------------------------

post("abort-unknown", "/api/task/abort/{own}-never")
post("abort-success", "/api/task/abort/{add}", effect="add_is_still_a_success")
post("abort-failure", "/api/task/abort/{failed_own}", effect="failure_is_kept")
post("abort-json", "/api/task/abort/{own}-never2", json={})
post("revoke", "/api/task/revoke/{own}-later", effect="revoked_at_workers")
post("revoke-json", "/api/task/revoke/{own}-later2", json={"terminate": True})
post("revoke-unicode", "/api/task/revoke/žluť-{own}")
post("revoke-running", "/api/task/revoke/{running}", data={"terminate": "true", "signal": "SIGKILL"}, effect="terminated")
post("revoke-bad-flag", "/api/task/revoke/x", params={"terminate": "maybe"})
post("revoke-bad-signal", "/api/task/revoke/{own}-sig", params={"signal": "BOGUS"})
# --- commands: last, since a pool that was grown or restarted may take tasks and never run them --------------------------

GROW = "/api/worker/pool/grow/d1@diff"
post("grow", GROW, params={"n": "2"}, effect=("pool_of_d1", 2))
post("grow-json-is-not-read", GROW, json={"n": 5}, effect=("pool_of_d1", 1))
post("shrink", "/api/worker/pool/shrink/d1@diff", data={"n": "2"}, effect=("pool_of_d1", -2))
post("shrink-query", "/api/worker/pool/shrink/d1@diff", params={"n": "1"}, effect=("pool_of_d1", -1))
post("shrink-too-many", "/api/worker/pool/shrink/d1@diff", params={"n": "90"})
for value in ("abc", "", "1.5"):
    post(f"grow-n-{value!r}", GROW, params={"n": value})
post("grow-autoscaled", "/api/worker/pool/grow/d2@diff")
post("restart", "/api/worker/pool/restart/d2@diff")
post("restart-not-enabled", "/api/worker/pool/restart/d1@diff")
post("autoscale", "/api/worker/pool/autoscale/d2@diff", params={"min": "1", "max": "{limit}"}, effect="autoscale_of_d2")
post("autoscale-not-enabled", "/api/worker/pool/autoscale/d1@diff", data={"min": "1", "max": "3"})
post("autoscale-no-max", "/api/worker/pool/autoscale/d2@diff", params={"min": "1"})
post("autoscale-no-min", "/api/worker/pool/autoscale/d2@diff", json={"min": 1})
post("autoscale-text", "/api/worker/pool/autoscale/d2@diff", params={"min": "x", "max": "3"})
post("add-consumer", "/api/worker/queue/add-consumer/d1@diff", params={"queue": "extra-{own}"}, effect="consumes_extra")
post("add-consumer-again", "/api/worker/queue/add-consumer/d1@diff", data={"queue": "extra-{own}"}, effect="consumes_extra")
post("add-consumer-unicode", "/api/worker/queue/add-consumer/d1@diff", data={"queue": "žluť-{own}"})
post("add-consumer-html", "/api/worker/queue/add-consumer/d1@diff", data={"queue": "a&b<c>-{own}"}, effect="consumes_html")
post("add-consumer-none", "/api/worker/queue/add-consumer/d1@diff")
post("add-consumer-empty", "/api/worker/queue/add-consumer/d1@diff", data={"queue": " "})
post("add-consumer-json", "/api/worker/queue/add-consumer/d1@diff", json={"queue": "q"})
post("cancel-consumer", "/api/worker/queue/cancel-consumer/d1@diff", data={"queue": "extra-{own}"}, effect="consumes_no_extra")
post("cancel-consumer-never", "/api/worker/queue/cancel-consumer/d1@diff", params={"queue": "never"})
post("cancel-consumer-none", "/api/worker/queue/cancel-consumer/d1@diff")
for route in ("shutdown", "pool/restart", "pool/grow", "pool/shrink", "pool/autoscale", "queue/add-consumer",
              "queue/cancel-consumer"):
    post(f"unknown-worker-{route}", f"/api/worker/{route}/nobody@diff", params={"queue": "q", "min": "1", "max": "2"})
post("unknown-worker-unicode", "/api/worker/pool/grow/žluť@diff")

TIMEOUT, RATE = "/api/task/timeout/e2e.add", "/api/task/rate-limit/e2e.add"
D1 = {"workername": "d1@diff"}
post("timeout", TIMEOUT, data={**D1, "soft": "{limit}.5", "hard": "60"}, effect="soft_limit_of_add")
post("timeout-query", TIMEOUT, params={**D1, "hard": "99"})
post("timeout-none", TIMEOUT, data=D1)
post("timeout-json", TIMEOUT, json={**D1, "soft": 3})
post("timeout-no-worker", TIMEOUT, data={"soft": "3"})
post("timeout-text", TIMEOUT, data={**D1, "soft": "x"})
post("timeout-empty", TIMEOUT, data={**D1, "hard": ""})
post("timeout-unknown-task", "/api/task/timeout/nope", data={**D1, "soft": "3"})
post("timeout-unknown-worker", TIMEOUT, data={"workername": "nobody", "soft": "3"})
post("timeout-both-unknown", "/api/task/timeout/nope", data={"workername": "nobody"})
post("rate-limit", RATE, data={**D1, "ratelimit": "{limit}/m"}, effect="rate_limit_of_add")
post("rate-limit-number", RATE, params={**D1, "ratelimit": "200"})
post("rate-limit-garbage", RATE, data={**D1, "ratelimit": "garbage"})
post("rate-limit-unit", RATE, data={**D1, "ratelimit": "10/x"})
post("rate-limit-off", RATE, data={**D1, "ratelimit": "0"})
post("rate-limit-none", RATE, data=D1)
post("rate-limit-no-worker", RATE, data={"ratelimit": "1"})
post("rate-limit-unknown-task", "/api/task/rate-limit/žluť", data={**D1, "ratelimit": "1"})
post("rate-limit-unknown-worker", RATE, data={"workername": "nobody", "ratelimit": "1"})
GIVE_UP = "e2e.give_up"
for limit in ("nan", "inf"):
    post(f"rate-limit-{limit}", f"/api/task/rate-limit/{GIVE_UP}", data={**D1, "ratelimit": limit})
post("timeout-negative", f"/api/task/timeout/{GIVE_UP}", data={**D1, "soft": "-1"})
post("grow-n-0", GROW, params={"n": "0"})
post("grow-n-negative", GROW, params={"n": "-1"})
post("autoscale-reversed", "/api/worker/pool/autoscale/d2@diff", params={"min": "3", "max": "1"})
post("shutdown", "/api/worker/shutdown/{victim}", effect="victim_is_gone")
