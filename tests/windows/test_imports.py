"""What the two programs import is part of Windows: nothing has to be shipped beside them."""

import re
import subprocess

import pytest

# Those of Windows 10 and Server 2016 that the programs use; each is there on every edition.
SYSTEM = {"advapi32.dll", "dbghelp.dll", "iphlpapi.dll", "kernel32.dll", "msvcrt.dll", "ole32.dll", "setupapi.dll",
          "shell32.dll", "user32.dll", "userenv.dll", "ws2_32.dll"}


def imports(path):
    table = subprocess.run(["x86_64-w64-mingw32-objdump", "-p", path], capture_output=True, text=True, check=True).stdout
    return {name.lower() for name in re.findall(r"DLL Name: (\S+)", table)}


@pytest.mark.parametrize("program", ["livedebug.exe", "kd.exe"])
def test_only_what_windows_has(build, program):
    found = imports(build / "windows" / program)
    assert "kernel32.dll" in found
    assert found <= SYSTEM, f"to be shipped: {found - SYSTEM}"
