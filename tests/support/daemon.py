"""The daemon as a test sees it: its process, its lines, its verbs, its journals."""

import json
import os
import re
import signal
import subprocess
import threading
import time

from support.platform import PLATFORM

RECORD = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) (\d+) ([<>*!]) (.*)$", re.S)


def profile(folder, sessions, daemon=None, default=None):
    """Text of a profile: {name: {key: value}}; state_dir and control in `folder`."""
    base = {"state_dir": folder / "state", "control": PLATFORM.control(folder)}
    guards = {"halt_duty": "off", "hits_per_minute": "off", "stop_after": "never", "disk_reserve": "off"}
    parts = [("daemon", base | (daemon or {})), ("default", guards | (default or {}))]
    parts += [(f"session {name}", keys) for name, keys in sessions.items()]
    return text_of(parts)


def text_of(parts):
    """[(head, {key: value})] as a profile; a key whose value is None is left out."""
    return "".join(f"[{head}]\n" + "".join(f"{k} = {PLATFORM.value(PLATFORM.key(k, v))}\n" for k, v in keys.items() if v is not None)
                   for head, keys in parts)


class Daemon:
    """Use as `with Daemon(build, tmp, text) as d:`. Waits for readiness; ends it by SIGTERM, then SIGKILL."""

    def __init__(self, build, folder, text, *args, env=None, limit=20.0, wait=True):
        self.program, self.limit, self.folder = PLATFORM.livedebug(build), limit, folder
        self.path = folder / "debug.ini"
        self.path.write_text(text, encoding="utf-8")
        self.process = subprocess.Popen([*self.program, "run", "-c", PLATFORM.value(self.path), *args], cwd=folder,
                                        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                        env=os.environ | PLATFORM.preload(build) | (env or {}), text=True)
        self.lines, self.at, self.news = [], 0, threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if wait:
            self.wait("livedebug: ready, ")

    def _read(self):
        with open(self.folder / "daemon.err", "a", encoding="utf-8") as copy:
            for line in self.process.stderr:
                copy.write(line)
                copy.flush()
                with self.news:
                    self.lines.append(line.rstrip("\n"))
                    self.news.notify_all()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.process.stderr.close()

    def wait(self, start):
        """The next line of stderr that starts so."""
        end = time.monotonic() + self.limit
        with self.news:
            while True:
                while self.at < len(self.lines):
                    line = self.lines[self.at]
                    self.at += 1
                    if line.startswith(start):
                        return line
                if not self.news.wait(end - time.monotonic()):
                    raise TimeoutError(f"no line '{start}'; the last were {self.lines[-5:]}")

    def stop(self, number=signal.SIGTERM):
        """The exit code; all of stderr is then in self.lines."""
        if self.process.poll() is None:
            self.process.send_signal(PLATFORM.signal(number))
            try:
                self.process.wait(self.limit)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.reader.join(self.limit)
        return self.process.returncode

    def ask(self, *words):
        """What became of `livedebug WORDS`."""
        return subprocess.run(self.words(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=self.limit, check=False)

    def words(self, verb, *words):
        """The command line of a verb."""
        return [*self.program, verb, "-c", PLATFORM.value(self.path), *map(str, words)]

    def verb(self, *words, code=0):
        """stdout of `livedebug WORDS`; its exit code must be `code`."""
        done = self.ask(*words)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done.stdout

    def status(self, name):
        return json.loads(self.verb("status", "--json", name))[0]

    def wait_status(self, name, **members):
        """Ask until the session's status has these members."""
        end = time.monotonic() + self.limit
        while not members.items() <= (status := self.status(name)).items():
            if time.monotonic() > end:
                raise TimeoutError(f"no {members} in {status}")
            time.sleep(0.02)
        return status

    def journals(self, name):
        """Its files: the rotated ones, oldest first, then the one that is written to."""
        folder = self.folder / "state"
        return sorted(folder.glob(f"{name}.journal.*")) + [folder / f"{name}.journal"]

    def journal(self, name):
        """[(seq, kind, text)] of all its files, each line checked to be a record, seq without a hole."""
        lines = []
        for path in self.journals(name):
            lines += path.read_bytes().decode().split("\n")
            assert lines.pop() == ""
        records = [RECORD.match(line) for line in lines]
        assert all(records), lines
        numbers = [int(r[2]) for r in records]
        assert numbers == list(range(1, len(numbers) + 1))
        return [(int(r[2]), r[3], r[4]) for r in records]
