"""The control protocol on random walks: any request in any state gets its one answer, and the daemon lives."""

import json
import random
import socket

import pytest

from support.rig import LIMIT, SLOW, Rig, slow, until

VERBS = ["status", "events", "start", "stop", "break", "go", "arm", "disarm", "hold", "release", "cmd", "attach", "reload"]
NAMES = ["livedebug", "LIVEDEBUG", "nobody", "", "x" * 40, None, 7, "\u00e9\0"]
TEXTS = [".echo a", "lm", "bl", "g", "q", ":force q", "lm\u0002", "", None, 5, "x" * 5000, "\0"]
OFTEN = [*VERBS, *(["start", "arm", "break", "go"] * 3)]  # else it is stopped most of the time
WALKS, STEPS = 3, 200
CODES = set(range(9))


def request(rng):
    """One line; a good request in half of them, else one with members changed, or bytes of any kind."""
    asked = {"version": 1, "verb": rng.choice(OFTEN), "session": "livedebug", "timeout_ms": rng.choice([1, 20, 200])}
    if asked["verb"] == "cmd":
        asked |= {"text": rng.choice(TEXTS[:3]), "break": rng.random() < 0.5}
    elif asked["verb"] == "hold":
        asked["for_ms"] = rng.choice([1, 100, 1000])
    elif asked["verb"] == "attach":
        asked |= {"write": rng.random() < 0.5, "force": rng.random() < 0.5}
    kind = rng.random()
    if kind < 0.3:
        for _ in range(rng.randrange(1, 4)):
            name, values = rng.choice([
                ("session", NAMES), ("text", TEXTS), ("verb", [*VERBS, "sing", "", None, 3]),
                ("version", [1, 0, 2, "1", None, 1.0, 2**70]), ("timeout_ms", [-1, "5", 1.5, 2**63, 2**62, None]),
                ("for_ms", [0, -1, 2**62, "x", None]), ("all", [True, False, 1]), ("write", [True, 1]),
                ("break", [True, None, "yes"]), ("none_such", [[], {}, None])])
            asked[name] = rng.choice(values)
    line = json.dumps(asked).encode()
    if kind > 0.85:
        at = rng.randrange(len(line))
        line = rng.choice([line[:at], line[:at] + rng.randbytes(3) + line[at:], rng.randbytes(50), b"[" * 3000, b"[]"])
    return line.replace(b"\n", b" ") + b"\n"


class Client:
    """A connection; ask() is one line in, and its one answer out."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT)
        self.socket.connect(str(path))
        self.answers = self.socket.makefile("rb")

    def ask(self, line):
        self.socket.sendall(line)
        while True:
            answer = self.answers.readline()
            assert answer, line
            found = json.loads(answer)
            if "code" in found:
                break
            assert found.keys() & {"output", "console", "event", "skipped"}, found
        assert found["version"] == 1 and found["code"] in CODES, found
        assert found["ok"] == (found["code"] == 0) and bool(found.get("error")) != found["ok"], found
        assert "sessions" not in found or found["sessions"], found
        return found

    def close(self):
        self.answers.close()
        self.socket.close()


def disturb(rng, rig):
    """Something that changes the state and is nobody's request."""
    rig.target.command(rng.choice(["fault reboot 1s", "hits 2", "fault powercut 1s", "hits 1", "print hello"]))


@pytest.fixture
def rig(build, root, tmp, seed):
    keys = {"halt_max": slow("500ms")}
    with Rig(build, root, tmp, "--seed", seed, keys=keys) as rig:
        rig.one.wait("armed")
        yield rig


def walk(rig, rng, codes, states):
    """STEPS requests over three connections, some of which are closed on the way; all are answered."""
    clients = [Client(rig.folder / "ctl") for _ in range(3)]
    for _ in range(STEPS):
        i = rng.randrange(len(clients))
        if rng.random() < 0.1:
            clients[i].close()
            clients[i] = Client(rig.folder / "ctl")
        if rng.random() < 0.1:
            disturb(rng, rig)
        line = request(rng)
        try:
            found = clients[i].ask(line)
        except OSError as error:
            raise AssertionError(f"{line}: {error}; {rig.daemon.lines[-3:]}") from error
        codes.add(found["code"])
        states |= {s["state"] for s in found.get("sessions", [])}
    for client in clients:
        client.close()


@pytest.mark.timeout(int(120 * SLOW))
def test_any_request_in_any_state_gets_a_reply(rig, seed):
    rng = random.Random(seed)
    codes, states = set(), set()
    for _ in range(WALKS):
        walk(rig, rng, codes, states)
        rig.daemon.ask("release", rig.one.name)  # from wherever it is, the target is free in the end
        until(lambda: rig.target.state()["running"], "the target runs")
    assert {0, 2, 4} <= codes and len(states) >= 5, (codes, states)
    assert rig.daemon.process.poll() is None


def test_clients_that_leave_before_their_answer(rig, tmp):
    """Each write to one of them fails; as SIGPIPE it would end the daemon and leave the target alone."""
    rig.daemon.wait_status(rig.one.name, state="running")
    for _ in range(40):  # fewer than clients_max
        client = Client(tmp / "ctl")
        client.socket.sendall(b'{"version":1,"verb":"status"}\n' * 20)
        client.close()
    rig.daemon.wait_status(rig.one.name, state="running")
    assert rig.stop() == 0
