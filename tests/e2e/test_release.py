"""`livedebug release`: a target that somebody left frozen runs again, with a daemon and without one."""

import os
import subprocess

import pytest

from support.platform import PLATFORM
from support.rig import Rig, slow, until


@pytest.fixture
def rig(build, root, tmp):
    with Rig(build, root, tmp, keys={"arm_at": "manual"}, start=False) as rig:
        yield rig


def freeze(rig):
    """A breakpoint is set, the target stands in it or at a late break, and the kd that did it is gone."""
    s = rig.one
    keys = rig.profile["session livedebug"]
    env = {key[4:]: str(value) for key, value in keys.items() if key.startswith("env.")}
    with subprocess.Popen([*PLATFORM.kd(rig.build), "-k", f"com:port={keys['port']},baud=19200", "-bonc"], text=True,
                          bufsize=1, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env=os.environ | env) as kd:
        try:
            kd.stdin.write("bp nt!MmAllocateSpecialPool\ng\n")
            s.target.wait("bp_set")
            s.target.wait("running")
            s.target.command("hits 1")
            until(lambda: not s.target.state()["running"], "the halt")
        finally:
            kd.kill()
    state = s.target.state()
    assert state["mode"] == "halted", state


def release(rig, code):
    (rig.folder / "debug.ini").write_text(rig.text())
    done = subprocess.run([*PLATFORM.livedebug(rig.build), "release", "-c", PLATFORM.value(rig.folder / "debug.ini"),
                           "livedebug"], timeout=50, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, cwd=rig.folder, env=os.environ | PLATFORM.preload(rig.build))
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return done.stderr


def is_free(rig):
    state = rig.target.state()
    assert state["running"] and state["breakpoints"] == [], state


def test_without_a_daemon(rig):
    freeze(rig)
    said = release(rig, 0)
    assert "no daemon at" in said and said.splitlines()[-1] == "livedebug: released"
    is_free(rig)
    assert "bc *" in [text.removesuffix("\\n") for kind, text in rig.one.records() if kind == ">"]


def test_with_a_daemon_whose_session_is_stopped(rig):
    rig.start()
    rig.one.verb("stop")
    freeze(rig)
    assert rig.one.verb("release") == "livedebug: released\n"
    is_free(rig)
    assert rig.one.status()["state"] == "stopped"


def test_target_that_is_not_there(rig):
    """Nothing answers: that is unknown, and no guess."""
    rig.profile["session livedebug"] |= {"stop_max": slow("3s"), "break_timeout": slow("500ms")}
    rig.target.command("fault deaf")
    rig.target.command("fault mute 9h")
    said = release(rig, 5)
    assert said.splitlines()[-1].startswith("livedebug: unknown: ")


def test_unknown_session_and_profile(rig):
    (rig.folder / "debug.ini").write_text(rig.text())
    for words, code in ((["livedebug2"], 3), ([], 2)):
        done = subprocess.run([*PLATFORM.livedebug(rig.build), "release", "-c",
                               PLATFORM.value(rig.folder / "debug.ini"), *words], timeout=20,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        assert done.returncode == code, done
