"""Another user on the machine: cannot look, write or impersonate, unless the profile says so. As root only."""

import json
import os
import pwd
import subprocess

import pytest

from support.daemon import Daemon, profile
from support.rig import until

OTHER = pwd.getpwnam("nobody")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="another user can be played by root only")


def as_other(*words):
    return subprocess.run(words, user=OTHER.pw_uid, group=OTHER.pw_gid, extra_groups=[], capture_output=True,
                          text=True, timeout=30, check=False)


def sessions(tmp):
    return {"web1": {"port": "COM1", "port_device": tmp / "none", "baud_rate": 19200, "log_file": tmp / "kd.log"}}


@pytest.fixture
def start(build, tmp):
    tmp.chmod(0o711)
    program = tmp / "livedebug"  # the build may stand where others cannot go
    program.write_bytes((build / "livedebug").read_bytes())
    program.chmod(0o755)
    started = []

    def go(**keys):
        d = Daemon(build, tmp, profile(tmp, sessions(tmp), daemon=keys))
        started.append(d)
        d.as_other = lambda *words: as_other(str(program), words[0], "--control", str(tmp / "ctl"), *words[1:])
        return d

    yield go
    for d in started:
        d.__exit__()


def test_nobody_else_by_default(start, tmp):
    d = start()
    assert (tmp / "ctl").stat().st_mode & 0o777 == 0o600
    for words in (("status",), ("break", "web1"), ("events",), ("attach", "web1")):
        done = d.as_other(*words)
        assert done.returncode == 6 and "ctl" in done.stderr, done
    (tmp / "ctl").chmod(0o666)  # even then
    done = d.as_other("status")
    assert done.returncode == 6 and "web1" not in done.stdout, done
    assert any("refused" in e and "nobody" in e for e in d.verb("events").splitlines())
    assert json.loads(d.verb("status", "--json"))[0]["name"] == "web1"


def test_view_may_look_not_touch(start):
    d = start(view="daemon, nobody")
    assert "web1" in d.as_other("status").stdout
    for words in (("break", "web1"), ("stop", "--all"), ("cmd", "web1", "lm"), ("attach", "--write", "web1")):
        done = d.as_other(*words)
        assert done.returncode == 6 and "write" in done.stderr, done
    assert d.status("web1")["state"] == "port"


def test_write_by_group(start):
    group = subprocess.run(["id", "-gn", "nobody"], capture_output=True, text=True, check=True).stdout.strip()
    d = start(write=f"@{group}")
    socket = (d.folder / "ctl").stat()
    assert socket.st_mode & 0o777 == 0o660 and socket.st_gid == OTHER.pw_gid  # nobody else gets as far as a question
    assert d.as_other("stop", "web1").returncode == 0
    d.wait_status("web1", state="stopped")
    assert d.as_other("disarm", "web1").returncode == 4


def test_group_of_others_may_not(start):
    d = start(write="@root, root", view="@daemon")
    assert d.as_other("status").returncode == 6


def test_an_impostor_is_not_asked(build, tmp):
    tmp.chmod(0o1777)
    path = tmp / "ctl"
    script = ("import os,socket,sys; s=socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); "
              "os.chmod(sys.argv[1],0o777); c=s.accept()[0]; sys.exit(len(c.recv(100)))")
    with subprocess.Popen(["/usr/bin/python3", "-c", script, str(path)], user=OTHER.pw_uid,
                          group=OTHER.pw_gid) as impostor:
        until(path.exists, "the impostor's socket")
        until(lambda: path.stat().st_mode & 0o777 == 0o777, "its rights")
        done = subprocess.run([str(build / "livedebug"), "status", "--control", str(path)], capture_output=True,
                              text=True, timeout=30, check=False)
        assert done.returncode == 6 and "not asked" in done.stderr, done
        assert impostor.wait(20) == 0  # it got nothing


@pytest.mark.parametrize("mode, owner", [(0o666, 0), (0o664, 0), (0o644, OTHER.pw_uid)])
def test_profile_of_others_is_refused(build, tmp, mode, owner):
    path = tmp / "debug.ini"
    path.write_text(profile(tmp, sessions(tmp)))
    path.chmod(mode)
    os.chown(path, owner, -1)
    done = subprocess.run([str(build / "livedebug"), "run", "-c", str(path)], capture_output=True, text=True,
                          timeout=30, check=False)
    assert done.returncode == 2 and str(path) in done.stderr and "chmod" in done.stderr, done
    assert not (tmp / "ctl").exists()
