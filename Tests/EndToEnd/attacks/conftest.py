"""The stand of the attacks: its processes live as long as the tests of this directory."""

import pathlib
import tempfile

import pytest

from . import corpus
from .stand import Stand


@pytest.fixture(scope="package")
def stand():
    with tempfile.TemporaryDirectory(prefix="calyx-") as directory, Stand(pathlib.Path(directory)) as stand:
        yield stand


@pytest.fixture(scope="package")
def plain(stand):
    return stand.plain()


@pytest.fixture(scope="package")
def tls(stand):
    return stand.tls()


@pytest.fixture(scope="package")
def kept(stand):
    return stand.behind_nginx("calyx")


@pytest.fixture(scope="package")
def stripped(stand):
    return stand.behind_nginx("calyx-stripped")


@pytest.fixture(scope="session")
def attacks():
    return corpus.load()
