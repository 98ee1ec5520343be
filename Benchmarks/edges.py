"""The edges that `gateway.py` compares, all before the same upstream (nginx on a unix socket), each with its access log in a file."""
import http.client
import json
import os
import pathlib
import re
import subprocess
import tempfile
import urllib.parse

from servers import CALYX, PASSWORD, USER, Server, free_port

ANSWER = json.dumps({"tasks": [f"shop.tasks.number_{number}" for number in range(8)]})
PATH = "/api/task/types"

NGINX = """
worker_processes {workers};
worker_rlimit_nofile 65536;
daemon off;
pid {directory}/nginx.pid;
error_log {directory}/error.log warn;
events {{ worker_connections 30000; }}
http {{
    client_body_temp_path {directory}; proxy_temp_path {directory}; fastcgi_temp_path {directory};
    uwsgi_temp_path {directory}; scgi_temp_path {directory};
    keepalive_requests 100000000;
    {http}
}}
"""


def start_nginx(name, directory, http, port, workers):
    own = pathlib.Path(tempfile.mkdtemp(dir=directory))
    configuration = own / "nginx.conf"
    configuration.write_text(NGINX.format(directory=own, http=http, workers=workers))
    return Server(name, ["nginx", "-e", own / "error.log", "-c", configuration], port, own)


class Stand:
    """Upstream, certificate, and the edges that were asked for."""

    def __init__(self, directory, servers, workers):
        self.directory, self.servers, self.workers = pathlib.Path(directory), servers, workers
        os.chmod(directory, 0o755)
        self.certificate, self.key = self.directory / "cert.pem", self.directory / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                        self.key, "-out", self.certificate, "-days", "30", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
        self.users = self.directory / "htpasswd"
        bcrypt = subprocess.run(["htpasswd", "-nbB", "-C", "10", USER, PASSWORD], check=True, capture_output=True, text=True).stdout
        self.users.write_text(bcrypt.strip() + "\n")
        self.users.chmod(0o600)
        self.apr1 = self.directory / "htpasswd-apr1"
        self.apr1.write_text(subprocess.run(["htpasswd", "-nbm", USER, PASSWORD], check=True, capture_output=True, text=True).stdout.strip())
        self.apr1.chmod(0o644)
        self.socket, port = self.directory / "upstream.sock", free_port()
        answer = ANSWER.replace("'", "")
        http = f"""access_log off; server {{ listen unix:{self.socket}; listen 127.0.0.1:{port}; keepalive_timeout 600;
            location = /auth {{ return 204; }}
            location / {{ default_type application/json; return 200 '{answer}'; }} }}"""
        self.upstream = start_nginx("upstream", directory, http, port, 1)
        servers.append(self.upstream)
        self.socket.chmod(0o666)

    def _added(self, server):
        self.servers.append(server)
        return server

    def nginx(self, name, location="", tls=False):
        port = free_port()
        secure = f"ssl_certificate {self.certificate}; ssl_certificate_key {self.key}; ssl_protocols TLSv1.2 TLSv1.3;" if tls else ""
        http = f"""access_log {self.directory}/{name}.access.log combined;
            upstream core {{ server unix:{self.socket}; keepalive 64; keepalive_requests 100000000; }}
            proxy_http_version 1.1; proxy_set_header Connection "";
            server {{ listen 127.0.0.1:{port} {"ssl" if tls else ""} backlog=1024; {secure}
                location / {{ {location} proxy_pass http://core; }}
                location = /auth {{ internal; proxy_pass http://core; proxy_pass_request_body off; proxy_set_header Content-Length ""; }} }}"""
        return self._added(start_nginx(name, self.directory, http, port, self.workers))

    def haproxy(self):
        port, own = free_port(), pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        (own / "haproxy.cfg").write_text(f"""
global
    nbthread {self.workers}
    log stdout format raw local0
defaults
    mode http
    log global
    option httplog
    option http-keep-alive
    timeout connect 5s
    timeout client 600s
    timeout server 600s
frontend edge
    bind 127.0.0.1:{port}
    default_backend core
backend core
    http-reuse always
    server core unix@{self.socket}
""")
        return self._added(Server("haproxy", ["haproxy", "-db", "-f", own / "haproxy.cfg"], port, own))

    def caddy(self):
        port, own = free_port(), pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        (own / "Caddyfile").write_text(f"""{{
    admin off
    auto_https off
}}
http://127.0.0.1:{port} {{
    bind 127.0.0.1
    log {{
        output file {own}/access.log
    }}
    reverse_proxy unix/{self.socket}
}}
""")
        return self._added(Server("caddy", ["caddy", "run", "--adapter", "caddyfile", "--config", own / "Caddyfile"], port, own,
                                  {"HOME": str(own), "GOMAXPROCS": str(self.workers)}))

    def calyx(self, name, *options, tls=False):
        if not CALYX.exists():
            raise SystemExit(f"{CALYX} is missing: run `make build` first")
        port, state = free_port(), pathlib.Path(tempfile.mkdtemp(dir=self.directory))
        key = state / "assertion.key"
        key.write_text("benchmark-key-of-more-than-thirty-two-bytes\n")
        key.chmod(0o600)
        secure = [f"--certfile={self.certificate}", f"--keyfile={self.key}"] if tls else []
        core = [] if any(option.startswith("--core_listen") for option in options) else [f"--core_listen=unix:{self.socket}"]
        arguments = [CALYX, "gateway", f"--port={port}", "--address=127.0.0.1", f"--assertion_key_file={key}",
                     f"--state_dir={state}", f"--basic_auth_file={self.users}", "--log_format=json", "--admin_address=none", *core, *secure, *options]
        server = self._added(Server(name, arguments, port, self.directory))
        server.state, server.key = state, key
        return server


def sign_in(port, user=USER, password=PASSWORD):
    """Signs in through the form, as a browser does; the value of the Cookie field."""
    origin = f"http://127.0.0.1:{port}"
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/login", headers={"Accept": "text/html"})
    answer = connection.getresponse()
    page = answer.read().decode()
    cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page))
    fields |= {"username": user, "password": password}
    connection.request("POST", "/login", urllib.parse.urlencode(fields), {
        "Content-Type": "application/x-www-form-urlencoded", "Origin": origin, "Cookie": "; ".join(cookies)})
    answer = connection.getresponse()
    answer.read()
    for name, value in answer.getheaders():
        pair = value.split(";")[0]
        if name.lower() == "set-cookie" and pair.startswith("calyx") and not pair.endswith("=") and pair not in cookies:
            return pair
    raise SystemExit(f"sign-in answered {answer.status} and no session cookie")
