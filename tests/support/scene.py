"""A target, and a daemon on the sample profile in front of it: what most end-to-end tests play on.

Truth says what the target did, in bench time; the journal says what the daemon saw and typed, in wall
time. moment() brings the two together.
"""

import json
import os
import pathlib
import re
import time
from datetime import datetime

from support.daemon import Daemon
from support.platform import PLATFORM
from support.target import Target

NAME = "livedebug"  # of the sample's session
PROMPT = re.compile(r"(?:\d+: )?kd> \\?$")
FRAME = re.compile(r"^[0-9a-f]{2} [0-9a-f`]{17} : .* : (\w+!\w+(?:\+0x[0-9a-f]+)?)$")
SLOW = float(os.environ.get("SLOW") or 1)
WAIT = 20.0 * SLOW * PLATFORM.slow


def sample(root, keys):
    """The sample profile with these lines changed, and nothing else. A key of its own: (section, key)."""
    lines, section, left = [], "", dict(keys)
    for line in (root / "debug.ini.sample").read_text().splitlines():
        if line.startswith("["):
            section = line
        found = re.match(r";?(\w+) =", line)
        if found and found[1] in left:
            line = f"{found[1]} = {PLATFORM.value(PLATFORM.key(found[1], left.pop(found[1])))}"
        lines.append(line)
        if line == f"[session {NAME}]":
            lines += [f"{key} = {PLATFORM.value(left.pop(key))}" for key in list(left) if key.startswith("env.")]
    assert section == f"[session {NAME}]" and not left, left
    return "\n".join(lines) + "\n"


class Record:
    """One line of the journal."""

    def __init__(self, line):
        when, seq, self.kind, self.text = line.split(" ", 3)
        self.seq = int(seq)
        self.time = datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp()
        self.event = json.loads(self.text) if self.kind in "*!" else {}

    def __repr__(self):
        return f"{self.seq} {self.kind} {self.text}"


class Scene:
    """`with Scene(root, build, tmp, target=[...], settle="200ms") as s:`; keys with a dot as env={...}."""

    def __init__(self, root, build, tmp, *, target=(), speed=50, seed=1, baud=115200, env=None, kd=None, **keys):
        speed = PLATFORM.speed or speed
        self.build, self.tmp, self.speed, self.at = build, tmp, speed, 0
        self.target = Target(build, tmp, "--seed", seed, "--baud", baud, *target, speed=speed, limit=WAIT)
        device = os.path.realpath(self.target.link)
        own = {"env.BENCH_SPEED": speed, "env.BENCH_PIPE_DIR": tmp} | PLATFORM.port(1, device)
        own |= {f"env.{name}": value for name, value in (env or {}).items()}
        guards = {"halt_duty": "off", "hits_per_minute": "off", "stop_after": "never", "disk_reserve": "off"}
        self.keys = {"state_dir": tmp / "state", "control": PLATFORM.control(tmp),
                     "kd": kd or pathlib.Path(PLATFORM.kd(build)[-1]), "baud_rate": baud, "log_file": tmp / "kd.log",
                     "work_dir": tmp, "arm_at": "boot", "settle": "100ms", "restart_min": "10ms",
                     "journal_rate": "off"} | guards | own | keys
        self.text = sample(root, self.keys)
        self.offset = None
        self.daemon = None

    def start(self):
        """The daemon, for the first time or again."""
        self.daemon = Daemon(self.build, self.tmp, self.text, limit=WAIT)
        return self.daemon

    def kill_daemon(self):
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon.__exit__()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.daemon.process.kill()  # the clean end is another test's; this one takes no time
        self.daemon.__exit__()
        self.target.__exit__()

    def kd_process(self):
        """kd's pid as this system has it; None: no kd."""
        return PLATFORM.kd_process(lambda: self.daemon.status(NAME)["kd_pid"], NAME)

    # --- the journal

    def journal(self):
        path = self.tmp / "state" / f"{NAME}.journal"
        text = path.read_bytes().decode() if path.exists() else ""
        return [Record(line) for line in text[:text.rfind("\n") + 1].splitlines()]

    def wait(self, check, what=""):
        """The next record that no earlier wait() has passed and for which check(record) holds."""
        end = time.monotonic() + WAIT
        while True:
            records = self.journal()
            while self.at < len(records):
                self.at += 1
                if check(records[self.at - 1]):
                    return records[self.at - 1]
            if time.monotonic() > end:
                raise TimeoutError(f"no record {what}; the last were {records[-8:]}")
            time.sleep(0.01)

    def wait_hits(self, n):
        """Until the journal has so many hits, and the last of them is over in the daemon's eyes and in truth."""
        end = time.monotonic() + 3 * WAIT
        while len(hits := self.events("hit")) < n:
            assert time.monotonic() < end, f"{len(hits)} hits of {n}"
            time.sleep(0.05)
        self.wait(lambda r: r.seq > hits[-1].seq and r.event.get("to") == "running", "the end of the last hit")
        while self.target.state()["mode"] != "running":
            assert time.monotonic() < end, self.target.state()
            time.sleep(0.01)

    def event(self, name, **members):
        """The next such event."""
        members = {"event": name} | members
        return self.wait(lambda r: members.items() <= r.event.items(), str(members))

    def said(self, text, kind="<"):
        """The next line from kd (or to it) that has this in it."""
        return self.wait(lambda r: r.kind == kind and text in r.text, f"{kind} {text}")

    def events(self, name, **members):
        """All of them so far."""
        members = {"event": name} | members
        return [r for r in self.journal() if members.items() <= r.event.items()]

    def typed(self, echo=False):
        """All that was written to kd; without the proofs unless asked for."""
        return [r for r in self.journal() if r.kind == ">" and (echo or not r.text.startswith(".echo "))]

    # --- the truth

    def truth(self, event, **members):
        """All of the target's truth of this kind, up to now."""
        self.target.count("mark")
        members = {"event": event} | members
        return [t for t in self.target.log if members.items() <= t.items()]

    def moment(self, record):
        """The bench time (ms) of a record, and how wrong it may be: by marks of known wall time."""
        if self.offset is None:
            found = []
            for _ in range(20):
                before = time.time()
                self.target.command("mark clock")
                after = time.time()
                found.append((after - before, (before + after) / 2, self.truth("mark", text="clock")[-1]["t"]))
            wide, middle, t = min(found)
            self.offset = (middle, t, (wide * 1000 + 2) * self.speed)
        middle, t, wrong = self.offset
        return t + (record.time - middle) * 1000 * self.speed, wrong

    def halts(self):
        """Spans of the target's truth in which it stood still or was off: [begin, end, whys]; the end may be None."""
        spans, begun = [], None
        self.target.count("mark")
        for t in list(self.target.log):
            if t["event"] in ("halted", "powercut", "reboot") and begun is None:
                begun = [t["t"], None, []]
                spans.append(begun)
            if t["event"] in ("halted", "powercut", "reboot"):
                begun[2].append(t.get("why", t["event"]))
            elif t["event"] == "running" and begun is not None:
                begun[1], begun = t["t"], None
        return spans

    def check_typing(self):
        """Nothing but proofs was typed while the target ran, and nothing behind a g (rule 4)."""
        spans, closed = self.halts(), None
        for record in self.typed():
            at, wrong = self.moment(record)
            own = [i for i, (begin, end, _) in enumerate(spans)
                   if begin - wrong <= at and (end is None or at <= end + wrong)]
            assert own, f"typed while the target ran: {record} at {at:.0f} of {spans}"
            assert closed is None or own[-1] > closed, f"typed behind g: {record}"
            if record.text in ("g", "g\\n", "g\\x0a"):
                closed = own[0]
        last = None
        for record in self.journal():
            if record.kind == "<" and PROMPT.search(record.text):
                last = None
            elif record.kind == ">":
                assert last is None, f"{record} behind {last}"
                if record.text.startswith("g"):
                    last = record

    # --- what is on record

    def kd_log(self):
        return (self.tmp / "kd.log").read_bytes().decode("latin-1").replace("\r\n", "\n").splitlines()

    def said_lines(self):
        """What kd said, a line that came in pieces put together."""
        text = "".join(r.text[:-1] if r.text.endswith("\\") else r.text + "\n" for r in self.journal() if r.kind == "<")
        return text.splitlines()

    def complete(self):
        """Do both logs hold every stack of the truth, in order?"""
        wanted = [t["stack"] for t in self.truth("hit")]
        return wanted == stacks(self.kd_log()) == stacks(self.said_lines())

    def state_is_running(self):
        """By the target's truth."""
        return self.target.state()["mode"] == "running"

    def table(self):
        """Addresses of the breakpoints in the target."""
        return self.target.state()["breakpoints"]


def stacks(lines):
    """The stacks in console text: functions, leaf first."""
    found, inside = [], False
    for line in lines:
        frame = FRAME.match(line)
        if "RetAddr" in line:
            found.append([])
            inside = True
        elif frame and inside:
            found[-1].append(frame[1].split("+")[0])
        else:
            inside = False
    return found
