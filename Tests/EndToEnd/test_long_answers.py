"""Answers that are written while they are sent: plain, compressed, and asked for without a body."""

import uuid
import zlib

import httpx
import pytest

from harness.polling import until


@pytest.fixture(scope="module")
def long_list(api, tasks) -> dict:
    """Parameters of a list that is longer than what is written at once."""
    word = f"long-{uuid.uuid4().hex[:8]}"
    for result in [tasks.echo.delay(f"{word} \u017e {'x' * 900}") for _ in range(200)]:
        result.get(timeout=20)
    parameters = {"search": word}
    until(lambda: [task["state"] for task in api.get("/api/tasks", params=parameters).json().values()] == ["SUCCESS"] * 200,
          seconds=20, what="all 200 are listed as done")
    return parameters


def raw(client: httpx.Client, parameters: dict, accepted: str) -> tuple[httpx.Response, bytes]:
    """The answer as it came, not decoded."""
    with client.stream("GET", "/api/tasks", params=parameters, headers={"Accept-Encoding": accepted}) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_long_list_is_the_same_when_it_is_compressed(front, long_list):
    with front.client() as client:
        plain, text = raw(client, long_list, "identity")
        packed, bytes_ = raw(client, long_list, "gzip")
    assert "content-encoding" not in plain.headers and packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in plain.headers["vary"] and "Accept-Encoding" in packed.headers["vary"]
    decoder = zlib.decompressobj(zlib.MAX_WBITS | 16)
    assert decoder.decompress(bytes_) == text and decoder.eof and not decoder.unused_data
    assert len(text) > 200_000 and len(bytes_) < len(text) / 10


def test_a_long_list_without_its_body_leaves_the_connection_clean(front, long_list):
    with front.client() as client:
        for accepted in ("identity", "gzip"):
            head = client.head("/api/tasks", params=long_list, headers={"Accept-Encoding": accepted})
            assert (head.status_code, head.content) == (200, b"")
            assert client.get("/api/task/types").json()["task-types"], "the answer after it is its own"


def test_a_long_list_has_no_tag_and_a_page_of_it_has(gateway, long_list):
    with gateway.client() as client:
        whole = client.get("/api/tasks", params=long_list)
        assert "etag" not in whole.headers
        assert client.get("/api/tasks", params=long_list, headers={"If-None-Match": "*"}).json() == whole.json()
        page = client.get("/api/tasks", params={**long_list, "limit": 20})
        assert page.headers["content-encoding"] == "gzip" and len(page.json()) == 20
        known = {"If-None-Match": page.headers["etag"]}
        again = client.get("/api/tasks", params={**long_list, "limit": 20}, headers=known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", page.headers["etag"])
        head = client.head("/api/tasks", params={**long_list, "limit": 20}, headers=known)
        assert (head.status_code, head.content) == (304, b"")
        assert client.get("/api/tasks", params={**long_list, "limit": 19}, headers=known).status_code == 200
