"""The usual tools of others, short: Debian's testssl.sh, h2load and slowhttptest against a gateway on this machine."""

import json
import re
import shutil
import subprocess

import pytest

from .load import SteadyClients
from .target import PREFIX, Values


def tool(name: str) -> str:
    return shutil.which(name) or pytest.skip(f"{name} is not installed: deploy/prepare.sh test installs it")


def test_testssl_finds_nothing_to_mend(tls, tmp_path):
    """Protocols, cipher suites, server defaults and the known holes; not the trust in a development certificate."""
    report = tmp_path / "testssl.json"
    subprocess.run([tool("testssl"), "--quiet", "--color", "0", "--ip", "127.0.0.1", "-p", "-s", "-f", "-U", "--jsonfile", report,
                    f"localhost:{tls.port}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=170)
    findings = [entry for entry in json.loads(report.read_text()) if isinstance(entry, dict)]
    bad = [(entry["id"], entry["severity"], entry["finding"]) for entry in findings
           if entry["severity"] in ("LOW", "MEDIUM", "HIGH", "CRITICAL")]
    assert len(findings) > 30 and bad == []


def test_h2load_gets_every_answer(tls):
    cookie = Values(tls)["COOKIE"]
    said = subprocess.run([tool("h2load"), "-n", "2000", "-c", "8", "-m", "20", "-H", f"Cookie: {cookie}",
                           f"https://localhost:{tls.port}{PREFIX}/api/workers"], capture_output=True, text=True, timeout=120).stdout
    assert re.search(r"2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored", said), said
    assert "status codes: 2000 2xx" in said


@pytest.mark.parametrize("kind", ["-H", "-B", "-X"])
def test_slowhttptest_harms_nobody(stand, request, kind):
    """Slow heads, slow bodies, slow reading: 300 connections that trickle, beside people who work."""
    target = stand.plain(f"slow{kind}", header_timeout="2s", write_timeout="2s")
    with SteadyClients(target, Values(target)["COOKIE"], clients=2) as clients:
        said = subprocess.run([tool("slowhttptest"), kind, "-c", "300", "-r", "150", "-i", "1", "-l", "6", "-x", "24", "-p", "3",
                               "-u", f"{target.address}{PREFIX}/login"], capture_output=True, text=True, timeout=60).stdout
        assert clients.answered > 0
    assert clients.failures == [] and target.gateway.is_alive
    # The tool asks by itself whether the service answers, beside its slow connections.
    said = re.findall(r"service available:\s*(\w+)", re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", said))
    assert said and set(said) == {"YES"}
