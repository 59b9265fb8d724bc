"""The server's password: kd gets it, teammates need it, and nobody else sees it."""

import os
import pathlib
import subprocess

import pytest

from support.rig import Rig
from support.view import View

SECRET = "Sesame7"


def secret_file(folder, text=SECRET + "\n", mode=0o600):
    path = folder / "secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def command_lines():
    """{pid: command line} of all processes that may be seen."""
    found = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            found[int(entry.name)] = (entry / "cmdline").read_bytes()
        except OSError:
            continue
    return found


def join(rig, *more):
    return subprocess.Popen([rig.build / "bench" / "kd", "-remote", ",".join(["npipe:server=x,pipe=livedebug", *more])],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            env=os.environ | {"BENCH_PIPE_DIR": str(rig.one.folder)})


def written(folder):
    """All that was written below a folder, the secret's own file left out."""
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.name != "secret"}


def test_a_password_reaches_kd_and_nothing_else(build, root, tmp):
    keys = {"password_file": secret_file(tmp), "server_options": "hidden"}
    with Rig(build, root, tmp, keys=keys) as rig, View(rig) as view:
        rig.one.wait_armed()
        holders = [pid for pid, words in command_lines().items() if SECRET.encode() in words]
        assert holders == [rig.one.kd_pid()]
        environ = pathlib.Path(f"/proc/{rig.one.kd_pid()}/environ").read_bytes()
        assert SECRET.encode() not in environ
        assert rig.one.status()["remote"].endswith(",pipe=livedebug,password=*")
        stranger = join(rig)
        assert "Error 0x80004005" in stranger.communicate("", timeout=20)[0]
        assert rig.one.count("client_connected") == 0
        mate = join(rig, f"password={SECRET}")
        rig.one.wait("client_connected")
        mate.communicate("\x02\n", timeout=20)  # CTRL+B leaves
        shown = rig.one.verb("cmd", "--break", ".echo npipe:pipe=two,password=Other9")
        view.saw("password=******")
        rig.daemon.stop()
        told = "\n".join(rig.daemon.lines) + shown + view.out + view.err
    assert SECRET not in told and "Other9" not in told
    for path, text in written(tmp).items():
        assert SECRET.encode() not in text, path
        assert b"Other9" not in text or path == rig.one.log, path  # kd's own log is kd's


@pytest.mark.parametrize("text, mode, why", [
    ("x\n", 0o644, "others may read it; chmod 600 it"), ("", 0o600, "1 to 12 letters and digits"),
    ("thirteen-long\n", 0o600, "1 to 12 letters and digits"), ("abcdefghijklm\n", 0o600, "1 to 12 letters and digits")])
def test_a_password_that_will_not_do_is_told_and_waited_for(build, root, tmp, text, mode, why):
    path = secret_file(tmp, text, mode)
    with Rig(build, root, tmp, keys={"password_file": path}) as rig:
        event = rig.one.wait("state", to="backoff")
        assert why in event["why"] and str(path) in event["why"]
        secret_file(tmp)
        rig.one.wait_armed()


def test_a_password_in_the_profile_is_refused_unseen(build, tmp):
    base = "[session a]\nport=COM1\nbaud_rate=19200\nlog_file=a.log\n"
    for line in (f"server=npipe:pipe=a,password={SECRET}", f"server=npipe:pipe=a\nserver_options=Password={SECRET}",
                 f"kd_args=-x password={SECRET}", "password_file=secret"):
        (tmp / "x.ini").write_text(base + line + "\n")
        done = subprocess.run([build / "livedebug", "check", "--dump", "-c", "x.ini"], cwd=tmp, capture_output=True,
                              text=True, timeout=20, check=False)
        assert done.returncode == 2 and SECRET not in done.stdout + done.stderr
        assert "password_file" in done.stderr
    done = subprocess.run([build / "livedebug", "check", "-c", "x.ini", "--set", f"a.baud_rate=password={SECRET}"], cwd=tmp,
                          capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2 and SECRET not in done.stderr
