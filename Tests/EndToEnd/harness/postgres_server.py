"""A private PostgreSQL, which refuses to run as root."""

import glob
import os
import pathlib
import shutil
import subprocess
import tempfile

from .process import free_port


class PostgresServer:
    def __init__(self):
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert binaries, "PostgreSQL is not installed: make test installs it"
        self._binaries = pathlib.Path(binaries[-1])
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="calyx-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres")
        self.port = free_port()
        self.url = f"postgresql://calyx:s3cret@127.0.0.1:{self.port}/postgres"
        self._run("initdb", "-D", self.directory / "data", "-A", "trust", "-U", "calyx")
        self.start()

    def start(self):
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "-l", self.directory / "log", "-o",
                  f"-p {self.port} -k {self.directory} -c listen_addresses=127.0.0.1 -c fsync=off", "start")

    def kill(self):
        """At once, as when the machine loses power."""
        self._run("pg_ctl", "-D", self.directory / "data", "-w", "-m", "immediate", "stop")

    def stop(self):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _run(self, program: str, *arguments):
        command = [str(self._binaries / program), *map(str, arguments)]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        subprocess.run(command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=60)
