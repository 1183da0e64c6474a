"""What is asked of each resolver, and what is counted meanwhile."""
import itertools
import random
import shutil
import time

import internet as net
from client import NOERROR, NXDOMAIN, ask
from load import load
from process import FAILURES, Process, cores, pinned, wait_until

# How much is asked: (quick, full).
SIZES = {
    "slices": (2, 4),
    "hot": (60_000, 100_000),
    "cold zones": (450, 500),
    "cold names": (1_000, 2_000),
    "flood": (5_000, 12_000),
    "mix": (6_000, 12_000),
    "many": (15_000, 100_000),
}
MIX_RATE = 3_000


class Plan:
    """The names of every slice, no cold one of them in two; each list is a file."""

    def __init__(self, directory, quick, first):
        """What takes long is asked in the first round only."""
        self.directory, self.first = directory / "names", first
        self.directory.mkdir(parents=True, exist_ok=True)
        self.size = {name: both[0 if quick else 1] for name, both in SIZES.items()}
        self.chance = random.Random(1)
        zones = list(range(net.HOT, net.ZONES))
        self.chance.shuffle(zones)
        self.cold_zones = iter(f"www.{net.zone_name(n)}" for n in zones)
        self.cold_names = iter(f"{net.spread('n', n)}.{net.many}" for n in range(1, net.MANY))
        self.hot_names = [f"www.{net.zone_name(n)}" for n in range(net.HOT)]
        self.warm = self.file("warm", self.warming())
        self.hot = self.file("hot", self.hot_names)
        self.brief = self.file("brief", [f"{net.spread('b', n)}.{net.brief}" for n in range(net.BRIEF)])
        self.slices = range(self.size["slices"])
        self.zones = [self.file(f"zones{i}", self.take(self.cold_zones, "cold zones")) for i in self.slices]
        self.names = [self.file(f"names{i}", self.take(self.cold_names, "cold names")) for i in self.slices]
        self.floods = {kind: self.file(kind, self.flood(zone)) for kind, zone in net.flood.items()}
        self.mix = self.file("mix", self.mixture())
        many = self.take(self.cold_names, "many")
        self.many = self.file("many", many)
        self.many_again = self.file("many again", self.chance.sample(many, len(many)))

    def file(self, name, names):
        path = self.directory / name
        path.write_text("".join(f"{name} A\n" for name in names))
        return path

    def take(self, names, size):
        return list(itertools.islice(names, self.size[size]))

    def warming(self):
        """Providers, top-level domains, and zones that have to be known before their names are asked for."""
        zones = [net.many, net.brief, *net.flood.values()]
        first = [f"ns.{net.host(k)}" for k in range(len(net.TLDS))] + [f"ns.nic.{tld}." for tld in net.TLDS]
        return first + [f"{net.spread(label, 0)}.{zone}" for label, zone in zip("nbff", zones)]

    def flood(self, zone):
        return [f"{self.chance.getrandbits(48):012x}x.{zone}" for _ in range(self.size["flood"])]

    def mixture(self):
        """Nine in ten for hot names, some of them much oftener than others; the rest for new zones, new names, and names
        that do not exist."""
        weights = [1 / (n + 1) for n in range(len(self.hot_names))]
        names = self.chance.choices(self.hot_names, weights, k=self.size["mix"])
        for n in range(0, len(names), 10):
            kind = self.chance.choice(["zone", "name", "none"])
            absent = f"no{n}.{names[n].split('.', 1)[1]}"
            names[n] = next({"zone": self.cold_zones, "name": self.cold_names, "none": iter([absent])}[kind])
        return names


class Subject:
    """One resolver that runs, and all that was measured of it: phase -> a figure for each slice."""

    def __init__(self, name, resolver, directory, internet):
        self.name, self.resolver, self.directory, self.internet = name, resolver, directory / name, internet
        self.figures, self.failures, self.process = {}, {}, None

    def start(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        command = self.resolver.prepare(self.directory, self.internet)
        self.process = Process(self.name, command, self.directory, pinned(cores()[0], realtime=5))
        first = f"ns.{net.host(0)}"

        def answered():
            return ask(self.resolver.address, first, timeout=0.1) == (NOERROR, True, True)

        self.note("start", wait_until(answered, self.process))
        time.sleep(0.3)
        self.note("idle", self.process.resident())

    def stop(self):
        if self.process:
            self.process.stop()

    def note(self, phase, figure):
        self.figures.setdefault(phase, []).append(figure)

    def blame(self, what, count):
        if count:
            self.failures[what] = self.failures.get(what, 0) + count

    def weigh(self):
        self.weight = self.process.resident()

    def grown(self, phase, count):
        """Memory for each of what came since it was weighed."""
        self.note(phase, (self.process.resident() - self.weight) / count)

    def run(self, phase, file, code=NOERROR, **how):
        """One slice: CPU time and upstream questions for each query, and what came wrong."""
        asked, cpu = self.internet.questions(), self.process.cpu()
        done = load(self.resolver.address, file, **how)
        cpu = self.process.cpu() - cpu
        self.process.assert_alive()
        self.blame(f"{phase}: lost", done.lost)
        for name, count in done.others_than(code).items():
            self.blame(f"{phase}: {name}", count)
        if done.completed:
            self.note(phase, cpu / done.completed)
            self.note(f"{phase} upstream", (self.internet.questions() - asked) / done.completed)
        if code is not None:
            self.sample(phase, file, code)
        return done

    def sample(self, phase, file, code, count=25):
        """Some of the names once more: are their answers secure?"""
        names = [line.split()[0] for line in file.read_text().splitlines()]
        for name in random.Random(2).sample(names, count):
            expected = (code, True, code == NOERROR)
            self.blame(f"{phase}: not secure", ask(self.resolver.address, name) != expected)


def probe(subject):
    """One zone of each policy: an address, a wildcard, no such type, an empty non-terminal, no such name."""
    address = subject.resolver.address
    for policy in net.POLICIES:
        zone = next(net.zone_name(n) for n in range(net.HOT) if net.policy_of(n) == policy)
        for name, rtype, expected in (
            ("www", 1, (NOERROR, True, True)),
            ("a.b.wild", 1, (NOERROR, True, True)),
            ("www", 28, (NOERROR, True, False)),
            ("wild", 1, (NOERROR, True, False)),
            ("no", 1, (NXDOMAIN, True, False)),
        ):
            wrong = ask(address, f"{name}.{zone}", rtype) != expected
            subject.blame(f"probe of {name} type {rtype} in a zone with {policy}", wrong)


def refresh(subject, plan):
    load(subject.resolver.address, plan.brief)
    time.sleep(2.1)  # a TTL of one second, however it is rounded
    subject.run("refresh", plan.brief)


def mix(subject, plan):
    done = subject.run("mix", plan.mix, code=None, rate=MIX_RATE, outstanding=2_000)
    for share in (50, 99):
        subject.note(f"mix p{share}", done.percentile(share / 100))
    subject.note("mix hits p99", done.percentile(0.99, set(plan.hot_names)))


def many(subject, plan):
    """As many names as a busy cache has: their memory, and then each once more, in another order than they came."""
    subject.weigh()
    subject.run("many", plan.many)
    subject.grown("name memory", plan.size["many"])
    subject.run("many again", plan.many_again, clients=8, outstanding=100)


class Company:
    """Bailiwick and its peers. A peer that fails is left out from then on; without Bailiwick there is nothing to measure."""

    def __init__(self, subjects):
        self.subjects, self.turns = subjects, itertools.count()

    def each(self, step):
        """All have their turn, and each time another one begins."""
        first = next(self.turns) % len(self.subjects)
        for subject in self.subjects[first:] + self.subjects[:first]:
            try:
                step(subject)
            except FAILURES as why:
                self.leave_out(subject, why)

    def leave_out(self, subject, why):
        if subject is self.subjects[0]:
            raise why
        print(f"{subject.name} left out: {why}", flush=True)
        self.subjects.remove(subject)
        subject.stop()


def measure(each, plan):
    """All phases, slice by slice."""

    def slices(phase, files, **how):
        for file in files:
            each(lambda subject: subject.run(phase, file, **how))

    runs = plan.size["hot"] // net.HOT
    each(lambda subject: load(subject.resolver.address, plan.warm))
    each(Subject.weigh)
    slices("cold zone", plan.zones)
    each(lambda subject: subject.grown("zone memory", plan.size["cold zones"] * len(plan.zones)))
    slices("cold name", plan.names)
    each(lambda subject: refresh(subject, plan))
    each(lambda subject: load(subject.resolver.address, plan.hot))
    hot = [plan.hot for _ in plan.slices]
    slices("hot", hot, runs=runs, dnssec=False, clients=8, outstanding=100)
    slices("hot, DO", hot, runs=runs, clients=8, outstanding=100)
    slices("hot, TCP", hot, runs=runs // 2, mode="tcp", clients=10, outstanding=100)
    for kind, file in plan.floods.items():
        slices(f"flood {kind}", [file], code=NXDOMAIN)
    each(lambda subject: mix(subject, plan))
    if plan.first:
        each(lambda subject: many(subject, plan))
    each(probe)
