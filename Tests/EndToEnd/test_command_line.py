"""What the program says when it is started wrongly, and on its first start."""

import pathlib
import re
import subprocess

import pytest

from conftest import own_port_options
from harness.calyx import Calyx, run_calyx
from harness.polling import until
from harness.process import free_port
from test_sign_in import Form

# option as written, and what the one line about it must name
WRONG = {
    "--prot=5555": ["prot", "port"],
    "--port=abc": ["port", "abc", "65535"],
    "--port=70000": ["port", "70000"],
    "--max_tasks=many": ["max_tasks", "many"],
    "--max-tasks=-1": ["max_tasks", "-1"],
    "--persistent=perhaps": ["persistent", "perhaps"],
    "--broker=amqp://guest:guest@localhost//": ["broker", "amqp"],
    "--broker=sqs://": ["broker", "sqs"],
    "--auth=*": ["auth", "*"],
    "--auth=.*": ["auth", ".*"],
    "--auth=a*@example.com": ["auth", "a*@example.com"],
    "--auth_provider=flower.views.auth.NoSuchHandler": ["auth_provider", "NoSuchHandler"],
    "--url_prefix_mode=sometimes": ["url_prefix_mode", "sometimes", "stripped"],
    "--queue_length_format=xml": ["queue_length_format", "xml", "flower"],
    "--trusted_proxies=300.1.1.1": ["trusted_proxies", "300.1.1.1"],
    "--basic_auth=nopassword": ["basic_auth"],
    "--logging=loud": ["logging", "loud"],
    "--certfile=/nonexistent/cert.pem": ["keyfile", "certfile"],
    "--oauth2_redirect_uri=nowhere": ["oauth2_redirect_uri", "nowhere"],
    "--core_listen=ftp:x": ["core_listen", "ftp:x"],
    "--conf=/nonexistent/calyx.yaml": ["/nonexistent/calyx.yaml"],
    "--tasks_columns=name,colour": ["tasks_columns", "colour"],
    "--metrics_auth=maybe": ["metrics_auth", "maybe"],
    "--retain=a while": ["retain", "a while"],
}


@pytest.mark.parametrize("option", WRONG)
def test_a_wrong_option_is_one_line_and_status_2(option, tmp_path):
    result = run_calyx("up", f"--state_dir={tmp_path}/state", option, cwd=tmp_path)
    assert result.returncode == 2, result.stderr
    lines = [line for line in result.stderr.splitlines() if WRONG[option][0] in line]
    assert len(lines) == 1, result.stderr
    for word in WRONG[option]:
        assert word in lines[0]
    assert "Fatal error" not in result.stderr and "guest:guest" not in result.stderr


def test_all_problems_are_named_at_once(tmp_path):
    wrong = [option for option in WRONG if option.startswith(("--prot", "--port=abc", "--max_tasks", "--logging"))]
    result = run_calyx("gateway", *wrong, cwd=tmp_path)
    assert result.returncode == 2
    for option in wrong:
        assert any(all(word in line for word in WRONG[option]) for line in result.stderr.splitlines()), result.stderr


def test_a_wrong_environment_variable_is_named_as_such(tmp_path):
    result = run_calyx("up", env={"FLOWER_PORT": "abc"}, cwd=tmp_path)
    assert result.returncode == 2
    assert re.search(r"port.*abc.*FLOWER_PORT|FLOWER_PORT.*abc", result.stderr), result.stderr


def test_a_secret_is_not_repeated_in_an_error(tmp_path):
    result = run_calyx("up", "--port=abc", "--basic_auth=admin:tell-nobody", "--broker=redis://:tell-nobody@h:0/0",
                       cwd=tmp_path)
    assert result.returncode == 2
    assert "tell-nobody" not in result.stderr + result.stdout


@pytest.mark.parametrize("words", [["--help"], ["up", "--help"], ["gateway", "--help"]])
def test_help_goes_to_standard_output(words):
    result = run_calyx(*words)
    assert result.returncode == 0
    assert "calyx" in result.stdout.lower() and result.stderr == ""


def test_help_lists_the_options():
    text = run_calyx("up", "--help").stdout
    for name in ("broker", "basic_auth", "url_prefix", "trusted_proxies", "max_tasks"):
        assert f"--{name}" in text or f"--{name.replace('_', '-')}" in text


def test_config_print_shows_values_sources_and_no_secret(tmp_path):
    (tmp_path / "calyx.yaml").write_text("max_tasks: 777\n")
    result = run_calyx("config", "print", "--port=5999", "--basic_auth=admin:tell-nobody",
                       env={"FLOWER_MAX_WORKERS": "42"}, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    for word in ("777", "5999", "42"):
        assert word in result.stdout
    assert "tell-nobody" not in result.stdout + result.stderr


def test_a_taken_port_is_a_clear_error(gateway, tmp_path, redis_server):
    result = run_calyx("up", f"--state_dir={tmp_path}/state", f"--broker={redis_server.url}", "--admin_address=none",
                       f"--port={gateway.port}", "--address=127.0.0.1", cwd=tmp_path)
    assert result.returncode not in (0, 2), result.stderr
    assert str(gateway.port) in result.stderr and "use" in result.stderr
    assert "Fatal error" not in result.stderr


@pytest.fixture
def other_key(tmp_path):
    path = tmp_path / "other.key"
    subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path],
                   check=True, capture_output=True)
    return path


def test_a_certificate_that_cannot_be_read_is_a_clear_error(certificates, tmp_path):
    result = run_calyx("up", f"--state_dir={tmp_path}/state", *own_port_options(), "--certfile=/nonexistent/cert.pem",
                       f"--keyfile={certificates}/calyx.key", cwd=tmp_path)
    assert result.returncode != 0
    assert "/nonexistent/cert.pem" in result.stderr and "Fatal error" not in result.stderr


def test_a_key_of_another_certificate_is_a_clear_error(certificates, other_key, tmp_path):
    result = run_calyx("up", f"--state_dir={tmp_path}/state", *own_port_options(),
                       f"--certfile={certificates}/calyx.crt", f"--keyfile={other_key}", cwd=tmp_path)
    assert result.returncode != 0
    assert str(other_key) in result.stderr and "calyx.crt" in result.stderr and "Fatal error" not in result.stderr


def test_a_state_directory_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("not a directory")
    result = run_calyx("up", f"--state_dir={tmp_path}/file/state", *own_port_options(), cwd=tmp_path)
    assert result.returncode != 0
    assert f"{tmp_path}/file/state" in result.stderr and "Fatal error" not in result.stderr


def listening_addresses(port: int) -> set[str]:
    """Local addresses in the kernel's table that listen on `port`, as the kernel writes them."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if pathlib.Path(table).exists():
            for line in pathlib.Path(table).read_text().splitlines()[1:]:
                address, _, state = line.split()[1:4]
                host, _, hexport = address.partition(":")
                if state == "0A" and int(hexport, 16) == port:
                    found.add(host)
    return found


LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


class FirstStart:
    """`calyx up` with nothing configured but where to listen."""

    def __init__(self, directory, broker):
        self.directory, self.broker = directory, broker

    def start(self) -> Calyx:
        return Calyx("up", self.directory, broker=self.broker, port=free_port(), admin_address="none",
                     ).wait_until_listening()


PRINTED_PASSWORD = re.compile(r"password[^\n]*?[:=\s]\s*\"?([A-Za-z0-9_+/=-]{12,})\"?\s*$", re.MULTILINE | re.IGNORECASE)


def files_below(directory: pathlib.Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_the_first_start_makes_an_administrator(directory, redis_server):
    first = FirstStart(directory / "first", redis_server.url)
    calyx = first.start()
    try:
        found = until(lambda: PRINTED_PASSWORD.findall(calyx.output), what="a password is printed")
        assert len(set(found)) == 1, calyx.output
        password = found[0]
        assert listening_addresses(calyx.port) <= LOOPBACK
        assert oct(calyx.state.stat().st_mode & 0o777) == "0o700"
        assert password.encode() not in files_below(calyx.state)
        with calyx.client(auth=("admin", password)) as client:
            assert client.get("/api/workers").status_code == 200
        with calyx.client(auth=("admin", password + "x")) as client:
            assert client.get("/api/workers").status_code == 401
    finally:
        assert calyx.stop() == 0, calyx.output[-2000:]

    calyx = first.start()
    try:
        assert calyx.output.count(password) == 1, "the password is printed once, at the first start"
        with calyx.client(auth=("admin", password)) as client:
            assert client.get("/api/workers").status_code == 200
        with calyx.client(auth=None) as browser:
            assert Form(browser).send(username="admin", password=password).status_code in (302, 303)
            assert browser.get("/", headers={"Accept": "text/html"}).status_code == 200

            reset = run_calyx("password", "reset", "admin", f"--state_dir={calyx.state}")
            assert reset.returncode == 0, reset.stderr
            new = re.findall(r"[A-Za-z0-9_+/=-]{12,}", reset.stdout + reset.stderr)
            assert new, reset.stdout

            def is_out():
                return browser.get("/api/workers").status_code == 401

            until(is_out, what="the reset ends the user's sessions")
        until(lambda: try_passwords(calyx, new), what="the new password is accepted")
        with calyx.client(auth=("admin", password)) as client:
            until(lambda: client.get("/api/workers").status_code == 401, seconds=70, what="the old password is refused")
    finally:
        calyx.stop()


def try_passwords(calyx, candidates) -> bool:
    for candidate in candidates:
        with calyx.client(auth=("admin", candidate)) as client:
            if client.get("/api/workers").status_code == 200:
                return True
    return False


def test_a_corrupt_session_file_is_moved_aside(directory, redis_server):
    first = FirstStart(directory / "corrupt", redis_server.url)
    first.start().stop()
    databases = [path for path in (directory / "corrupt" / "state" / "gateway").iterdir()
                 if path.name.startswith("session") and is_sqlite(path)]
    assert len(databases) == 1, databases
    for companion in ("-wal", "-shm"):
        databases[0].with_name(databases[0].name + companion).unlink(missing_ok=True)
    databases[0].write_bytes(b"this is not a database" * 500)
    calyx = first.start()
    try:
        assert str(databases[0]) in calyx.output
        moved = [path for path in databases[0].parent.iterdir() if path.read_bytes().startswith(b"this is not")]
        assert len(moved) == 1 and moved[0] != databases[0]
        assert is_sqlite(databases[0])
    finally:
        calyx.stop()


def is_sqlite(path: pathlib.Path) -> bool:
    return path.is_file() and path.read_bytes()[:16] == b"SQLite format 3\0"


def test_secrets_vanish_from_the_command_line(directory, redis_server):
    calyx = Calyx("up", directory / "argv", broker=redis_server.url, port=free_port(), address="127.0.0.1",
                  admin_address="none", basic_auth="admin:tell-nobody").wait_until_listening()
    try:
        assert b"tell-nobody" not in pathlib.Path(f"/proc/{calyx.pid}/cmdline").read_bytes()
    finally:
        calyx.stop()


def test_kubernetes_service_links_are_ignored(directory, redis_server):
    port = free_port()
    calyx = Calyx("up", directory / "service-link", broker=redis_server.url, port=port, address="127.0.0.1",
                  admin_address="none", basic_auth="admin:secret",
                  env={"FLOWER_PORT": "tcp://10.96.0.7:5555", "FLOWER_SERVICE_HOST": "10.96.0.7"},
                  ).wait_until_listening()
    try:
        assert "FLOWER_PORT" in calyx.output
    finally:
        calyx.stop()
