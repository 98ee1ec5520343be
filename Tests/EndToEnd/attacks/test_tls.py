"""What the TLS port offers, and what it does not."""

import re
import socket
import ssl
import subprocess
import warnings

import pytest

from .load import SteadyClients
from .target import Values


def handshake(target, **options) -> ssl.SSLSocket | None:
    """A handshake by a client that takes anything; None when the server does not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers(options.get("ciphers", "ALL:@SECLEVEL=0"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = options.get("lowest", ssl.TLSVersion.SSLv3)
        context.maximum_version = options.get("highest", ssl.TLSVersion.MAXIMUM_SUPPORTED)
    if "alpn" in options:
        context.set_alpn_protocols(options["alpn"])
    raw = socket.create_connection(("127.0.0.1", target.port), 5)
    try:
        return context.wrap_socket(raw, server_hostname=options.get("name", "localhost"))
    except (ssl.SSLError, ConnectionError):
        raw.close()
        return None


@pytest.mark.parametrize("version", [ssl.TLSVersion.SSLv3, ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_TLS_01_old_protocols_are_refused(tls, version):
    assert handshake(tls, lowest=version, highest=version) is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_protocols_are_served(tls, version):
    with handshake(tls, lowest=version, highest=version) as connection:
        assert connection.version() in ("TLSv1.2", "TLSv1.3")


@pytest.mark.parametrize("suites", ["RC4", "3DES", "aNULL", "eNULL", "EXPORT", "kRSA", "CBC", "SHA1", "AES256-SHA", "ECDHE-ECDSA-AES128-SHA",
                                    "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256", "PSK", "CAMELLIA", "SEED", "IDEA"])
def test_TLS_02_weak_suites_are_refused(tls, suites):
    try:
        connection = handshake(tls, ciphers=f"{suites}:@SECLEVEL=0", highest=ssl.TLSVersion.TLSv1_2)
    except ssl.SSLError:
        return  # this client cannot even offer them
    assert connection is None


@pytest.mark.parametrize("suite", ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"])
def test_suites_with_forward_secrecy_are_served(tls, suite):
    with handshake(tls, ciphers=suite, highest=ssl.TLSVersion.TLSv1_2) as connection:
        assert connection.cipher()[0] == suite


@pytest.mark.parametrize("name", ["evil.example", None])
def test_TLS_04_another_name_gets_no_other_service(tls, name):
    with handshake(tls, name=name) as connection:
        connection.sendall(f"GET {tls.public_path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(4096).startswith(b"HTTP/1.1 421 ")


@pytest.mark.parametrize("offered", [["ftp"], ["h3"], ["http/0.9", "spdy/3"]])
def test_TLS_05_foreign_protocols_are_not_agreed_on(tls, offered):
    connection = handshake(tls, alpn=offered)
    assert connection is None or connection.selected_alpn_protocol() is None


def s_client(target, *options: str, typed: str = "") -> str:
    out = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{target.port}", *options], input=typed, capture_output=True,
                         text=True, timeout=20)
    return out.stdout + out.stderr


def test_TLS_08_no_compression_no_renegotiation_no_heartbeat(tls):
    said = s_client(tls, "-tls1_2", "-tlsextdebug")
    assert "Compression: NONE" in said
    assert "heartbeat" not in said
    assert "Secure Renegotiation IS supported" in said


def test_DOS_19_renegotiation_is_refused_and_handshakes_in_numbers_harm_nobody(tls):
    said = s_client(tls, "-tls1_2", typed="R\n")
    assert "RENEGOTIATING" in said and not re.search(r"read R BLOCK\s*$", said.strip()) or "error" in said.lower()
    with SteadyClients(tls, Values(tls)["COOKIE"], clients=2) as clients:
        for _ in range(300):
            handshake(tls).close()
        assert clients.answered > 0
    assert clients.failures == []
