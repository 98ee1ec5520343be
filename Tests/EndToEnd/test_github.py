"""Signing in by GitHub, against a stand-in that answers as GitHub documents it."""

import re
import urllib.parse

import httpx
import pytest

from harness.github import Person
from harness.pages import sign_in_by_github, sign_out
from test_sign_in import HTML, session_cookie, start_address


@pytest.fixture(autouse=True)
def signed_in_at_github(github):
    github.reset(Person.with_email("ada@example.com"))


def test_who_is_on_the_list_gets_in_and_out(front, page, github, workers):
    sign_in_by_github(page, start_address(front) + "tasks")
    page.wait_for_url(start_address(front) + "tasks")
    assert "ada" in page.content()
    asked = dict(github.seen)["/login/oauth/authorize"]
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert len(asked["state"]) >= 22 and "user:email" in asked["scope"]
    assert {path for path, _ in github.seen} >= {"/login/oauth/access_token", "/api/v3/user", "/api/v3/user/emails"}

    cookie = session_cookie(front, page.context)
    with front.client(auth=None, cookies={cookie["name"]: cookie["value"]}) as client:
        assert client.get("/api/workers").status_code == 200
        sign_out(page)
        assert client.get("/api/workers").status_code == 401
    assert page.complaints == []


def refusal(page, front) -> str:
    sign_in_by_github(page, start_address(front))
    page.wait_for_url(re.compile(re.escape(front.address)))
    page.wait_for_load_state()
    assert page.locator("details.account").count() == 0, "nobody is signed in"
    return page.locator("body").inner_text()


def test_who_is_not_on_the_list_sees_the_address_and_the_option(front, page, github):
    github.reset(Person.with_email("eve@elsewhere.org", id=666, login="eve"))
    text = refusal(page, front)
    assert "eve@elsewhere.org" in text and "--auth" in text


def test_an_address_that_is_not_verified_counts_for_nothing(front, page, github):
    github.reset(Person.with_email("ada@example.com", verified=False))
    text = refusal(page, front)
    assert "verified" in text.lower()


def test_one_verified_address_of_several_suffices(gateway, page, github):
    github.reset(Person(id=12, login="grace", emails=[
        {"email": "grace@elsewhere.org", "primary": True, "verified": True, "visibility": "public"},
        {"email": "grace@EXAMPLE.com", "primary": False, "verified": True, "visibility": None},
    ]))
    sign_in_by_github(page, start_address(gateway))
    page.locator("details.account").wait_for()


@pytest.mark.parametrize("address", ["ada@example.com.evil.org", "ada@sub.example.com", "ada@notexample.com",
                                     "ada@example.com@evil.org", "ada@evil.org\\@example.com"])
def test_an_address_that_only_looks_right_is_refused(gateway, page, github, address):
    github.reset(Person.with_email(address))
    refusal(page, gateway)


def test_a_person_who_says_no_comes_back_to_the_sign_in(gateway, page, github):
    github.denies = True
    assert "github" in refusal(page, gateway).lower()


@pytest.mark.parametrize("error", ["bad_verification_code", "incorrect_client_credentials", "unverified_user_email"])
def test_an_error_with_status_200_is_an_error(gateway, page, github, error):
    github.token_error = error
    text = refusal(page, gateway)
    assert "github" in text.lower() and github.CLIENT_SECRET not in text
    assert error in gateway.output, "the log has the reason"
    assert github.CLIENT_SECRET not in gateway.output


@pytest.fixture
def visitor(gateway):
    with gateway.client(auth=None) as client:
        yield client


def start(client: httpx.Client) -> httpx.Response:
    page = client.get("/login", headers=HTML)
    link = re.search(r'href="([^"]*oauth2[^"]*github[^"]*)"', page.text).group(1).replace("&amp;", "&")
    return client.get(link, headers=HTML)


def callback(answer: httpx.Response) -> str:
    """What GitHub makes of the visit: the address that the browser is sent back to."""
    assert answer.status_code in (302, 303)
    with httpx.Client(trust_env=False) as browser:
        return browser.get(answer.headers["Location"]).headers["Location"]


def is_signed_in(client: httpx.Client) -> bool:
    return client.get("/api/workers").status_code == 200


def test_a_callback_is_good_once_and_in_its_own_browser(gateway, visitor, github):
    back = callback(start(visitor))
    with gateway.client(auth=None) as other_browser:
        assert other_browser.get(back, headers=HTML).status_code in (400, 403)
        start(other_browser)
        assert other_browser.get(back, headers=HTML).status_code in (400, 403)
        assert not is_signed_in(other_browser)
    assert visitor.get(back, headers=HTML).status_code in (302, 303)
    assert is_signed_in(visitor)
    with gateway.client(auth=None, cookies=visitor.cookies) as again:
        assert again.get(back, headers=HTML).status_code in (302, 303, 400, 403)
        codes = [form["code"] for path, form in github.seen if path == "/login/oauth/access_token"]
        assert len(codes) == len(set(codes)), "a code is never sent twice"


@pytest.mark.parametrize("change", [{"state": "x" * 43}, {"state": ""}, {"code": ""}])
def test_a_changed_callback_is_refused(visitor, change):
    back = urllib.parse.urlsplit(callback(start(visitor)))
    query = {**dict(urllib.parse.parse_qsl(back.query)), **change}
    answer = visitor.get(urllib.parse.urlunsplit(back._replace(query=urllib.parse.urlencode(query))), headers=HTML)
    assert answer.status_code in (302, 303, 400, 403)
    assert not is_signed_in(visitor)


def test_a_callback_without_a_start_is_refused(visitor):
    answer = visitor.get("/login?code=abc&state=def", headers=HTML)
    assert answer.status_code in (302, 303, 400, 403)
    assert not is_signed_in(visitor)


def test_the_provider_is_down(gateway, visitor, github):
    """The code cannot be exchanged: a page that says so, and no session."""
    back = callback(start(visitor))
    github.token_error = "temporarily_unavailable"
    answer = visitor.get(back, headers=HTML)
    assert answer.status_code in (400, 403, 502, 503) and "<html" in answer.text
    assert not is_signed_in(visitor)


def test_a_person_by_provider_is_operator(gateway, page, workers):
    sign_in_by_github(page, start_address(gateway))
    page.locator("details.account").wait_for()
    assert "operator" in page.locator("details.account").text_content()
