"""Programs that run beside the measurement, and what the kernel counts of them."""
import os
import pathlib
import shutil
import subprocess
import time


class Failed(Exception):
    """A program does not do what it should."""


# How a program fails that runs, that cannot be started, and that takes too long.
FAILURES = (Failed, OSError, subprocess.SubprocessError)


def cores():
    """The core of the resolver, and that of all others."""
    return sorted(os.sched_getaffinity(0))[:2]


def unconfined(program, directory):
    """A copy of the program. AppArmor knows programs by their paths, and lets those of packages read no files of ours."""
    directory.mkdir(parents=True, exist_ok=True)
    copy = directory / pathlib.Path(program).name
    copy.unlink(missing_ok=True)
    shutil.copy(shutil.which(program) or program, copy)
    return str(copy)


def pinned(core, realtime=0):
    """On one core; ahead of what else the machine does, if the kernel lets us, so that it disturbs less."""

    def before_start():
        os.sched_setaffinity(0, {core})
        try:
            os.setpriority(os.PRIO_PROCESS, 0, -10)
            if realtime:
                os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(realtime))
        except PermissionError:
            pass

    return before_start


class Process:
    def __init__(self, name, command, directory, before_start=None):
        self.name, self.log = name, pathlib.Path(directory) / f"{name}.log"
        self.started = time.monotonic()
        with self.log.open("w") as log:
            self.child = subprocess.Popen(
                command, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=before_start
            )
        self.proc = pathlib.Path(f"/proc/{self.child.pid}")

    def assert_alive(self):
        if self.child.poll() is not None:
            raise Failed(f"{self.name} ended ({self.child.returncode}): {self.last_words()}")

    def last_words(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-3:]) or "it told nothing"

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def cpu(self):
        """Seconds of processor time of all threads."""
        times = [int(stat.read_text().split()[0]) for stat in self.proc.glob("task/*/schedstat")]
        return sum(times) / 1e9

    def resident(self):
        """Octets of memory."""
        lines = (self.proc / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))


def wait_until(ready, process, seconds=20):
    """Seconds from its start until it was ready."""
    while not ready():
        process.assert_alive()
        if time.monotonic() - process.started > seconds:
            raise Failed(f"{process.name} does not answer: {process.last_words()}")
        time.sleep(0.001)
    return time.monotonic() - process.started
