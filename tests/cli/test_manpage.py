"""scripts/manpage: pages that groff takes without a word, with every verb, option and key."""
import re
import subprocess

import pytest


def call(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, check=True, timeout=60)


@pytest.fixture(scope="module", name="pages")
def make_pages(build, root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("man")
    call(root / "scripts/manpage", build / "livedebug", folder)
    shown = {}
    for page in folder.iterdir():
        done = call("groff", "-man", "-Tascii", "-ww", "-P-c", "-P-b", "-P-u", "-rLL=200n", page)
        assert done.stderr == "", page
        shown[page.name] = done.stdout
    return shown


def test_every_verb_and_option_is_there(pages, build):
    page = pages["livedebug.1"]
    verbs = re.findall(r"^  (\w+) ", call(build / "livedebug", "help").stdout, re.M)
    assert len(verbs) > 15
    for verb in set(verbs) - {"help", "version"}:
        assert f"livedebug {verb}" in page
        options = re.findall(r"--[a-z-]+", call(build / "livedebug", verb, "--help").stdout)
        assert not set(options) - set(re.findall(r"--[a-z-]+", page)), verb


def test_every_key_is_there_with_its_default(pages, build):
    page = " ".join(pages["livedebug.ini.5"].split())
    sample = call(build / "livedebug", "check", "--sample").stdout
    keys = re.findall(r"^; ([\w.]+): (.*)$", sample, re.M)
    assert len(keys) > 40
    for key, text in keys[1:]:  # the first line is the title
        assert key == "NAME" or f" {key} {text}" in page
    assert "default: 60m" in page and "[session NAME]" in page


def test_the_exit_codes_are_those_of_the_readme(pages, root):
    table = re.findall(r"\| (\d) \| ([a-z][^|]*?) (?=\|)", (root / "README.md").read_text())
    page = " ".join(pages["livedebug.1"].split())
    assert len(table) == 9
    for code, text in table:
        assert f" {code} {text}" in page
