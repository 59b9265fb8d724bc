"""Completion for bash, asked as bash asks it."""
import os
import subprocess

import pytest

PROFILE = "[session web1]\nport=COM1\nbaud_rate=19200\nlog_file=a\n[session web2]\nport=COM2\nbaud_rate=19200\nlog_file=b\n"


@pytest.fixture(name="complete")
def make_complete(build, root, tmp):
    (tmp / "debug.ini").write_text(PROFILE)
    (tmp / "other.ini").write_text("[session far]\nport=COM1\nbaud_rate=19200\nlog_file=a\n")

    def call(*words):
        """What is offered for the last word."""
        script = ('. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  '_livedebug "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "-c", script, "bash", root / "scripts/completion/livedebug.bash",
                               build / "livedebug", *words], cwd=tmp, capture_output=True, text=True, check=True,
                              timeout=20, env=os.environ | {"XDG_CONFIG_HOME": str(tmp)})
        assert done.stderr == ""
        return done.stdout.split()
    return call


def test_verbs(complete):
    assert {"run", "status", "report"} <= set(complete(""))
    assert complete("sta") == ["status", "start"]
    assert "_launch" not in complete("")


def test_options_are_those_of_the_verb(complete):
    assert complete("check", "--sa") == ["--sample"]
    assert complete("stop", "--al") == ["--all"]
    assert not complete("ports", "--al")


def test_sessions_of_the_profile_that_is_named(complete):
    assert complete("break", "") == ["web1", "web2"]
    assert complete("hold", "web2") == ["web2"]
    assert complete("break", "-c", "other.ini", "") == ["far"]
    assert complete("break", "-c", "absent.ini", "") == []


def test_words_and_files(complete, build, tmp):
    assert complete("report", "--format", "s") == ["speedscope"]
    for word in complete("report", "--by", ""):
        done = subprocess.run([build / "livedebug", "report", "--by", word, "-"], input="", text=True, capture_output=True,
                              check=False, timeout=20)
        assert done.returncode == 0, word
    assert complete("report", "oth") == ["other.ini"]
    assert complete("check", "-c", "oth") == ["other.ini"]
    (tmp / "two words.log").write_text("")
    assert " ".join(complete("parse", "two")) == "two words.log"
