"""Where the scenes are played: here, or livedebug.exe and the stand-in kd.exe under Wine (PLATFORM=wine).

What differs stands here; a scene asks PLATFORM. The target is this system's program in both: under Wine its pty is
a COM port. scenes.py says which scenes are not played under Wine, and why.
"""

import contextlib
import fcntl
import os
import pathlib
import re
import shutil
import signal
import subprocess


def processes(wanted):
    """Pids of the live processes of this test (by the mark of conftest.py) whose command line pleases wanted(words)."""
    mark = f"LIVEDEBUG_TEST={os.environ.get('LIVEDEBUG_TEST', '')}".encode()
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if entry.name.isdigit() and wanted(words) and mark in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            pass
    return sorted(found)


class Linux:
    name = "linux"
    speed = 0  # of the bench: a scene's own
    slow = 1  # how much longer a test waits

    def start(self, build, folder):
        """Once, before the first test."""

    def finish(self):
        """Once, behind the last test."""

    def livedebug(self, build):
        """The words that begin its command line."""
        return [str(build / "livedebug")]

    def kd(self, build):
        return [str(build / "bench" / "kd")]

    def preload(self, build):
        """What livedebug's environment needs so that it can open a pty."""
        return {"LD_PRELOAD": str(build / "bench" / "ptyshim.so")}

    def value(self, value):
        """A value of the profile or a word of a command line: paths as the program spells them."""
        return str(value)

    def key(self, _name, value):
        """A key's value, fit for this platform."""
        return value

    def control(self, folder):
        return folder / "ctl"

    def port(self, n, link):
        """The keys that make this end of a target's line the session's n-th port (1, 2, ...)."""
        return {"port": f"COM{n}", "port_device": link, f"env.BENCH_COM{n}": link}

    def signal(self, number):
        """The signal that does what this one does on Linux."""
        return number

    def kd_process(self, ask, _pipe):
        """This system's pid of the kd that serves this pipe; ask() has the daemon's word. None: there is none."""
        return ask() or None

    @contextlib.contextmanager
    def held(self, _n, link):
        """Another program has the session's n-th port, behind which is this link, until the end."""
        holder = os.open(link, os.O_RDWR | os.O_NOCTTY)
        try:
            fcntl.flock(holder, fcntl.LOCK_EX)
            yield str(os.getpid())
        finally:
            os.close(holder)


class Wine:
    """A prefix of its own for each run of pytest: the built one's files, as links, and its own registry."""

    name = "wine"
    speed = 50
    slow = 2
    STRETCHED = {"settle", "break_timeout", "halt_max", "command_timeout", "arm_max", "stop_max"}
    FIRST_PORT = 6  # COM1 is the computer's own in each prefix

    def start(self, build, folder):
        self.prefix = folder / "prefix"
        subprocess.run(["cp", "-al", build / "windows" / "prefix", self.prefix], check=True)
        os.environ.update(WINEPREFIX=str(self.prefix), WINEDEBUG="-all", WINEDLLOVERRIDES="winemenubuilder.exe=d")
        os.environ.pop("DISPLAY", None)
        silent = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": True}
        # The first commands start Wine's services, which keep what they inherit: not a test's pipes.
        subprocess.run(["wineserver", "-p"], timeout=60, **silent)
        subprocess.run(["wine", "wineboot"], timeout=120, **silent)

    def finish(self):
        for word in ("-k", "-w"):
            subprocess.run(["wineserver", word], timeout=60, check=False, stderr=subprocess.DEVNULL)
        shutil.rmtree(self.prefix, ignore_errors=True)

    def livedebug(self, build):
        return ["wine", str(build / "windows" / "livedebug.exe")]

    def kd(self, build):
        return ["wine", str(build / "windows" / "kd.exe")]

    def preload(self, _build):
        return {}

    def value(self, value):
        return "Z:" + str(value).replace("/", "\\") if isinstance(value, pathlib.Path) else str(value)

    def key(self, name, value):
        """Deadlines of a few hundred milliseconds are Wine's to miss: a process takes that long to start."""
        found = re.fullmatch(r"(\d+)(ms|s)", str(value)) if name in self.STRETCHED else None
        return f"{int(found[1]) * 4}{found[2]}" if found else value

    def control(self, folder):
        return rf"\\.\pipe\{folder.name}"

    def connect(self, n, place):
        """What stands behind the session's n-th COM port from now on."""
        link = self.prefix / "dosdevices" / f"com{n + self.FIRST_PORT}"
        fresh = link.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(place)
        fresh.replace(link)

    def port(self, n, link):
        self.connect(n, os.path.realpath(link))
        return {"port": f"COM{n + self.FIRST_PORT}"}

    def signal(self, number):
        return {signal.SIGTERM: signal.SIGINT}.get(number, number)  # Wine makes a CTRL+C of it

    def kd_process(self, _ask, pipe):
        def is_it(words):
            return words[0].endswith("kd.exe") and f"npipe:pipe={pipe}" in words
        found = processes(is_it)
        return found[0] if found else None

    @contextlib.contextmanager
    def held(self, n, link):
        """Wine opens a port as often as one likes; a folder in its place is answered by the error of a held one."""
        self.connect(n, self.prefix)
        yield "held by another program"
        self.connect(n, os.path.realpath(link))


PLATFORM = Wine() if os.environ.get("PLATFORM") == "wine" else Linux()
