"""Signing in and out, by password, with curl's manners and in a browser, at every way in."""

import re

import httpx
import pytest

from harness.calyx import PASSWORD, USER, Gateway
from harness.nginx import Nginx
from harness.pages import sign_in, sign_out
from harness.process import free_port

HTML = {"Accept": "text/html"}


def prefix_of(front) -> str:
    return "" if front.address.startswith("http://") else "/flower"


def start_address(front) -> str:
    return f"{front.address}{prefix_of(front)}/"


def session_cookie(front, context) -> dict | None:
    """The cookie that is the session. The flow cookie beside it only binds forms to the browser."""
    name = "__Host-calyx-flower" if prefix_of(front) else "calyx"
    return next((cookie for cookie in context.cookies() if cookie["name"] == name), None)


def test_signing_in_and_out_in_a_browser(front, page, workers):
    sign_in(page, start_address(front) + "tasks?state=FAILURE", USER, PASSWORD)
    page.wait_for_url(start_address(front) + "tasks?state=FAILURE")
    assert page.locator("details.account").inner_text().startswith(USER) or USER in page.content()

    cookie = session_cookie(front, page.context)
    assert cookie["httpOnly"] and cookie["sameSite"] == "Lax" and cookie["path"] == "/"
    assert cookie["secure"] == bool(prefix_of(front))

    with front.client(auth=None, cookies={cookie["name"]: cookie["value"]}) as thief:
        assert thief.get("/api/workers").status_code == 200, "the cookie works while the session lives"
        sign_out(page)
        assert session_cookie(front, page.context) is None
        assert thief.get("/api/workers").status_code == 401, "the session is over at the server, too"
    page.goto(start_address(front))
    assert page.locator('input[name="password"]').count() == 1
    assert page.complaints == []


def test_a_wrong_password_says_so_and_keeps_the_name(gateway, page):
    sign_in(page, gateway.address, USER, "wrong")
    alert = page.get_by_role("alert")
    alert.wait_for()
    assert page.input_value('input[name="username"]') in (USER, "")
    assert page.input_value('input[name="password"]') == ""
    assert session_cookie(gateway, page.context) is None
    page.fill('input[name="username"]', USER)
    page.fill('input[name="password"]', PASSWORD)
    page.get_by_role("button", name=re.compile("^sign in$", re.I)).click()
    page.wait_for_url(gateway.address + "/**")
    assert page.locator("details.account").count() == 1


def test_the_sign_in_page_works_without_scripts(browser, gateway):
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, gateway.address, USER, PASSWORD)
        page.locator("details.account").wait_for()
        sign_out(page)
        assert not page.locator("details.account").count()
    finally:
        context.close()


class Form:
    """The sign-in form, filled in without a browser."""

    def __init__(self, client: httpx.Client, path: str = "/login"):
        self.client = client
        self.answer = client.get(path, headers=HTML)
        self.fields = {}
        for tag in re.findall(r"<input[^>]*>", self.answer.text):
            attributes = dict(re.findall(r'(\w+)="([^"]*)"', tag))
            if attributes.get("type") == "hidden":
                self.fields[attributes["name"]] = attributes["value"]

    @property
    def origin(self) -> str:
        url = self.client.base_url
        return f"{url.scheme}://{url.netloc.decode()}"

    def send(self, headers=None, **fields) -> httpx.Response:
        headers = {**HTML, "Origin": self.origin, **(headers or {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        return self.client.post("/login", headers=headers,
                                data={**self.fields, "username": USER, "password": PASSWORD, **fields})


@pytest.fixture
def visitor(front):
    with front.client(auth=None) as client:
        yield client


def test_the_form_needs_its_token_and_its_origin(visitor):
    assert Form(visitor).send(form_token="").status_code in (400, 403)
    assert Form(visitor).send(form_token="x" * 40).status_code in (400, 403)
    assert Form(visitor).send(headers={"Origin": "https://evil.example"}).status_code == 403
    assert Form(visitor).send(headers={"Origin": None, "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert Form(visitor).send().status_code in (302, 303)


@pytest.mark.parametrize("wish", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)",
                                  "https:evil.example", "/\t/evil.example", "\\\\evil.example"])
def test_where_to_go_after_signing_in_is_always_a_page_of_ours(front, visitor, wish):
    answer = Form(visitor, "/login?" + httpx.QueryParams({"next": wish}).__str__()).send(next=wish)
    if answer.status_code in (302, 303):
        target = answer.headers["Location"]
        resolved = httpx.URL(start_address(front)).join(target)
        assert resolved.host == httpx.URL(front.address).host, target
        assert resolved.path.startswith(prefix_of(front) + "/"), target
    else:
        assert answer.status_code in (400, 403)


def test_every_sign_in_has_a_new_session(visitor):
    form = Form(visitor)
    planted = {name: "A" * 43 for name in ("calyx", "__Host-calyx", "__Host-calyx-flower")}
    visitor.cookies.update(planted)
    answer = form.send()
    assert answer.status_code in (302, 303)
    set_cookies = answer.headers.get_list("Set-Cookie")
    assert any("HttpOnly" in cookie and "A" * 43 not in cookie for cookie in set_cookies)


def test_a_session_cookie_alone_changes_nothing(visitor):
    assert Form(visitor).send().status_code in (302, 303)
    for headers in ({}, {"Origin": Form(visitor).origin}, {"Origin": "https://evil.example"},
                    {"Authorization": "Basic eDp5"}):
        answer = visitor.post("/api/task/revoke/abc", headers=headers)
        assert answer.status_code in (401, 403), headers
    assert visitor.post("/logout", headers={"Origin": "https://evil.example"}).status_code == 403
    assert visitor.get("/api/workers").status_code == 200, "still signed in"


def test_signing_out_by_a_link_does_not_happen_unasked(visitor):
    """Flower's /logout is a GET; here an image on a foreign page must not sign anybody out."""
    assert Form(visitor).send().status_code in (302, 303)
    visitor.get("/logout", headers={**HTML, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "image"})
    assert visitor.get("/api/workers").status_code == 200


def test_guessing_is_slowed_down(directory, core, processes):
    gateway = Gateway(directory / "guessed", core, port=free_port(), basic_auth=f"{USER}:{PASSWORD}")
    processes.append(gateway)
    gateway.wait_until_listening()
    with gateway.client(auth=None) as guesser:
        statuses = []
        for attempt in range(60):
            answer = Form(guesser).send(password=f"guess {attempt}")
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                break
        assert statuses[-1] == 429, statuses
        assert int(answer.headers["Retry-After"]) >= 1


def test_a_proxy_that_nobody_named_is_told_by_name(directory, core, processes, certificates):
    """The commonest mistake behind nginx: the gateway takes https for http. The page and the log name the option."""
    port = free_port()
    nginx = Nginx("calyx.conf", directory / "nginx-unnamed", certificates, gateway_port=port)
    gateway = Gateway(directory / "unnamed", core, port=port, url_prefix="/flower", basic_auth=f"{USER}:{PASSWORD}")
    processes.extend([nginx, gateway])
    gateway.wait_until_listening()
    nginx.wait_until_listening()
    with nginx.client(auth=None) as client:
        answer = Form(client).send()
    assert answer.status_code == 403 and "--trusted_proxies" in answer.text
    assert "trusted_proxies" in gateway.output
