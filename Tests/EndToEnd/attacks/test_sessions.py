"""The entries on sessions that need time to pass, or somebody to change something meanwhile."""

import base64
import json
import os
import pathlib
import signal
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.github import Person
from harness.polling import until

from .target import PASSWORD, PREFIX, USER, Values, hidden_fields

FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"


class WallClock:
    """The wall clock of a gateway, set by a file that libfaketime reads anew; the monotonic clock goes on as it is."""

    def __init__(self, directory: pathlib.Path):
        self.file = directory / "faketime"
        self.set(0)

    def set(self, seconds: float):
        # Written beside and moved: the gateway reads it at any moment.
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{seconds:+.0f}\n")
        fresh.rename(self.file)

    @property
    def env(self) -> dict:
        return {"LD_PRELOAD": FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture
def wall_clock(tmp_path):
    return WallClock(tmp_path)


def test_CKS_16_no_use_keeps_a_session_beyond_its_absolute_lifetime(stand, wall_clock):
    target = stand.plain("absolute", env=wall_clock.env)
    cookie = Values(target)["COOKIE"]
    hours = range(0, 7 * 24, 6)
    for hour in hours:
        wall_clock.set(hour * 3600)
        assert target.is_let_in(cookie), f"used every six hours, {hour} hours after signing in"
    wall_clock.set(7 * 24 * 3600 + 60)
    target.core.requests.clear()
    assert not target.is_let_in(cookie)
    assert target.core.requests == []


def test_CKS_17_a_session_that_nobody_used_for_long_is_over(stand, wall_clock):
    target = stand.plain("not-used", env=wall_clock.env)
    cookie = Values(target)["COOKIE"]
    wall_clock.set(12 * 3600 - 120)
    assert target.is_let_in(cookie)
    wall_clock.set(2 * 12 * 3600)
    target.core.requests.clear()
    assert not target.is_let_in(cookie)
    assert target.core.requests == []


def test_a_wall_clock_that_is_set_back_extends_no_session(stand, wall_clock):
    target = stand.plain("set-back", env=wall_clock.env, session_idle="3s", session_lifetime="1h")
    cookie = Values(target)["COOKIE"]
    assert target.is_let_in(cookie)
    wall_clock.set(-30 * 24 * 3600)
    # Nobody may ask meanwhile: that would be use.
    time.sleep(4)
    assert not target.is_let_in(cookie)


def test_CKS_19_signing_in_again_ends_the_session_before(plain):
    first = Values(plain).session
    pair = f"{plain.cookie_name}={first}"
    page = plain.ask(f"{PREFIX}/login", fields={"Accept": "text/html"})
    assert plain.is_let_in(pair)
    # The same browser, with both of its cookies.
    cookies = "; ".join([pair] + [f"{name}={value}" for name, value in page.cookies().items()])
    fields = hidden_fields(page.text) | {"username": USER, "password": PASSWORD}
    answer = plain.ask(f"{PREFIX}/login", method="POST", body=urllib.parse.urlencode(fields),
                       fields={"Cookie": cookies, "Origin": plain.address, "Accept": "text/html"})
    second = answer.cookies()[plain.cookie_name]
    assert second != first
    assert plain.is_let_in(f"{plain.cookie_name}={second}")
    plain.core.requests.clear()
    assert not plain.is_let_in(pair)
    assert plain.core.requests == []


def test_CKS_23_who_is_removed_from_the_password_file_loses_the_session(stand, tmp_path):
    users = tmp_path / "users"
    lines = stand.passwords.read_text()
    users.write_text(lines)
    target = stand.plain("removed", basic_auth_file=users, membership_interval="1s")
    page = target.ask(f"{PREFIX}/login", fields={"Accept": "text/html"})
    fields = hidden_fields(page.text) | {"username": "colonuser", "password": "pa:ss:word"}
    cookies = "; ".join(f"{name}={value}" for name, value in page.cookies().items())
    answer = target.ask(f"{PREFIX}/login", method="POST", body=urllib.parse.urlencode(fields),
                        fields={"Cookie": cookies, "Origin": target.address, "Accept": "text/html"})
    cookie = f"{target.cookie_name}={answer.cookies()[target.cookie_name]}"
    assert target.is_let_in(cookie)
    users.write_text("\n".join(line for line in lines.splitlines() if not line.startswith("colonuser:")) + "\n")
    until(lambda: not target.is_let_in(cookie), seconds=20, what="the session is over")
    target.core.requests.clear()
    assert not target.is_let_in(cookie)
    assert target.core.requests == []


def signed_in_by_github(stand, target) -> str:
    """The cookie pair of a session that GitHub vouched for."""
    stand.github.reset(Person.with_email("ada@example.com"))
    started = target.ask(f"{PREFIX}/oauth2/start/github")
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(started.value("location")).query))
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(stand.github.authorize(query)[1]["Location"]).query))["code"]
    flow = f"{target.flow_cookie_name}={started.cookies()[target.flow_cookie_name]}"
    finished = target.ask(f"{PREFIX}/oauth2/callback/github?code={code}&state={query['state']}", fields={"Cookie": flow})
    return f"{target.cookie_name}={finished.cookies()[target.cookie_name]}"


def test_a_token_that_the_person_revoked_at_the_provider_ends_the_session_and_the_record_tells(stand):
    target = stand.plain("revoked", membership_interval="1s")
    cookie = signed_in_by_github(stand, target)
    assert target.is_let_in(cookie)
    stand.github.revoke_tokens()
    until(lambda: not target.is_let_in(cookie), seconds=20, what="the session is over")
    entry, = until(lambda: audit_entries(target, kind="session_ended"), what="the entry")
    assert entry["provider"] == "github" and entry["name"] == "ada" and entry["reason"]


def test_CKS_25_many_requests_around_a_check_of_the_membership_cause_one(stand):
    target = stand.plain("single-flight", membership_interval="3s")
    cookie = signed_in_by_github(stand, target)
    stand.github.seen.clear()

    def checks() -> int:
        return sum(path.endswith("/user") for path, _ in list(stand.github.seen))

    with ThreadPoolExecutor(10) as pool:
        statuses = []

        def ask(_):
            answer = target.ask(f"{PREFIX}/api/workers", fields={"Cookie": cookie})
            # On a machine that is busy an answer may take longer than a test waits for it.
            if answer is not None:
                statuses.append(answer.status)

        began = time.monotonic()
        while checks() == 0 and time.monotonic() - began < 30:
            list(pool.map(ask, range(50)))
        list(pool.map(ask, range(50)))
        took = time.monotonic() - began
    assert len(statuses) >= 50 and set(statuses) == {200}
    assert 1 <= checks() <= 1 + took / 3


def audit_entries(target, **query) -> list[dict]:
    basic = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    path = f"{PREFIX}/api/audit?" + urllib.parse.urlencode({"limit": 1000, **query})
    return json.loads(target.ask(path, fields={"Authorization": f"Basic {basic}"}).text)["entries"]


def test_LOG_10_each_event_is_told_exactly_once_with_who_and_from_where(stand):
    target = stand.plain("told", basic_auth=f"{USER}:{PASSWORD},mallory:guess")

    def entries(kind: str, wanted: int = 1) -> list[dict]:
        """As many as are wanted, and no more after all that came before was written."""
        found = until(lambda: (lambda some: some if len(some) >= wanted else None)(audit_entries(target, kind=kind)),
                      what=f"{wanted} of {kind}")
        assert len(found) == wanted, found
        for entry in found:
            assert entry["time"] and entry["result"] and entry["hash"]
        return found

    def ask(path: str, source: str | None = None, **options):
        return target.ask(f"{PREFIX}{path}", source=source, **options)

    audit_entries(target)
    assert entries("sign_in")[0]["reason"].startswith("HTTP Basic")

    first, second = Values(target), Values(target)
    pair, csrf = first.cookie, first["CSRF"]
    signed_in = entries("sign_in", 2)[0]
    assert (signed_in["provider"], signed_in["name"], signed_in["client"]) == ("basic", USER, "127.0.0.1")
    assert signed_in["request_id"]

    wrong = base64.b64encode(b"admin:wrong").decode()
    assert ask("/api/workers", fields={"Authorization": f"Basic {wrong}"}, source="127.9.9.9").status == 401
    refused, = entries("sign_in_refused")
    assert refused["client"] == "127.9.9.9" and refused["name"] == USER and refused["reason"] == "wrong password"

    ours = {"Origin": target.address, "Cookie": pair}
    assert ask("/api/worker/shutdown/w1", method="POST", fields={**ours, "Origin": "https://evil.example"}).status == 403
    denied, = entries("denied")
    assert denied["name"] == USER and denied["action"].endswith("/api/worker/shutdown/w1") and "site" in denied["reason"]

    other = second.cookie
    assert ask("/access/sessions/end-all", method="POST", fields=ours, body=f"_csrf={csrf}&which=others").status == 303
    assert not target.is_let_in(other)
    assert entries("session_ended")[0]["name"] == USER

    assert ask("/logout", method="POST", fields=ours, body=f"_csrf={csrf}").status == 200
    assert entries("sign_out")[0]["credential"].startswith("session ")

    os.kill(target.gateway.pid, signal.SIGHUP)
    assert entries("configuration_reloaded")[0]["result"] == "ok"

    guess = {"Authorization": "Basic " + base64.b64encode(b"mallory:wrong").decode()}
    until(lambda: ask("/api/workers", fields=guess, source="127.8.8.8").status == 429, what="the throttle")
    for _ in range(5):
        ask("/api/workers", fields=guess, source="127.8.8.8")
    throttled = [entry for entry in audit_entries(target, kind="sign_in_refused") if entry["reason"] == "throttled"]
    assert len(throttled) == 1 and throttled[0]["client"] == "127.8.8.8"

    session = pair.partition("=")[2]
    everything = json.dumps(audit_entries(target))
    assert session not in everything and csrf not in everything and PASSWORD not in everything
