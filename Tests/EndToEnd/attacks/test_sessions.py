"""The entries on sessions that need time to pass, or somebody to change something meanwhile."""

import pathlib
import time
import urllib.parse

import pytest

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
    target = stand.plain("idle", env=wall_clock.env)
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
