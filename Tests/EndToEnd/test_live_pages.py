"""Pages in a real browser, changing while one looks."""

import contextlib
import re
import time
import uuid

import httpx
import pytest

from harness.calyx import PASSWORD, USER
from harness.pages import is_marked, mark, sign_in
from harness.polling import until
from test_sign_in import Form, start_address


@pytest.fixture
def signed_in(front, page):
    sign_in(page, start_address(front), USER, PASSWORD)
    page.locator("details.account").wait_for()
    page.front = front
    return page


def row(page, text: str):
    return page.locator("main tr", has_text=text)


def cell(page, text: str, column: str):
    """The cell of one column in the row that has `text`."""
    titles = [title.lower() for title in page.locator("main thead th").all_inner_texts()]
    index = next(index for index, title in enumerate(titles) if column.lower() in title)
    return row(page, text).locator("th, td").nth(index)


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


def test_workers_change_without_reload(signed_in, tasks, workers):
    page = signed_in
    page.goto(start_address(page.front) + "workers")
    for worker in workers:
        assert re.search("online", cell(page, worker.node, "Status").inner_text(), re.I)

    def processed() -> int:
        return sum(number(cell(page, worker.node, "Processed").inner_text()) for worker in workers)

    before = processed()
    mark(page)
    for result in [tasks.add.delay(number, 1) for number in range(8)]:
        result.get(timeout=20)
    until(lambda: processed() >= before + 8, seconds=15, what="the workers' counters grew on the page")
    assert is_marked(page) and page.complaints == []


def test_a_new_task_appears_without_reload(signed_in, tasks):
    page = signed_in
    page.goto(start_address(page.front) + "tasks")
    page.locator("main h1").wait_for()
    mark(page)
    result = tasks.process.delay("/tmp/uploads/doc.pdf", "user123", chunk_size=500)
    line = row(page, "documents.process").filter(has=page.locator(f'a[href*="{result.id}"]'))
    line.first.wait_for(timeout=15_000)
    until(lambda: re.search("fail", line.first.inner_text(), re.I), what="the task is shown as failed")
    assert is_marked(page)
    line.first.locator(f'a[href*="{result.id}"]').first.click()
    page.wait_for_url(re.compile(result.id))
    text = page.locator("main").inner_text()
    for shown in ("documents.process", result.id, "Traceback", "app.py", "with open(path", "FileNotFoundError",
                  "/tmp/uploads/doc.pdf", "user123", "chunk_size"):
        assert shown in text, text
    assert "Traceback (most recent call last)" in page.locator("main").text_content(), "the raw text is there as well"
    assert page.complaints == []


def test_an_open_task_changes_without_reload(signed_in, tasks, redis_server):
    page = signed_in
    key = f"hold-{uuid.uuid4()}"
    result = tasks.hold.delay(key)
    until(lambda: result.state == "STARTED", seconds=20, what="the task runs")
    address = start_address(page.front) + f"task/{result.id}"

    def shows_started():
        page.goto(address)
        return re.search("started", page.locator("main").inner_text(), re.I)

    until(shows_started, what="the page of the running task")
    mark(page)
    redis_server.client.rpush(key, "somebody came")
    until(lambda: "somebody came" in page.locator("main").inner_text(), seconds=15, what="the result is on the page")
    assert re.search("succe", page.locator("main").inner_text(), re.I)
    assert is_marked(page) and page.complaints == []


def test_what_a_task_was_given_cannot_become_markup(signed_in, tasks):
    page = signed_in
    evil = "<img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>&amp;'\"žluťoučký 日本語 🦄\u202e"
    result = tasks.echo.delay(evil)
    result.get(timeout=20)
    address = start_address(page.front) + f"task/{result.id}"

    def shown():
        page.goto(address)
        return "onerror" in page.locator("main").inner_text()

    until(shown, what="the argument is shown as text")
    assert "🦄" in page.locator("main").inner_text() and "日本語" in page.locator("main").inner_text()
    page.goto(start_address(page.front) + "tasks?search=onerror")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main img").count() == 0


def test_tasks_are_filtered(signed_in, tasks):
    page = signed_in
    word = f"needle-{uuid.uuid4().hex[:8]}"
    wanted, other = tasks.echo.delay(word), tasks.echo.delay("haystack")
    for result in (wanted, other):
        result.get(timeout=20)
    page.goto(start_address(page.front) + f"tasks?search={word}")
    until(lambda: page.locator(f'main a[href*="{wanted.id}"]').count() or page.reload() and False, what="the task")
    assert page.locator(f'main a[href*="{other.id}"]').count() == 0


def test_queues_show_their_length(signed_in, tasks, redis_server):
    page = signed_in
    page.goto(start_address(page.front) + "queues")
    assert "celery" in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_fit_a_phone_and_a_desk_in_both_themes(browser, gateway, workers, width, theme):
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme)
    try:
        page = context.new_page()
        sign_in(page, gateway.address, USER, PASSWORD)
        page.locator("details.account").wait_for()
        for path in ("/workers", "/tasks", "/queues"):
            page.goto(gateway.address + path)
            page.locator("main h1").wait_for()
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            background = page.evaluate("getComputedStyle(document.body).backgroundColor")
            brightness = sum(map(int, re.findall(r"\d+", background)[:3])) / 3
            assert (brightness < 96) == (theme == "dark"), background
    finally:
        context.close()


def test_pages_are_read_and_walked_by_keyboard(signed_in):
    page = signed_in
    page.goto(start_address(page.front) + "workers")
    page.keyboard.press("Tab")
    assert "skip" in page.evaluate("document.activeElement.textContent").lower()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_pages_are_there_without_scripts(browser, gateway, workers):
    context = browser.new_context(java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, gateway.address, USER, PASSWORD)
        page.goto(gateway.address + "/workers")
        assert workers[0].node in page.locator("main").inner_text()
        page.goto(gateway.address + "/tasks")
        assert page.locator("main h1").count() == 1
    finally:
        context.close()


def events(response: httpx.Response):
    """The events of a stream as they come: (event, data)."""
    name, data = "message", []
    for line in response.iter_lines():
        if not line:
            if data:
                yield name, "\n".join(data)
            name, data = "message", []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))


@pytest.mark.parametrize("http2", [True, False])
def test_the_stream_is_not_held_back_by_nginx(nginx, tasks, http2):
    with nginx.client(http2=http2) as client:
        with client.stream("GET", "/live", params={"page": "/tasks"}, timeout=20) as response:
            assert response.status_code == 200
            assert response.headers["Content-Type"].startswith("text/event-stream")
            started = time.monotonic()
            result = tasks.echo.delay("streamed")
            for _, data in events(response):
                if result.id in data:
                    break
            else:
                raise AssertionError("the stream ended without the task")
            assert time.monotonic() - started < 10, "an event must not wait for the next keep-alive"


def test_a_stream_ends_when_its_session_ends(gateway):
    with gateway.client(auth=None) as client:
        assert Form(client).send().status_code in (302, 303)
        page = client.get("/workers", headers={"Accept": "text/html"}).text
        token = re.search(r'data-csrf="([^"]+)"', page).group(1)
        with gateway.client(auth=None, cookies=client.cookies) as watcher:
            with watcher.stream("GET", "/live", params={"page": "/workers"}, timeout=30) as response:
                assert response.status_code == 200
                signed_out = client.post("/logout", data={"_csrf": token}, headers={"Origin": gateway.address})
                assert signed_out.status_code in (200, 302, 303)
                with contextlib.suppress(httpx.RemoteProtocolError):  # cut, not finished: the watcher may not go on
                    for _ in response.iter_bytes():
                        pass
            assert watcher.get("/live", params={"page": "/workers"}).status_code == 401
