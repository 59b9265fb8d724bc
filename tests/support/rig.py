"""A whole bench: the sample profile, its target(s), the stand-in for kd, and the daemon over them.

Nothing here sleeps for luck: a scene waits for a line of the journal, of the target's truth or of
the daemon's stderr. The journal is read from its file, so that it can be read after a sudden death.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import time

from support.daemon import RECORD, Daemon, text_of
from support.platform import PLATFORM
from support.target import Target

SLOW = float(os.environ.get("SLOW") or 1)
SPEED = PLATFORM.speed or 100  # of the line and of kd's own times
LIMIT = 20.0 * SLOW * PLATFORM.slow
GUARDS = {"halt_duty": "off", "hits_per_minute": "off", "stop_after": "never", "disk_reserve": "off"}
DEADLINES = {"settle": "100ms", "break_timeout": "2s", "halt_max": "3s", "command_timeout": "2s", "arm_max": "4s",
             "stop_max": "8s", "restart_min": "50ms", "restart_max": "500ms", "return_max": "20s"}


def sample(root):
    """{section: {key: value}} of what the sample profile sets."""
    parts, part = {}, None
    for line in (root / "debug.ini.sample").read_text().splitlines():
        if line.startswith("["):
            part = parts.setdefault(line[1:-1], {})
        elif line and not line.startswith(";"):
            key, value = line.split(" = ", 1)
            part[key] = value
    return parts


def slow(deadline):
    """A deadline for this build: sanitizers are slow."""
    number, unit = (deadline[:-2], "ms") if deadline.endswith("ms") else (deadline[:-1], deadline[-1])
    return f"{int(int(number) * SLOW)}{unit}"


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


def until(check, what="it"):
    """Ask until it is so: for what no stream tells, such as the end of another's process."""
    end = time.monotonic() + LIMIT
    while not (found := check()):
        assert time.monotonic() < end, f"{what}: not within {LIMIT} s"
        time.sleep(0.01)
    return found


class Session:
    """One session of a rig: its target, its journal as it grows, its files."""

    def __init__(self, rig, name, folder, options):
        self.rig, self.name, self.folder = rig, name, folder
        self.target = Target(rig.build, folder, "--baud", 19200, *options, speed=SPEED, limit=LIMIT)
        self.log = folder / "debug.log"
        self.at = 0  # records that wait() has passed

    @property
    def journal_path(self):
        return self.rig.folder / "state" / f"{self.name}.journal"

    def records(self):
        """[(kind, text or JSON)] of the whole lines so far, those of rotated files too: a day may end."""
        path, seen = self.journal_path, None
        while seen != (old := sorted(path.parent.glob(f"{path.name}.*"))):  # rotated in between: again
            seen = old
            text = b"".join(p.read_bytes() for p in (*old, path) if p.exists())
        lines = text.decode().split("\n")[:-1]
        found = [RECORD.match(line) for line in lines]
        assert all(found), lines
        return [(r[3], json.loads(r[4]) if r[3] in "*!" else r[4]) for r in found]

    def events(self, event, **members):
        wanted = {"event": event} | members
        return [e for kind, e in self.records() if kind in "*!" and wanted.items() <= e.items()]

    def count(self, event, **members):
        return len(self.events(event, **members))

    def wait(self, event, limit=LIMIT, **members):
        """The next such event of the journal that no earlier wait() has passed."""
        wanted = {"event": event} | members
        end = time.monotonic() + limit
        while True:
            records = self.records()
            while self.at < len(records):
                kind, found = records[self.at]
                self.at += 1
                if kind in "*!" and wanted.items() <= found.items():
                    return found
            assert time.monotonic() < end, f"{self.name}: no {wanted}; the last were {records[-5:]}"
            time.sleep(0.01)

    def wait_armed(self):
        """Until the daemon says so and the target itself has the breakpoints and runs."""
        self.wait("armed")
        self.wait_table(filled=True)

    def wait_state(self, state):
        return self.wait("state", to=state)

    def wait_sent(self, start):
        """Until the daemon has written such a line to kd."""
        return until(lambda: any(k == ">" and t.startswith(start) for k, t in self.records()), f"> {start}")

    def status(self):
        return self.rig.daemon.status(self.name)

    def verb(self, verb, *words, code=0):
        return self.rig.daemon.verb(verb, self.name, *words, code=code)

    def kd_pid(self):
        return self.status()["kd_pid"]

    def kd_process(self):
        """kd's pid as this system has it; None: no kd."""
        return PLATFORM.kd_process(self.kd_pid, self.name)

    def wait_table(self, filled):
        """Until the target's own breakpoint table is filled (or empty) and it runs."""
        def check():
            state = self.target.state()
            return state if state["running"] and bool(state["breakpoints"]) == filled else None
        return until(check, f"running, breakpoints {filled}")

    def stacks_logged(self):
        """How many hits kd wrote into its log."""
        return self.log.read_text(errors="replace").count("Breakpoint 0 hit")


class Rig:
    """Use as `with Rig(build, root, tmp) as rig:`. One session `livedebug`, the sample's, by default;
    `names` makes more of it; keys(name) or a dict is laid over the sample; the
    target's options are words, or one function of the name."""

    def __init__(self, build, root, folder, *options, names=("livedebug",), keys=None, daemon=None, env=None, start=True,
                 wait=True):
        self.build, self.root, self.folder = build, root, folder
        self.env, self.daemon = env, None
        self.sessions = {}
        self.ends = contextlib.ExitStack()  # what a scene wants ended with the rig
        options_of = options[0] if options and callable(options[0]) else lambda _name: options
        own = keys if callable(keys) else lambda _name: keys or {}
        parts = sample(root)
        base = parts.pop("session livedebug")
        self.profile = {"daemon": {"state_dir": folder / "state", "control": PLATFORM.control(folder)} | (daemon or {})}
        try:
            for i, name in enumerate(names):
                place = folder / name
                place.mkdir()
                session = Session(self, name, place, options_of(name))
                self.sessions[name] = session
                keys_of = base | GUARDS | {k: slow(v) for k, v in DEADLINES.items()} | {
                    "kd": pathlib.Path(PLATFORM.kd(build)[-1]), "port": None, "port_device": None,
                    "log_file": session.log, "work_dir": place, "arm_at": "boot", "server": f"npipe:pipe={name}",
                    "env.BENCH_SPEED": SPEED, "env.BENCH_PIPE_DIR": place} | PLATFORM.port(i + 1, session.target.link)
                self.profile[f"session {name}"] = keys_of | own(name)
            if start:
                self.start(wait=wait)
        except BaseException:
            self.close()
            raise

    @property
    def one(self):
        return next(iter(self.sessions.values()))

    @property
    def target(self):
        return self.one.target

    def text(self):
        return text_of(self.profile.items())

    def start(self, wait=True):
        """The daemon, or the next one."""
        self.daemon = Daemon(self.build, self.folder, self.text(), env=self.env, limit=LIMIT, wait=wait)
        return self.daemon

    def kill(self):
        """Sudden death of the daemon."""
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.reader.join(LIMIT)
        self.daemon.process.stderr.close()

    def fds(self):
        """How many files the daemon has open."""
        return len(os.listdir(f"/proc/{self.daemon.process.pid}/fd"))

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.daemon.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self, number=signal.SIGTERM):
        return self.daemon.stop(number)

    def close(self):
        if self.daemon:
            self.daemon.__exit__()
        self.ends.close()
        for session in self.sessions.values():
            session.target.__exit__()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def client(self, session=None, *words):
        """A teammate: kd -remote, whose input and output the scene has."""
        session = session or self.one
        return subprocess.Popen([*PLATFORM.kd(self.build), "-remote", f"npipe:server=x,pipe={session.name}", *words],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                env=os.environ | {"BENCH_PIPE_DIR": str(session.folder)})
