"""What a person does on the pages. The one place that knows how the pages are made."""

import re
import urllib.parse
from html.parser import HTMLParser


def sign_in(page, address: str, user: str, password: str):
    """Opens `address`, is asked to sign in, and does."""
    page.goto(address)
    page.fill('input[name="username"]', user)
    page.fill('input[name="password"]', password)
    page.get_by_role("button", name=re.compile("^sign in$", re.I)).click()


def sign_in_by_github(page, address: str):
    page.goto(address)
    page.get_by_role("link", name=re.compile("github", re.I)).or_(
        page.get_by_role("button", name=re.compile("github", re.I))).first.click()


def sign_out(page):
    page.locator("details.account > summary").click()
    page.get_by_role("button", name=re.compile("^sign out$", re.I)).click()
    page.wait_for_load_state()


def mark(page):
    """A loaded page loses the mark; a page that changed by itself keeps it."""
    page.evaluate("window.markOfTheTest = true")


def is_marked(page) -> bool:
    return page.evaluate("window.markOfTheTest === true")


class Links(HTMLParser):
    """Every address a page names, as written: (element, address)."""

    ATTRIBUTES = ("href", "src", "action", "formaction", "data-stream", "data-href", "poster")

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in self.ATTRIBUTES and value is not None:
                self.found.append((tag, value))


def paths_on(text: str, base: str) -> list[tuple[str, str]]:
    """(element, absolute path with query) of every address on a page at `base` that stays on its host."""
    host = urllib.parse.urlsplit(base).netloc
    paths = []
    for element, written in Links(text).found:
        url = urllib.parse.urlsplit(urllib.parse.urljoin(base, written))
        if url.scheme in ("http", "https") and url.netloc == host:
            paths.append((element, urllib.parse.urlunsplit(("", "", url.path, url.query, ""))))
    return paths
