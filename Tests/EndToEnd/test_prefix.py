"""Everything stays under /flower, whether nginx keeps the prefix or strips it."""

import re
import urllib.parse

import pytest

from harness.calyx import PASSWORD, USER
from harness.pages import paths_on, sign_in
from harness.polling import until
from test_sign_in import Form

HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def known_task(api, tasks):
    result = tasks.process.delay("/tmp/uploads/doc.pdf", "user123")
    result.get(timeout=20, propagate=False)
    until(lambda: api.get(f"/api/task/info/{result.id}").status_code == 200, what="the task is known")
    return result.id


def test_every_link_asset_and_redirect_stays_under_the_prefix(nginx, known_task):
    with nginx.client(auth=None) as client:
        pages = crawl(nginx, client, ["/flower/login"])
        assert Form(client).send().status_code in (302, 303)
        pages |= crawl(nginx, client, ["/flower/", f"/flower/task/{known_task}", "/flower/no/such/page"])
    assert {"/flower/workers", "/flower/tasks", "/flower/queues", f"/flower/task/{known_task}"} <= {
        path.split("?")[0] for path in pages}


def crawl(nginx, client, starts: list[str], most: int = 150) -> set[str]:
    """Follows everything that a page names; returns what was fetched."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(nginx.address + path, headers=HTML)
        for _ in range(5):
            if answer.status_code not in (301, 302, 303, 307, 308):
                break
            target = urllib.parse.urlsplit(urllib.parse.urljoin(str(answer.url), answer.headers["Location"]))
            if target.netloc != urllib.parse.urlsplit(nginx.address).netloc:
                assert "/login/oauth/authorize" in target.path, f"{path} leads away to {target.geturl()}"
                break
            assert target.path.startswith("/flower/"), f"{path} redirects to {target.path}"
            answer = client.get(target.geturl(), headers=HTML)
        else:
            raise AssertionError(f"{path} redirects without end")
        check_cookies(answer)
        if answer.is_redirect:
            continue
        assert answer.status_code == 200 or path.endswith("/no/such/page") and answer.status_code == 404, path
        kind = answer.headers["Content-Type"]
        if "text/html" in kind:
            for element, found in paths_on(answer.text, str(answer.url)):
                assert found.startswith("/flower/"), f"{path} names {found} in <{element}>"
                if element != "form" and "/logout" not in found and "/live" not in found:
                    waiting.append(found)
        elif "css" in kind:
            for found in re.findall(r"url\([\"']?([^\"')]+)", answer.text):
                assert found.startswith("data:") or not found.startswith("/") or found.startswith("/flower/"), found
    return seen


def check_cookies(answer):
    for cookie in answer.headers.get_list("Set-Cookie"):
        path = re.search(r"[Pp]ath=([^;]*)", cookie).group(1)
        assert path.startswith("/flower") or path == "/" and cookie.startswith("__Host-"), cookie
        assert "Secure" in cookie and "HttpOnly" in cookie


def test_a_browser_asks_for_nothing_outside_the_prefix(nginx, page, known_task):
    requests, failures = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("response", lambda response: failures.append((response.status, response.url))
            if response.status >= 400 else None)
    sign_in(page, f"{nginx.address}/flower/", USER, PASSWORD)
    page.locator("details.account").wait_for()
    for path in ("workers", "tasks", "queues", f"task/{known_task}"):
        page.goto(f"{nginx.address}/flower/{path}")
        page.locator("main h1").wait_for()
    streams = [url for url in requests if "/live" in url]
    assert len(streams) >= 3, "pages are live"
    for url in requests:
        assert url.startswith((f"{nginx.address}/flower/", "data:", "blob:")), url
    assert failures == [] and page.complaints == []
