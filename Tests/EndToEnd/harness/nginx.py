"""A real nginx in front, running the shipped configuration with only ports, paths and the prefix's owner changed."""

import os
import pathlib
import re
import ssl
import subprocess

import httpx

from .calyx import PASSWORD, ROOT, USER
from .polling import until
from .process import Process, free_port, is_open


def make_certificates(directory: pathlib.Path) -> pathlib.Path:
    """Runs the shipped script; returns the directory it wrote to."""
    subprocess.run(
        [ROOT / "certs" / "make-dev-certs.sh", "localhost", "127.0.0.1"], env={**os.environ, "OUT": str(directory)},
        check=True, capture_output=True)
    return directory


def configured(directory: pathlib.Path, http: str, error_log: str = "error") -> list:
    """Writes the configuration of an nginx that keeps everything in `directory`, with `http` in its http block; the command that runs it."""
    (directory / "nginx.conf").write_text(f"""
        {"user root;" if os.geteuid() == 0 else ""}
        daemon off;
        worker_processes 1;
        pid {directory}/nginx.pid;
        error_log {directory}/error.log {error_log};
        events {{ worker_connections 256; }}
        http {{
            access_log {directory}/access.log;
            client_body_temp_path {directory}/body;
            proxy_temp_path {directory}/proxy;
            fastcgi_temp_path {directory}/fastcgi;
            uwsgi_temp_path {directory}/uwsgi;
            scgi_temp_path {directory}/scgi;
            {http}
        }}
    """)
    nginx = "/usr/sbin/nginx" if os.path.exists("/usr/sbin/nginx") else "nginx"
    return [nginx, "-p", directory, "-c", directory / "nginx.conf", "-e", directory / "error.log"]


class Nginx(Process):
    def __init__(self, variant: str, directory: pathlib.Path, certificates: pathlib.Path, gateway_port: int):
        directory.mkdir(parents=True)
        self.certificates = certificates
        self.port = free_port()
        shipped = (ROOT / "nginx" / variant).read_text()
        changed = shipped
        for pattern, replacement in {
            r"127\.0\.0\.1:5555": f"127.0.0.1:{gateway_port}",
            r"listen 443 ": f"listen 127.0.0.1:{self.port} ",
            r"listen 80;": f"listen 127.0.0.1:{free_port()};",
            r" *listen \[::\].*;\n": "",
            r"/etc/nginx/certs": str(certificates),
        }.items():
            changed, count = re.subn(pattern, replacement, changed)
            assert count, f"{variant} has no {pattern!r}: this substitution needs a look"
        (directory / "calyx.conf").write_text(changed)
        command = configured(directory, f"include {directory}/calyx.conf;", error_log="info")
        self.check = subprocess.run([*map(str, command), "-t"], capture_output=True, text=True)
        super().__init__(f"nginx with {variant}", command, log=directory / "nginx.log")

    @property
    def address(self) -> str:
        return f"https://localhost:{self.port}"

    @property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificates / "ca.crt"))

    def wait_until_listening(self):
        def listening():
            self.must_live()
            return is_open(self.port)

        until(listening, what=f"{self.name} listens")
        return self

    def client(self, *, auth=(USER, PASSWORD), http2: bool = True, **options) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.address}/flower", auth=auth, verify=self.ssl_context, http2=http2, timeout=15,
            trust_env=False, **options)
