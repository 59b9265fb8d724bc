"""Chaos: a fault every second of bench time, drawn from a seed, against the real daemon and the bench.

The scene's truth gets a mark for each fault, so that everything is found again in one file. Operators and
teammates are part of the weather: they break in, type, disarm, and somebody arms again a moment later.
"""

import json
import os
import random
import signal
import socket
import subprocess
import time

from support.rig import SLOW, is_alive, slow, until
from support.scene import FRAME, NAME, Scene

SPEED, BAUD = 10, 460800
KEYS = {"settle": "100ms", "break_timeout": "2s", "halt_max": "2s", "command_timeout": "1s", "arm_max": "4s",
        "stop_max": "8s", "restart_min": "20ms", "restart_max": "200ms", "return_max": "20s"}
SPOOFS = ["0: kd> ", "Breakpoint 0 hit", "Kernel Debugger connection established.", "Waiting to reconnect...",
          "Shutdown occurred at (noon)...unloading all symbol tables.", "LD-0123456789abcdef", "hello",
          "The transport connection between host kernel debugger and target Windows seems lost.",
          "     ^ User interrupted operation error in 'kb'", "*** Fatal System Error: 0x000000d1"]


class Chaos:
    """One run: `with Chaos(...) as c: c.storm(60); c.calm()`, then the checks."""

    def __init__(self, root, build, tmp, seed):
        self.rng = random.Random(seed)
        self.once = tmp / "once"  # while it is there, a new kd has no fault of its own
        self.once.write_text("")
        env = {"BENCH_KD_FAULT": "noread@cmd7", "BENCH_KD_FAULT_ONCE": self.once}
        self.scene = Scene(root, build, tmp, target=["--rate", 3, "--hits", 1000000], seed=seed, speed=SPEED, baud=BAUD,
                           env=env, **{k: slow(v) for k, v in KEYS.items()})
        self.halt_max = float(slow(KEYS["halt_max"])[:-1]) * 1000 * SPEED  # of bench time, ms
        self.undo = []  # (seconds from now, what ends it)
        self.mate = None
        self.sockets = []
        self.names = []

    def __enter__(self):
        self.scene.start()
        self.scene.event("armed")
        return self

    def __exit__(self, *_):
        self.leave()
        for client in self.sockets:
            client.close()
        self.scene.__exit__()

    # --- people

    def say(self, verb, **members):
        """A request whose answer nobody waits for."""
        client = socket.socket(socket.AF_UNIX)
        self.sockets.append(client)
        try:
            client.connect(str(self.scene.tmp / "ctl"))
            asked = {"version": 1, "verb": verb, "session": NAME, "timeout_ms": 5000} | members
            client.sendall(json.dumps(asked).encode() + b"\n")
        except OSError:
            pass  # no daemon just now
        if len(self.sockets) > 20:
            self.sockets.pop(0).close()
        return client

    def status(self):
        client = self.say("status")
        client.settimeout(5)
        try:
            with client.makefile("r") as answer:
                return json.loads(answer.readline())["sessions"][0]
        except (OSError, ValueError, KeyError):
            return {}

    def kd(self, number):
        """A signal for kd, if there is one."""
        pid = self.status().get("kd_pid") or 0
        if pid and is_alive(pid):
            os.kill(pid, number)
        return pid

    def join(self):
        self.leave()
        scene = self.scene
        self.mate = subprocess.Popen([scene.build / "bench" / "kd", "-remote", f"npipe:server=x,pipe={NAME}"],
                                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                                     env=os.environ | {"BENCH_PIPE_DIR": str(scene.tmp)})

    def leave(self):
        if self.mate:
            self.mate.kill()
            self.mate.wait()
            self.mate.stdin.close()
            self.mate = None

    def mate_types(self, line):
        if not self.mate or self.mate.poll() is not None:
            self.join()
        try:
            self.mate.stdin.write(line + "\n")
            self.mate.stdin.flush()
        except OSError:
            pass

    def mate_breaks(self):
        if not self.mate or self.mate.poll() is not None:
            self.join()
        self.mate.send_signal(signal.SIGINT)
        words = self.rng.choice([["g"], ["lm", "g"], ["bc *", "g"], ["bc 0", "g"], ["q"], []])
        self.undo.append((self.rng.randrange(1, 4), lambda: [self.mate_types(word) for word in words]))

    # --- the weather

    def kill_daemon(self):
        self.scene.kill_daemon()
        self.scene.start()

    def hang(self):
        pid = self.kd(signal.SIGSTOP)
        self.undo.append((self.rng.randrange(1, 8), lambda: is_alive(pid) and os.kill(pid, signal.SIGCONT)))

    def storm_of_hits(self):
        self.scene.target.command("rate 40")
        self.undo.append((1, lambda: self.scene.target.command("rate 3")))

    def no_reads(self):
        self.once.unlink(missing_ok=True)
        self.kd(signal.SIGKILL)

    def operator_breaks(self):
        self.say("break")
        self.undo.append((self.rng.randrange(1, 3), lambda: self.say("go")))

    def stop_and_start(self):
        self.say("stop")
        self.undo.append((self.rng.randrange(3, 9), lambda: self.say("start")))

    def target(self, spec):
        return lambda: self.scene.target.command(f"fault {spec()}" if callable(spec) else f"fault {spec}")

    def faults(self):
        """[(weight, name, what it does)]"""
        rng, t = self.rng, self.target
        return [
            (1, "reboot", t(lambda: f"reboot {rng.randrange(1, 4)}s")),
            (1, "powercut", t(lambda: f"powercut {rng.randrange(1, 4)}s")),
            (1, "bugcheck", t("bugcheck")), (2, "int3", t("int3")),
            (1, "kd killed", lambda: self.kd(signal.SIGKILL)), (1, "kd hangs", self.hang),
            (1, "kd stops reading", self.no_reads), (1, "daemon killed", self.kill_daemon),
            (3, "cable", t(lambda: f"mute {rng.randrange(1, 4)}s")), (8, "noise", t("garbage")),
            (15, "corrupt", t(lambda: f"corrupt {rng.randrange(1, 5)}")),
            (15, "lost frames", t(lambda: f"lose {rng.randrange(1, 5)}")),
            (8, "swallowed break", t("swallow 1")), (2, "flood", t("flood 20")),
            (15, "spoof", lambda: self.scene.target.command(f"print {rng.choice(SPOOFS)}")),
            (3, "storm", self.storm_of_hits), (5, "teammate joins", self.join),
            (3, "teammate breaks", self.mate_breaks), (5, "teammate types", lambda: self.mate_types("g")),
            (3, "operator breaks", self.operator_breaks), (3, "operator arms", lambda: self.say("arm")),
            (1, "operator disarms", lambda: self.say("disarm")), (1, "operator stops", self.stop_and_start),
            (3, "command", lambda: self.say("cmd", text=".echo x", **{"break": True})),
            (6, "status", self.status),
        ]

    def storm(self, seconds):
        """A fault a second of bench time; what a fault began ends some seconds later."""
        faults = self.faults()
        for _ in range(seconds):
            self.scene.target.let_pass(1000)
            _, name, strike = self.rng.choices(faults, [f[0] for f in faults])[0]
            self.names.append(name)
            self.scene.target.command(f"mark chaos {name}")
            strike()
            due = [what for left, what in self.undo if left <= 1]
            self.undo = [(left - 1, what) for left, what in self.undo if left > 1]
            for what in due:
                what()
            self.keep_wanted()

    def keep_wanted(self):
        """Somebody looks every few seconds: what was released or disarmed is started and armed again."""
        if self.rng.random() < 0.3:
            self.want_armed()

    def want_armed(self):
        status = self.status()
        if status.get("state") == "stopped":
            self.say("start")
        elif status.get("arm") in ("disarmed", "partial"):
            self.say("arm")
        return status

    def calm(self):
        """No more faults. Armed and running in the daemon's eyes and in truth; a mark when it is."""
        self.once.write_text("")
        for _, what in self.undo:
            what()
        self.undo = []
        self.leave()
        self.scene.target.command("rate 3")
        asked = time.monotonic()

        def well():
            nonlocal asked
            if self.status().get("arm") != "armed" and time.monotonic() - asked > 2.5 * SLOW:
                asked = time.monotonic()  # a break-in that was swallowed is not tried again by itself for minutes
                self.say("arm")
            status, truth = self.want_armed(), self.scene.target.state()
            return (status.get("state"), status.get("arm")) in (("running", "armed"), ("halted", "armed")) and \
                truth["running"] and truth["breakpoints"]
        until(well, "armed and running after the last fault")
        self.scene.target.command("mark chaos over")
        hits = self.scene.target.state()["hits"]
        until(lambda: self.scene.target.state()["hits"] >= hits + 3, "hits after the last fault")
        self.scene.target.command("rate 0")
        until(lambda: self.scene.target.state()["mode"] == "running", "the last hit is over")

    # --- afterwards

    def journal_stacks(self):
        """[(bench ms, wrong, functions)] of the stacks in the journal."""
        found, inside = [], False
        for record in self.scene.journal():
            if record.kind != "<":
                continue
            frame = FRAME.match(record.text)
            if "RetAddr" in record.text:
                found.append((*self.scene.moment(record), []))
                inside = True
            elif frame and inside:
                found[-1][2].append(frame[1].split("+")[0])
            else:
                inside = False
        return found

    def lost(self):
        """The hits of the truth whose stack is not in the journal."""
        stacks, lost, at = self.journal_stacks(), [], 0
        hits = self.scene.truth("hit")
        for hit, after in zip(hits, [*hits[1:], {"t": float("inf")}]):
            for i in range(at, len(stacks)):
                t, wrong, functions = stacks[i]
                if t - wrong > after["t"] + 500:
                    break
                if t + wrong + 500 >= hit["t"] and functions == hit["stack"]:
                    at = i + 1
                    break
            else:
                i = -1
            if i < 0 or at != i + 1:
                lost.append(hit)
        return lost, hits

    def gaps(self):
        """[(begin, end, reason)] of what the journal marks as missing, in bench ms."""
        found, before = [], None
        for record in self.scene.journal():
            if record.event.get("event") == "gap":
                end, wrong = self.scene.moment(record)
                begin = end - record.event.get("ms", 0) * SPEED
                if before and "died" in record.event["reason"]:  # since the last of the target in that life
                    begin = self.scene.moment(before)[0]
                found.append((begin - wrong, end + wrong, record.event["reason"]))
            if record.kind == "<" and "(npipe" not in record.text:
                before = record
        return found

    def longest_halt(self):
        """(ms, begin) of the target's longest halt; being off is none."""
        longest, begun = (0, 0), None
        self.scene.target.count("mark")
        for t in list(self.scene.target.log):
            if t["event"] == "halted" and begun is None:
                begun = t["t"]
            elif t["event"] in ("running", "powercut", "reboot", "boot") and begun is not None:
                longest, begun = max(longest, (t["t"] - begun, begun)), None
        return longest
