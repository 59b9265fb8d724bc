"""`livedebug attach` as a test sees it: what is on its screen, and what is typed."""

import os
import subprocess
import threading

from support.rig import until


class View:
    """`livedebug attach`; its output as it grows."""

    def __init__(self, rig, *words):
        self.process = subprocess.Popen(
            rig.daemon.words("attach", *words, rig.one.name),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.out, self.err = "", ""
        self.readers = [threading.Thread(target=self.read, args=a, daemon=True)
                        for a in (("out", self.process.stdout), ("err", self.process.stderr))]
        for reader in self.readers:
            reader.start()

    def read(self, name, stream):
        while data := os.read(stream.fileno(), 65536):
            setattr(self, name, getattr(self, name) + data.decode())

    def type(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def saw(self, text):
        until(lambda: text in self.out, f"'{text}' on the screen, which was {self.out[-300:]} {self.err[-300:]}")

    def heard(self, text):
        until(lambda: text in self.err, f"'{text}' beside the screen, which was {self.err[-300:]}")

    def leave(self):
        self.process.stdin.close()
        code = self.process.wait(20)
        return self.close(code)

    def close(self, code=None):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
