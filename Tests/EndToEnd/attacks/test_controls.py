"""The runner is only worth something if it sees what gets through: a bare `proxy_pass` must fail it."""

from .controls import changed_sources
from .runner import run


def test_a_bare_proxy_lets_many_entries_through(stand, attacks):
    target = stand.bare()
    through = {attack.id for attack in attacks if target.takes(attack) and run(attack, target).violations}
    assert len(through) >= 40
    # One of each kind of judgement: paths, hosts, methods, identity fields, framing, sign-in, cookies, Basic, CSRF.
    known = {"PTH-02", "PTH-05", "HST-07", "HST-14", "HDR-01", "HDR-10", "SMG-25", "SMG-32", "SMG-37", "SKP-01", "CKS-01",
             "BAS-01", "CSR-01", "SMG-41"}
    assert known <= through


def test_every_rule_has_a_switch_in_the_copy_of_the_sources():
    """`make attacks-controls` builds that copy, and executes the corpus once for each rule."""
    changed_sources()
