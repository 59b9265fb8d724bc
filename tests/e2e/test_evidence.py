"""Logs and journal: only added to, and what is missing is marked; trouble with files stops no session."""

import os
import signal
import subprocess

import pytest

from support.daemon import Daemon
from support.rig import Rig, until


def kill_kd(session, times):
    for n in range(1, times + 1):
        os.kill(session.kd_pid(), signal.SIGKILL)
        session.wait("alarm", what="kd ended")
        until(lambda n=n: session.status()["kd_starts"] == n + 1, "the next kd")
        session.wait("armed")


def test_logs_are_only_added_to(build, root, tmp):
    with Rig(build, root, tmp) as rig:
        s = rig.one
        s.wait("armed")
        base, log, journal = rig.fds(), s.log.read_bytes(), s.journal_path.read_bytes()
        kill_kd(s, 2)
        assert s.log.read_bytes().startswith(log)
        assert s.journal_path.read_bytes().startswith(journal)
        assert rig.fds() == base, "a file stays open for each kd that ended"


def test_an_old_log_is_moved_aside(build, root, tmp):
    with Rig(build, root, tmp, keys={"log_mode": "open"}, start=False) as rig:
        s = rig.one
        s.log.write_text("last week\n")
        rig.start()
        s.wait("armed")
        others = [p.read_text() for p in s.folder.iterdir() if p.name.startswith("debug") and p != s.log]
        assert others == ["last week\n"]
        assert "last week" not in s.log.read_text()


def test_too_much_output_is_a_gap(build, root, tmp):
    with Rig(build, root, tmp, keys={"journal_rate": "4K"}) as rig:
        s = rig.one
        s.wait("armed")
        for n in range(200):
            s.target.command(f"print a driver that talks a lot, line {n:3} of 200, as long as a DbgPrint can well be")
        assert s.wait("gap", reason="more than journal_rate")["bytes"] > 0
        s.verb("break")
        s.verb("go")
        assert rig.stop() == 0
        end = s.target.stop()
        assert end["running"] and end["breakpoints"] == []


def test_a_missing_kd_is_waited_for(build, root, tmp):
    with Rig(build, root, tmp, keys={"kd": tmp / "nosuch"}) as rig:
        s = rig.one
        assert "nosuch" in s.wait("alarm", what="kd not started")["why"]
        assert rig.stop() == 0


def test_a_state_dir_that_cannot_be_made(build, root, tmp):
    (tmp / "file").write_text("")
    with Rig(build, root, tmp, daemon={"state_dir": tmp / "file" / "state"}, start=False) as rig:
        with Daemon(build, tmp, rig.text(), wait=False) as daemon:
            assert daemon.process.wait(20) == 1
            daemon.reader.join(20)
            assert "state" in daemon.lines[0]


@pytest.fixture
def small_disk(tmp):
    place = tmp / "disk"
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=True)
    yield place
    subprocess.run(["umount", "-l", place], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk_does_not_stop_the_session(build, root, tmp, small_disk):
    with Rig(build, root, tmp, daemon={"state_dir": small_disk}) as rig:
        s = rig.one
        rig.daemon.wait_status(s.name, arm="armed")
        filler = small_disk / "filler"
        with open(filler, "wb", buffering=0) as f, pytest.raises(OSError):
            while True:
                f.write(b"x" * 1024)
        s.verb("break")
        s.verb("go")
        s.wait_table(filled=True)
        filler.unlink()
        s.verb("break")
        s.verb("go")
        journal = small_disk / f"{s.name}.journal"
        until(lambda: journal.read_text().count('"cause":"an operator asked"') == 2, "both breaks in the journal")
        assert rig.stop() == 0
