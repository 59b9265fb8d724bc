"""Every complaint names the session, file or word that it is about, and says what to do next.

One test asks the program, with and without a daemon; one reads the sources, so that a message that no
test provokes is seen too.
"""
import os
import re
import subprocess

import pytest

from support.rig import Rig

PROFILE = ("[daemon]\nstate_dir=state\ncontrol={0}/ctl\n[session web1]\nport=COM1\nport_device={0}/absent\nbaud_rate=19200\n"
           "log_file=a.log\n")
SESSION_VERBS = ("start", "stop", "break", "go", "arm", "disarm", "attach")
# Verb and words; the last is what must be named.
WRONG = [
    *[(verb, "web1") for verb in (*SESSION_VERBS, "status")],
    ("hold", "web1", "5"), ("hold", "web1"), ("cmd", "web1"), ("stop", "--all", "web1"),
    ("plan", "nobody"), ("check", "nobody"), ("doctor", "nobody"), ("run", "nobody"),
    ("plan", "-c", "bad.ini"), ("check", "-c", "bad.ini"), ("run", "-c", "bad.ini"), ("status", "-c", "bad.ini"),
    ("check", "-c", "absent.ini"), ("run", "-c", "absent.ini"), ("doctor", "-c", "absent.ini"),
    ("plan", "--rate", "5/h"), ("plan", "--journal", "absent.journal"), ("doctor", "--listen", "5"),
    ("check", "--set", "web1.prot=1"), ("check", "--set", "nobody.port=COM1"), ("check", "--set", "web1.baud_rate=1"),
    ("report", "absent.log"), ("parse", "absent.log"), ("import", "absent.bat"), ("report", "folder"), ("parse", "folder"),
    ("import", "folder"), ("import", "empty"), ("import", "-o", "empty", "good.bat"),
    ("report", "empty", "--top", "x"), ("report", "empty", "--by", "x"), ("report", "empty", "--since", "x"),
    ("report", "empty", "--match", "("), ("report", "empty", "--pass-through", "@absent.txt"), ("pooltag", "toolong"),
    ("pooltag", "0xzz"), ("ports", "word"), ("bogus",), ("help", "word"), ("version", "word"),
]
# Messages that are about no session and no file: literals, as they stand in the source.
ALONE = {"no profile found; looked for", "more than %d --set", "the system's serial ports cannot be listed; `doctor` asks for one",
         "no memory for the text", "_break is for the daemon only", "there is no _launch on Windows", "there is no _break here",
         "no place for the control socket: %s; name one: `control` of [daemon]",
         "no place for a control socket: %s; use --control", "cannot write the events to stdout: %s; give them another place",
         "name one with -c FILE, or make one: livedebug check --sample > ",
         "% hits have no time and were left out; only a journal has times",
         "--follow: one log is wanted, a file, without --explain",
         "cannot write the report to standard output: %s; what is there of it is not whole",
         "_launch is for the daemon only", "the server's options are too long"}


def named(words):
    return "empty" if "-o" in words else words[-1].split("=")[0] if "--set" in words else words[-1]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_what_it_is_about(build, tmp, words):
    (tmp / "debug.ini").write_text(PROFILE.format(tmp))
    (tmp / "bad.ini").write_text("[session web1]\nprot=1\n")
    (tmp / "empty").write_text("")
    (tmp / "good.bat").write_text("kd -k com:port=COM1,baud=19200 -loga a.log\n")
    (tmp / "folder").mkdir()
    done = subprocess.run([build / "livedebug", *words], cwd=tmp, capture_output=True, text=True, timeout=20, check=False,
                          stdin=subprocess.DEVNULL, env=os.environ | {"XDG_CONFIG_HOME": str(tmp / "none")})
    assert done.returncode != 0
    assert named(words) in done.stderr, done.stderr


@pytest.fixture(scope="module", name="rig")
def make_rig(build, root, tmp_path_factory):
    with Rig(build, root, tmp_path_factory.mktemp("messages"), names=("web1",)) as rig:
        rig.one.wait_armed()
        yield rig


def refused(rig, verb, *words):
    done = subprocess.run([*rig.daemon.program, verb, "-c", str(rig.daemon.path), *words], capture_output=True, text=True,
                          timeout=20, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode in (3, 4, 5), done
    return done.stderr


@pytest.mark.parametrize("verb", [*SESSION_VERBS, "release", "status", "events"])
def test_a_session_that_is_not_there(rig, verb):
    told = refused(rig, verb, "nobody")
    assert "no session 'nobody'; `livedebug status` lists them" in told


def test_a_verb_that_is_not_for_now_tells_the_one_that_is(rig):
    assert "web1: not possible now, it is running, armed; nothing to do" in refused(rig, "go", "web1")
    assert "`livedebug break web1` halts it first" in refused(rig, "hold", "web1", "1m")
    assert "`livedebug break web1` halts it first, or use --break" in refused(rig, "cmd", "web1", "lm")
    rig.one.verb("break")
    assert "it is halted already: `livedebug hold web1` keeps it so for longer" in refused(rig, "break", "web1")
    assert "web1: not typed: " in refused(rig, "cmd", "web1", "q")
    rig.one.verb("go")
    rig.one.verb("stop")
    for verb in ("break", "go", "arm", "disarm"):
        assert re.search(r"web1: .* stopped.*; `livedebug start web1` brings it up", refused(rig, verb, "web1"))
    rig.one.verb("start")
    rig.daemon.wait_status("web1", state="running")


def complaints(text):
    """(literal, arguments) of each fprintf(stderr, ...), pieces of the literal joined."""
    for call in re.finditer(r'fprintf\(stderr,\s*((?:"(?:[^"\\]|\\.)*"\s*(?:PRI\w+\s*)?(?:FILE_NAME\s*)?)+)([^;]*);', text):
        yield "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', call[1])), call[2]


def has_room(text, arguments):
    """A word of its own beside the verb's name and the system's reason."""
    text = re.sub(r"^(\\n)?livedebug( [a-z]+| %s)?: |\\n$", "", text)
    words = len(re.findall(r"%(?:[.]\*|[.]\d+)?s", text)) - len(re.findall(r"strerror\(", arguments))
    return words > 0 or text in ALONE or not text.strip() or text.endswith(" --help tells more") or text.startswith(
        ": ")  # the rest of a line that a name begins


def test_each_message_in_the_source_has_room_for_a_name(root):
    found = [(path.name, *call) for path in sorted((root / "daemon").rglob("*.c")) for call in complaints(path.read_text())]
    assert len(found) > 60
    assert not [call for call in found if not has_room(*call[1:])]
    assert not has_room("livedebug %s: cannot read: %s\\n", ", verb, strerror(errno))")
