"""livedebug doctor: each cause of waiting, made and found; and that nothing is ever sent."""
import fcntl
import json
import os
import pty
import select
import socket
import subprocess
import threading
import tty

import pytest

from support.daemon import Daemon, profile
from support.target import Target


class Bed:
    """A profile with one session whose port is a pty; `line` is the target's end of it."""

    def __init__(self, build, tmp):
        self.build, self.tmp = build, tmp
        self.line, self.far = pty.openpty()
        tty.setraw(self.line)
        self.keys = {"port": "COM1", "port_device": os.ttyname(self.far), "baud_rate": 115200,
                     "log_file": tmp / "debug.log", "kd": build / "bench" / "kd", "symbol_path": tmp}

    def text(self):
        return profile(self.tmp, {"a": self.keys})

    def start(self, *args):
        (self.tmp / "d.ini").write_text(self.text())
        env = os.environ | {"LD_PRELOAD": str(self.build / "bench" / "ptyshim.so")}
        return subprocess.Popen([self.build / "livedebug", "doctor", "-c", "d.ini", "--json", *args], cwd=self.tmp,
                                env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def examine(self, *args, code=None):
        """{check: [finding]}; `code` as expected."""
        process = self.start(*args)
        out, err = process.communicate(timeout=40)
        assert code in (None, process.returncode), (out, err)
        found = {}
        for finding in json.loads(out)[0]["findings"]:
            found.setdefault(finding["check"], []).append(finding)
        return found

    def hear(self, say):
        """Listen while `say(fd)` speaks on the line; the line's finding."""
        stop = threading.Event()

        def speak():
            while not stop.wait(0.05):
                say(self.line)
        speaker = threading.Thread(target=speak)
        speaker.start()
        try:
            return self.examine("--listen", "1s")["line"][0]
        finally:
            stop.set()
            speaker.join()


@pytest.fixture
def bed(build, tmp):
    found = Bed(build, tmp)
    yield found
    os.close(found.line)
    os.close(found.far)


def test_all_is_well(bed):
    found = bed.examine(code=0)
    assert found["port"][0]["verdict"] == "ok"
    assert found["rate"][0]["verdict"] == "ok"
    assert found["kd"][0]["evidence"].endswith("kd version 10.0.19041.685")
    assert found["log"][0]["verdict"] == "ok" and "MiB free" in found["log"][0]["evidence"]
    assert found["daemon"][0]["verdict"] == "warning" and "no daemon answers" in found["daemon"][0]["evidence"]
    assert found["line"][0]["verdict"] == "unknown" and "--listen" in found["line"][0]["next"]


def test_for_people(bed):
    process = bed.start()
    process.communicate()
    env = os.environ | {"LD_PRELOAD": str(bed.build / "bench" / "ptyshim.so")}
    out = subprocess.run([bed.build / "livedebug", "doctor", "-c", "d.ini", "a"], cwd=bed.tmp, env=env,
                         capture_output=True, text=True, check=True).stdout
    assert out.startswith("a (COM1, 115200 baud)\n  warn  daemon")
    for line in ("bcdedit /dbgsettings", "baudrate:115200", "/debug /debugport=com1 /baudrate=115200"):
        assert line in out


def test_the_port_is_absent(bed):
    bed.keys["port_device"] = "/dev/nothing-there"
    port = bed.examine(code=1)["port"][0]
    assert "/dev/nothing-there: No such file" in port["evidence"] and "livedebug ports" in port["next"]


def test_the_port_is_anothers(bed):
    fcntl.flock(bed.far, fcntl.LOCK_EX | fcntl.LOCK_NB)
    found = bed.examine("--listen", "1s", code=1)
    assert f"(process {os.getpid()})" in found["port"][0]["evidence"]
    assert found["line"][0]["evidence"] == "not listened to: the port is not free"


@pytest.mark.parametrize("what, word", [("absent", "no such file"), ("file", "-version")])
def test_kd_is_not_there_or_no_program(bed, what, word):
    bed.keys["kd"] = bed.tmp / what
    (bed.tmp / "file").write_text("no program\n")
    kd = bed.examine(code=1)["kd"][0]
    assert kd["verdict"] == "failed" and (word in kd["evidence"] or "denied" in kd["evidence"])


def test_the_logs_folder(bed):
    bed.keys["log_file"] = bed.tmp / "none" / "debug.log"
    log = bed.examine(code=1)["log"][0]
    assert str(bed.tmp / "none") in log["evidence"] and log["next"]


def test_symbols_folders_and_servers(bed):
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"http://127.0.0.1:{server.getsockname()[1]}/symbols"
        with socket.create_server(("127.0.0.1", 0)) as gone:
            away = f"http://127.0.0.1:{gone.getsockname()[1]}/symbols"
        bed.keys["symbol_path"] = f"SRV*{bed.tmp}/none*{there};cache*{bed.tmp};srv*{away}"
        found = [(f["verdict"], f["evidence"]) for f in bed.examine(code=0)["symbols"]]
    assert [verdict for verdict, _ in found] == ["warning", "ok", "ok", "warning"]
    assert found[1][1].startswith(there) and found[3][1].startswith(away)


def test_no_symbol_path(bed):
    del bed.keys["symbol_path"]
    assert "not set" in bed.examine()["symbols"][0]["evidence"]


def test_a_rate_that_is_not_the_targets_default(bed):
    bed.keys["baud_rate"] = 19200
    assert "baudrate 19200" in bed.examine()["rate"][0]["next"]


def test_silence_and_that_nothing_is_sent(bed):
    line = bed.examine("--listen", "300ms")["line"][0]
    assert line["verdict"] == "unknown" and "heard 0 bytes" in line["evidence"] and "reboot" in line["next"]
    assert select.select([bed.line], [], [], 0)[0] == []


def test_text(bed):
    line = bed.hear(lambda fd: os.write(fd, b"\r\nDebian GNU/Linux rack ttyS1\r\nrack login: "))
    assert line["verdict"] == "failed" and ": text" in line["evidence"]
    assert select.select([bed.line], [], [], 0)[0] == []


def test_a_wrong_rate(bed):
    line = bed.hear(lambda fd: os.write(fd, bytes.fromhex("00e0e000e0e000000000fc00fc")))
    assert line["verdict"] == "failed" and "baud_rate" in line["next"]


def test_a_target_that_boots(bed, build, tmp):
    with Target(build, tmp, "--baud", 115200) as target:
        bed.keys["port_device"] = target.link
        process = bed.start("--listen", "20s")
        while process.poll() is None:
            target.command("fault powercut")
            target.wait("boot")
        found = json.loads(process.communicate()[0])[0]["findings"]
    line = [f for f in found if f["check"] == "line"][0]
    assert line["verdict"] == "ok" and "cable and rate are right" in line["evidence"]


def test_a_target_that_is_halted(bed, build, tmp):
    """A breakpoint's stop that nobody continues is told again and again."""
    stop = bytes.fromhex("30303030 0700 0400 00088080 60000000 30300000 aa")
    line = bed.hear(lambda fd: os.write(fd, stop))
    assert line["verdict"] == "failed" and "TARGET IS HALTED" in line["evidence"]
    assert line["next"] == "livedebug release a"


def test_what_the_daemon_says(bed, build, tmp):
    bed.keys["port_device"] = tmp / "absent"
    with Daemon(build, tmp, bed.text()):
        found = bed.examine(code=1)
    assert "the session is port" in found["daemon"][0]["evidence"]


@pytest.mark.parametrize("args, code, word", [(("b",), 3, "no session 'b' in d.ini"), (("a", "b"), 2, "not also 'b'"),
                                              (("--listen", "5"), 2, "--listen 5: a duration"),
                                              (("--foo",), 2, "--help")])
def test_usage(bed, args, code, word):
    process = bed.start(*args)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code and word in err
