"""scripts/package: the .deb, what is in it, and its systemd unit. (The zip needs the Windows build: test-windows.)"""
import re
import subprocess

import pytest

HEADER = "daemon/cli/cli.h"


def call(*words, **options):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, check=True, timeout=60, **options).stdout


@pytest.fixture(scope="module")
def deb(root, tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    call(root / "scripts/package", folder, "deb")
    found = list(folder.glob("*.deb"))
    assert len(found) == 1
    return found[0]


@pytest.fixture(scope="module")
def tree(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree")
    call("dpkg-deb", "-x", deb, folder)
    return folder


def test_one_version(deb, tree, root):
    version = re.search(r'LIVEDEBUG_VERSION "(.*)"', (root / HEADER).read_text())[1]
    assert deb.name == f"livedebug_{version}_amd64.deb"
    assert call("dpkg-deb", "-f", deb, "Version") == f"{version}\n"
    assert call(tree / "usr/bin/livedebug", "version") == f"livedebug {version}\n"


def test_what_it_depends_on(deb):
    depends = call("dpkg-deb", "-f", deb, "Depends").strip().split(", ")
    assert {"libuv1", "libserialport0", "libinih1", "libjansson4", "libc6"} <= set(depends)
    assert not [name for name in depends if name.endswith("-dev")]


def test_what_is_in_it(tree):
    for path in ("usr/share/doc/livedebug/README.md", "usr/share/doc/livedebug/copyright",
                 "usr/share/doc/livedebug/debug.ini.sample", "usr/lib/sysusers.d/livedebug.conf",
                 "usr/share/man/man1/livedebug.1.gz", "usr/share/man/man5/livedebug.ini.5.gz",
                 "usr/share/bash-completion/completions/livedebug"):
        assert (tree / path).stat().st_size > 50, path
    assert (tree / "etc/livedebug").is_dir()


def test_the_same_twice(deb, root, tmp):
    call(root / "scripts/package", tmp, "deb")
    assert (tmp / deb.name).read_bytes() == deb.read_bytes()


def test_the_unit_has_no_fault(tree):
    """systemd-analyze's exit code says nothing of unknown keys: what it prints does."""
    (tree / "bin").mkdir(exist_ok=True)
    (tree / "bin/kill").write_text("#!/bin/sh\n")
    (tree / "bin/kill").chmod(0o755)
    done = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", f"--root={tree}", "--man=no",
                           "livedebug.service"], capture_output=True, text=True, check=False, timeout=60)
    said = [line for line in (done.stdout + done.stderr).splitlines() if "livedebug" in line]
    assert said == [] and done.returncode == 0, done.stderr


def test_reload_of_the_unit_asks_the_daemon(tree, root):
    """By the verb, which fails where the profile has a fault; no signal that could be a stop."""
    unit = (tree / "usr/lib/systemd/system/livedebug.service").read_text()
    found = [line for line in unit.splitlines() if line.startswith("ExecReload=")]
    run = next(line for line in unit.splitlines() if line.startswith("ExecStart="))
    assert found == [run.replace("ExecStart=", "ExecReload=").replace(" run ", " reload ")]


def test_the_unit_is_closed(tree):
    out = call("systemd-analyze", "security", "--offline=true", "--no-pager",
               tree / "usr/lib/systemd/system/livedebug.service")
    assert float(re.search(r"Overall exposure level.*: ([0-9.]+)", out)[1]) < 3.0


def test_usage(root, tmp):
    done = subprocess.run([root / "scripts/package", tmp, "rpm"], capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "usage" in done.stderr
