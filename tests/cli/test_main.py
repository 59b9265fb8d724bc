"""The program's own name, help and version, before any verb."""

import subprocess

import pytest


def run(build, *words):
    return subprocess.run([build / "livedebug", *words], capture_output=True, text=True, check=False, timeout=10)


@pytest.mark.parametrize("words", [["help"], ["--help"], ["-h"], ["help", "--help"]])
def test_help_lists_the_verbs(build, words):
    done = run(build, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert "usage: livedebug" in done.stdout and "  report " in done.stdout


@pytest.mark.parametrize("words", [["version"], ["--version"]])
def test_version(build, words):
    done = run(build, *words)
    assert done.returncode == 0 and done.stdout.startswith("livedebug ")


@pytest.mark.parametrize("words", [["version", "x"], ["help", "x"], ["no-such-verb"], []])
def test_words_that_mean_nothing_are_a_usage_error(build, words):
    done = run(build, *words)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr != ""


@pytest.mark.parametrize("verb", ["selftest"])
def test_verbs_to_come_say_so(build, verb):
    done = run(build, verb, "web1")
    assert (done.returncode, done.stdout) == (2, "")
    assert verb in done.stderr and "not yet" in done.stderr
