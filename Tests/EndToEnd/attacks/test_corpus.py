"""Every entry that is bytes, executed over every way in."""

import json

import pytest

from . import corpus
from .coverage import executor
from .runner import require_understood, run

ATTACKS = corpus.load()


@pytest.mark.parametrize("way", ["plain", "tls", "kept", "stripped"])
@pytest.mark.parametrize("attack", [attack for attack in ATTACKS if attack.is_raw], ids=lambda attack: attack.id)
def test_no_entry_gets_through(attack, way, request):
    target = request.getfixturevalue(way)
    if not target.takes(attack):
        pytest.skip("makes no sense here")
    assert run(attack, target).violations == ()


def test_the_runner_understands_its_own_corpus():
    require_understood(ATTACKS)


@pytest.mark.parametrize("change, complaint", [
    ({"raw": "GET {NOWHERE} HTTP/1.1\r\n\r\n"}, "unknown placeholder {NOWHERE}"),
    ({"must_not": ["upstream_requests"]}, "unknown must_not word 'upstream_requests'"),
    ({"must_not": ["status"]}, "unknown must_not word 'status'"),
    ({"must_not": ["body_contains:{NOTHING}"]}, "unknown placeholder {NOTHING}"),
])
def test_what_the_runner_does_not_know_is_an_error(change, complaint, tmp_path):
    entry = next(entry for entry in json.loads(corpus.OWN.read_text())["attacks"] if entry["kind"] == "raw")
    file = tmp_path / "corpus.json"
    file.write_text(json.dumps({"version": 1, "attacks": [{**entry, **change}]}))
    with pytest.raises(corpus.CorpusError, match=complaint.replace("{", "\\{").replace("}", "\\}")):
        require_understood(corpus.load(file))


def test_every_entry_has_somebody_who_executes_it():
    assert [attack.id for attack in ATTACKS if executor(attack) == "missing"] == []
