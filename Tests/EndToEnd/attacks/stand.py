"""Everything an attack needs, started and stopped together: provider, recording cores, gateways, nginx."""

import contextlib
import pathlib
import secrets
import ssl

from harness.calyx import BINARY, Calyx
from harness.github import GitHub
from harness.nginx import Nginx, configured, make_certificates
from harness.polling import until
from harness.process import Process, ProcessEnded, free_port, is_open

from .recording_core import RecordingCore
from .target import PASSWORD, PREFIX, USER, BareTarget, Target, Values, write_password_file


NGINX_REWRITES = ("SMG-25", "SMG-28", "SMG-32", "SMG-35", "SMG-37", "SMG-45", "WSS-02", "WSS-04", "PTH-22", "CKS-22", "HDR-23")
"""What nginx reads in its own way and passes on as a clean request: loose line ends, blanks and chunk sizes, HTTP/0.9,
trailers, `Upgrade`, `Expect`, fragments. The gateway never sees these attacks behind it."""

NGINX_DECODES = ("PTH-27", "PTH-30")
"""Where nginx changes the path it decodes it first, and joins slashes."""


class Stand:
    """Starts what is asked for, when it is asked for. Use it as a context manager."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.binary = BINARY
        self.github = GitHub()
        self._stack = contextlib.ExitStack()
        self._stack.callback(self.github.stop)
        self.key = directory / "assertion.key"
        self.key.write_text(secrets.token_hex(32) + "\n")
        self.key.chmod(0o600)
        self.passwords = write_password_file(directory / "passwords")
        self._certificates: pathlib.Path | None = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    @property
    def certificates(self) -> pathlib.Path:
        if self._certificates is None:
            self._certificates = make_certificates(self.directory / "certs")
        return self._certificates

    def keep(self, process):
        self._stack.callback(process.stop)
        return process

    def core(self, name: str, cookie: str = "session=EVIL") -> RecordingCore:
        return self.keep(RecordingCore(self.directory / f"{name}.sock", cookie))

    def gateway(self, name: str, core: RecordingCore, outside: str, *, env: dict | None = None, **options) -> Calyx:
        """A gateway that people reach at `outside`: by password or the provider."""
        callback = f"{outside}{PREFIX}/oauth2/callback/github"
        self.github.callbacks.add(callback)
        settings = {
            "address": "127.0.0.1", "core_listen": f"unix:{core.path}", "assertion_key_file": self.key,
            "url_prefix": PREFIX, "external_url": outside + PREFIX, "log_format": "json",
            "basic_auth": f"{USER}:{PASSWORD}", "basic_auth_file": self.passwords, "admin_address": "none",
            "auth_provider": "flower.views.auth.GithubLoginHandler", "auth": "*@example.com",
            "oauth2_key": self.github.CLIENT_ID, "oauth2_secret": self.github.CLIENT_SECRET,
            "oauth2_github_base_url": self.github.address, **options}
        settings = {key: value for key, value in settings.items() if value is not None}
        gateway = self.keep(Calyx("gateway", self.directory / name, env=env, **settings))
        gateway.settings = settings
        return gateway.wait_until_listening()

    def gateway_again(self, target: Target) -> Calyx | None:
        """Starts the gateway of a target anew; None when it does not start."""
        settings = target.gateway.settings
        gateway = self.keep(Calyx("gateway", target.gateway.state.parent, **settings))
        try:
            target.gateway = gateway.wait_until_listening()
        except ProcessEnded:
            return None
        return gateway

    def assertion(self) -> str:
        """An assertion that a gateway with another key made."""
        target = self.tls("asserting")
        target.core.requests.clear()
        assert target.is_let_in(Values(target)["COOKIE"])
        return target.core.requests[-1].values("calyx-assertion")[0]

    def plain(self, name: str = "plain", **options) -> Target:
        """Straight to the gateway, in the clear."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        core = self.core(name, f"calyx{PREFIX.replace('/', '-')}=EVIL; Path=/")
        gateway = self.gateway(name, core, address, port=port, **options)
        return Target("the gateway, plain", address=address, core=core, gateway=gateway, github=self.github)

    def tls(self, name: str = "tls", **options) -> Target:
        """Straight to the gateway, under TLS."""
        port = free_port()
        address = f"https://localhost:{port}"
        core = self.core(name, f"__Host-calyx{PREFIX.replace('/', '-')}=EVIL; Path=/; Secure")
        files = {"certfile": self.certificates / "calyx.crt", "keyfile": self.certificates / "calyx.key"}
        gateway = self.gateway(name, core, address, port=port, **{**files, **options})
        context = ssl.create_default_context(cafile=str(self.certificates / "ca.crt"))
        target = Target("the gateway, TLS", address=address, core=core, gateway=gateway, github=self.github, tls=context)
        target.authority_file = self.certificates / "ca.crt"
        return target

    def behind_nginx(self, variant: str) -> Target:
        """Through a real nginx with the shipped configuration: `calyx` keeps the prefix, `calyx-stripped` removes it."""
        port = free_port()
        nginx = Nginx(f"{variant}.conf", self.directory / f"nginx-{variant}", self.certificates, gateway_port=port)
        self.keep(nginx)
        core = self.core(variant, f"__Host-calyx{PREFIX.replace('/', '-')}=EVIL; Path=/; Secure")
        gateway = self.gateway(variant, core, nginx.address, port=port, trusted_proxies="127.0.0.1")
        nginx.wait_until_listening()
        return Target(f"nginx with {variant}.conf", address=nginx.address, core=core, gateway=gateway, github=self.github,
                      tls=nginx.ssl_context, judges_status=False,
                      skips=NGINX_REWRITES + (NGINX_DECODES if variant == "calyx-stripped" else ()))

    def bare(self) -> BareTarget:
        """An nginx that passes everything on to a core, as one writes it without thinking."""
        core = self.core("bare", f"calyx{PREFIX.replace('/', '-')}=EVIL; Path=/")
        port, directory = free_port(), self.directory / "nginx-bare"
        directory.mkdir()
        command = configured(directory, f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://unix:{core.path}; }} }}")
        nginx = self.keep(Process("a bare nginx", command, log=directory / "nginx.log"))
        until(lambda: is_open(port), what="the bare nginx listens")
        return BareTarget(f"http://127.0.0.1:{port}", core, nginx)
