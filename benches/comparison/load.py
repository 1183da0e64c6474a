"""Many questions to a resolver, by dnsperf."""
import re
import subprocess

from client import CODES, PORT
from process import Failed, cores, pinned


class Load:
    """What dnsperf says of one run."""

    def __init__(self, output):
        def number(pattern):
            found = re.search(pattern, output)
            return int(found[1]) if found else 0

        self.sent, self.completed = number(r"Queries sent:\s+(\d+)"), number(r"Queries completed:\s+(\d+)")
        codes = re.search(r"Response codes:(.*)", output)
        self.codes = {name: int(count) for name, count in re.findall(r"(\w+) (\d+) ", codes[1])} if codes else {}
        told = re.findall(r"^> \w+ (\S+) \w+ (\d+\.\d+)", output, re.M)
        self.latencies = [(name, float(seconds)) for name, seconds in told]

    @property
    def lost(self):
        return self.sent - self.completed

    def others_than(self, code):
        """How many replies have which other code, where one is expected; SERVFAIL and the like, where more are."""
        expected = [name for name, value in CODES.items() if code is None or value == code]
        return {name: count for name, count in self.codes.items() if name not in expected}

    def percentile(self, share, among=None):
        """Of the latencies of all questions, or of those for the names in `among`."""
        latencies = sorted(seconds for name, seconds in self.latencies if among is None or name in among)
        return latencies[int((len(latencies) - 1) * share)] if latencies else None


def load(address, file, runs=1, mode="udp", dnssec=True, clients=4, outstanding=32, rate=None):
    """Asks for each name in `file`, `runs` times: as fast as answers come, or at a rate."""
    command = ["dnsperf", "-s", address, "-p", str(PORT), "-d", str(file), "-n", str(runs), "-m", mode, "-t", "4"]
    command += ["-c", str(clients), "-q", str(outstanding), "-D" if dnssec else "-e"]
    if rate:
        command += ["-Q", str(rate), "-v"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, preexec_fn=pinned(cores()[1]))
    if done.returncode != 0:
        raise Failed(f"dnsperf: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return Load(done.stdout)
