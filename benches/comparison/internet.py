"""A signed Internet on loopback addresses: its zones and names, and Knot DNS, which signs them once and then serves them."""
import base64
import hashlib
import pathlib
import shutil
import struct
import subprocess
import time

from client import ask, wire
from process import Failed, Process, cores, pinned, unconfined, wait_until

# What is measured by how many names. The first HOT zones are hot; the others are new to a resolver when it is asked.
ZONES, HOT = 3_000, 500
MANY, FLOODED, BRIEF = 115_000, 500, 500

TLDS = ["alfa", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliett"]
ROOT_SERVER = "127.0.1.1"
DAY = 86_400
PATIENCE = 600  # seconds to sign all zones; a machine that does much else takes half of it

# name -> algorithm, NSEC3
POLICIES = {
    "p256-nsec": ("ecdsap256sha256", False),
    "p256-nsec3": ("ecdsap256sha256", True),
    "rsa-nsec": ("rsasha256", False),
    "rsa-nsec3": ("rsasha256", True),
    "ed25519-nsec": ("ed25519", False),
}
# Of twenty zones, which have what: about the shares of the zones below large top-level domains.
MIX = ["p256-nsec"] * 12 + ["rsa-nsec3"] * 4 + ["p256-nsec3"] * 2 + ["rsa-nsec", "ed25519-nsec"]


def policy_of(n):
    return MIX[n % len(MIX)]


def tld_server(j):
    return f"127.0.2.{j + 1}"


def host_server(k):
    return f"127.0.3.{k + 1}"


def host(k):
    return f"host{k}.{TLDS[k]}."


def zone_name(n):
    return f"zone{n}.{TLDS[n % 7 % len(TLDS)]}."


many, brief = "many.hotel.", "brief.india."
flood = {"nsec": "flood.golf.", "nsec3": "flood.juliett."}


class Key:
    """The one key of a policy, as the DNSKEY of any of its zones."""

    def __init__(self, zone_file):
        fields = next(line for line in zone_file.read_text().splitlines() if "\tDNSKEY\t" in line)
        flags, protocol, algorithm, key = fields.split("\tDNSKEY\t")[1].split()
        self.rdata = struct.pack("!HBB", int(flags), int(protocol), int(algorithm)) + base64.b64decode(key)
        self.algorithm = algorithm

    def ds(self, zone):
        pairs = struct.unpack(f"!{len(self.rdata) // 2}H", self.rdata[: len(self.rdata) & ~1])
        total = sum(pairs) + (self.rdata[-1] << 8 if len(self.rdata) % 2 else 0)
        tag = (total + (total >> 16)) & 0xFFFF
        return f"{tag} {self.algorithm} 2 {hashlib.sha256(wire(zone) + self.rdata).hexdigest()}"


class Zone:
    """The records of one zone, to be signed by a policy."""

    def __init__(self, name, policy, servers):
        """`servers`: name -> address, or None where the address is another zone's"""
        self.name, self.policy, self.servers = name, policy, servers
        first = next(iter(servers))
        self.lines = [f"{name} {DAY} SOA {first} hostmaster.{name.lstrip('.')} 1 7200 3600 1209600 3600"]
        self.lines += self.name_servers()

    def name_servers(self):
        lines = [f"{self.name} {DAY} NS {server}" for server in self.servers]
        return lines + [f"{server} {DAY} A {address}" for server, address in self.servers.items() if address]

    def add(self, owner, address, ttl=DAY):
        self.lines.append(f"{owner} {ttl} A {address}")

    def delegate(self, child, key):
        self.lines += child.name_servers() + [f"{child.name} {DAY} DS {key.ds(child.name)}"]


def leaves():
    """Every zone below the top-level domains."""
    zones = []
    for k in range(len(TLDS)):
        zones.append(Zone(host(k), "p256-nsec", {f"ns.{host(k)}": host_server(k)}))
    for n in range(ZONES):
        name, k = zone_name(n), n * 3 % len(TLDS)
        own = n % 10 < 3  # three of ten name servers lie in their zone, the others with a provider
        zone = Zone(name, policy_of(n), {f"ns.{name}": host_server(k)} if own else {f"ns.{host(k)}": None})
        for label in ("www", "mail", "*.wild"):
            zone.add(f"{label}.{name}", f"198.51.100.{n % 250 + 1}")
        zones.append(zone)
    for name, policy, label, count, ttl in (
        (many, "p256-nsec", "n", MANY, DAY),
        (brief, "p256-nsec", "b", BRIEF, 1),
        (flood["nsec"], "p256-nsec", "f", FLOODED, DAY),
        (flood["nsec3"], "p256-nsec3", "f", FLOODED, DAY),
    ):
        zone = Zone(name, policy, {f"ns.{host(0)}": None})
        for n in range(count):  # spread over the alphabet, as the names of a flood will be
            zone.add(f"{spread(label, n)}.{name}", "203.0.113.7", ttl)
        zones.append(zone)
    return zones


def spread(label, n):
    """A label whose order among others has nothing to do with `n`."""
    return hashlib.sha256(f"{label}{n}".encode()).hexdigest()[:12]


def tree(keys):
    """All zones, each child with its DS in its parent."""
    below = {f"{tld}.": [] for tld in TLDS}
    for zone in leaves():
        below[zone.name.split(".", 1)[1]].append(zone)
    root = Zone(".", "p256-nsec", {"ns.root-servers.": ROOT_SERVER})
    zones = [root]
    for j, (name, children) in enumerate(below.items()):
        tld = Zone(name, ["rsa-nsec3", "p256-nsec3", "p256-nsec", "rsa-nsec"][j % 4], {f"ns.nic.{name}": tld_server(j)})
        for child in children:
            tld.delegate(child, keys[child.policy])
        root.delegate(tld, keys[tld.policy])
        zones += [tld, *children]
    return zones


SIGNED = ";; Zone dump"  # how the files begin that Knot writes


class Internet:
    def __init__(self, directory):
        self.directory = directory
        self.zones = directory / "zones"
        self.hints, self.anchor = directory / "root.hints", directory / "root.ds"
        self.program = unconfined("knotd", directory / "bin")

    def make(self):
        """Signs all zones, unless that was done lately and by this very text."""
        stamp = self.directory / "stamp"
        text = hashlib.sha256(pathlib.Path(__file__).read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text() == text and time.time() - stamp.stat().st_mtime < 7 * DAY:
            return
        print(f"signing {ZONES:,} zones", flush=True)
        stamp.unlink(missing_ok=True)
        shutil.rmtree(self.zones, ignore_errors=True)
        self.zones.mkdir(parents=True)
        seeds = {policy: Zone(f"{policy}.", policy, {"ns.": None}) for policy in POLICIES}
        self.sign(seeds.values())
        keys = {policy: Key(self.file(zone.name)) for policy, zone in seeds.items()}
        self.sign(tree(keys))
        self.hints.write_text(f". {DAY} NS ns.root-servers.\nns.root-servers. {DAY} A {ROOT_SERVER}\n")
        self.anchor.write_text(f". {DAY} IN DS {keys['p256-nsec'].ds('.')}\n")
        stamp.write_text(text)

    def file(self, name):
        return self.zones / f"{name.rstrip('.') or 'root'}.zone"

    def sign(self, zones):
        for zone in zones:
            self.file(zone.name).write_text("\n".join(zone.lines) + "\n")
        knot = self.start({zone.name: zone.policy for zone in zones}, ["127.0.1.1"], signing=True)
        unsigned, start = {self.file(zone.name) for zone in zones}, time.monotonic()
        while unsigned:
            time.sleep(0.2)
            unsigned = {file for file in unsigned if not begins(file, SIGNED)}
            knot.assert_alive()
            if unsigned and time.monotonic() - start > PATIENCE:
                raise Failed(f"{len(unsigned):,} zones, one is {min(unsigned)}, are not signed: {knot.last_words()}")
        knot.stop()

    def serve(self):
        """The root, the top-level domains and all other zones by a server each: one that had them all would never refer."""
        tlds, each = set(TLDS), range(len(TLDS))
        others = {file.stem for file in self.zones.glob("*.zone")} - tlds - {"root"}
        self.knots = {}  # by the first address
        for zones, addresses, first in (
            ({"root"}, [ROOT_SERVER], "."),
            (tlds, [tld_server(j) for j in each], TLDS[0]),
            (others, [host_server(k) for k in each], many),
        ):
            knot = self.start(dict.fromkeys(zones), addresses, signing=False)
            wait_until(lambda: ask(addresses[0], first, port=53), knot)
            self.knots[addresses[0]] = knot

    def stop(self):
        for knot in self.knots.values():
            knot.stop()

    @staticmethod
    def run_directory(address):
        return pathlib.Path("/dev/shm", f"knot-{address}")

    def start(self, zones, addresses, signing):
        run = self.run_directory(addresses[0])
        run.mkdir(exist_ok=True)
        configuration = run / "knot.conf"
        configuration.write_text(self.configuration(run, zones, addresses, signing))
        # It comes before the generator, with which it shares a core: no resolver waits for it.
        place = None if signing else pinned(cores()[1], realtime=10)
        return Process(f"knotd-{addresses[0]}", [self.program, "-c", str(configuration)], self.directory, place)

    def configuration(self, run, zones, addresses, signing):
        text = f"""server:
  rundir: "{run}"
  udp-workers: 1
  tcp-workers: 1
  background-workers: 2
  listen: [{", ".join(address + "@53" for address in addresses)}]
control:
  listen: "{run}/control"
database:
  storage: "{run}"
log:
  - target: stderr
    any: error
mod-stats:
  - id: count
    request-protocol: on
policy:
"""
        for name, (algorithm, nsec3) in POLICIES.items():
            size = "\n    ksk-size: 2048" if algorithm == "rsasha256" else ""
            text += f"""  - id: {name}
    algorithm: {algorithm}{size}
    single-type-signing: on
    ksk-shared: on
    cds-cdnskey-publish: none
    nsec3: {"on" if nsec3 else "off"}
    nsec3-iterations: 0
    nsec3-salt-length: 0
"""
        text += f"""template:
  - id: default
    zonefile-load: whole
    zonefile-sync: {0 if signing else -1}
    journal-content: none
    semantic-checks: off
    dnssec-signing: {"on" if signing else "off"}
    global-module: mod-stats/count
zone:
"""
        for name, policy in zones.items():
            text += f'  - domain: "{"." if name == "root" else name}"\n    file: "{self.file(name)}"\n'
            text += f"    dnssec-policy: {policy}\n" if policy else ""
        return text

    def questions(self):
        """How many questions were asked of all servers so far."""
        return sum(self.questions_to(address, knot) for address, knot in self.knots.items())

    def questions_to(self, address, knot):
        knot.assert_alive()
        command = ["knotc", "-s", str(self.run_directory(address) / "control"), "stats"]
        statistics = subprocess.run(command, capture_output=True, text=True).stdout
        lines = [line for line in statistics.splitlines() if "request-protocol[" in line]
        return sum(int(line.split("=")[1]) for line in lines)


def begins(file, text):
    with file.open() as opened:
        return opened.read(len(text)) == text
