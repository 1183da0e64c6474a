"""The resolvers, each set up the same: one worker, validation from the same trust anchor, the same hints, EDNS of 1232
octets, QNAME minimisation, denials used for other names where that is known, no prefetch, no stale answers, no logs."""
import dataclasses
import pathlib
import re
import string
import subprocess

from client import PORT


@dataclasses.dataclass
class Resolver:
    package: str
    command: list
    version: list
    files: dict
    later: dict = dataclasses.field(default_factory=dict)  # from this version on the command needs these words as well
    address: str = ""

    def prepare(self, directory, internet):
        """Writes the configuration; the command that starts it."""
        anchor = internet.anchor.read_text()
        ds = anchor.split("DS ")[1].strip()
        tag, algorithm, digest, value = ds.split()
        names = dict(
            directory=directory, address=self.address, port=PORT, hints=internet.hints, anchor=internet.anchor,
            ds=ds, static_ds=f'{tag} {algorithm} {digest} "{value}"',
        )
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in self.files.items():
            pathlib.Path(directory, name).write_text(string.Template(text).substitute(names))
        return [string.Template(word).substitute(names) for word in self.command + self.later_words()]

    def later_words(self):
        numbers = tuple(int(number) for number in re.findall(r"\d+", self.told_version())[:2])
        return [word for since, words in self.later.items() if numbers >= since for word in words]

    def told_version(self):
        told = subprocess.run([self.command[0], *self.version], capture_output=True, text=True)
        found = re.search(r"\d+\.\d+\.\d\S*", told.stdout + told.stderr)
        return found[0] if found else "?"


BAILIWICK = Resolver("", ["bailiwick", "serve", "--config", "$directory/bailiwick.yaml"], ["--version"], {"bailiwick.yaml": """
listen: ["$address:$port"]
resolver: {root-hints: $hints, workers: 1, ipv6: false, do-not-query: []}
dnssec: {trust-anchors: [$anchor]}
cache: {max-size: 512MiB, prefetch: false, serve-stale: {enabled: false}}
log: {level: error}
"""})

UNBOUND = Resolver("unbound", ["unbound", "-d", "-c", "$directory/unbound.conf"], ["-V"], {"unbound.conf": """server:
  directory: "$directory"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  verbosity: 0
  interface: $address@$port
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  do-not-query-localhost: no
  num-threads: 1
  module-config: "validator iterator"
  root-hints: "$hints"
  trust-anchor-file: "$anchor"
  edns-buffer-size: 1232
  qname-minimisation: yes
  aggressive-nsec: yes
  prefetch: no
  incoming-num-tcp: 100
  msg-cache-size: 150m
  rrset-cache-size: 300m
  key-cache-size: 30m
  neg-cache-size: 30m
remote-control:
  control-enable: no
"""})

KRESD = Resolver("knot-resolver", ["kresd", "-n", "-c", "$directory/kresd.conf", "$directory"], ["-V"], {"kresd.conf": """
net.ipv6 = false
net.listen('$address', $port, { kind = 'dns' })
net.bufsize(1232)
cache.open(512 * MB, 'lmdb://$directory')
cache.min_ttl(0)
modules = { 'hints' }
hints.root_file('$hints')
trust_anchors.remove('.')
trust_anchors.add('. 86400 IN DS $ds')
modules.unload('ta_update')
modules.unload('ta_signal_query')
option('ALLOW_LOCAL', true)
log_level('err')
"""})

# -L: what is wrong with its configuration goes to where the others tell it, not to syslog.
NAMED = Resolver("bind9", ["named", "-f", "-4", "-n", "1", "-L", "/dev/stderr", "-c", "$directory/named.conf"], ["-v"], {
    "named.conf": """
options {
  directory "$directory"; pid-file none; session-keyfile none;
  listen-on port $port { $address; }; listen-on-v6 { none; };
  recursion yes; allow-query { any; }; allow-recursion { any; };
  dnssec-validation yes; qname-minimization relaxed; synth-from-dnssec yes;
  empty-zones-enable no; max-cache-size 512m; prefetch 0; recursive-clients 10000;
  edns-udp-size 1232; max-udp-size 1232;
};
controls { };
trust-anchors { . static-ds $static_ds; };
zone "." { type hint; file "$hints"; };
logging { category default { null; }; };
"""})

PDNS = Resolver("pdns-recursor", ["pdns_recursor", "--config-dir=$directory", "--daemon=no", "--write-pid=no"], ["--version"], {
    "anchor.lua": "clearTA('.')\naddTA('.', '$ds')\n",
    "recursor.conf": """
local-address=$address
local-port=$port
allow-from=127.0.0.0/8
dont-query=
query-local-address=0.0.0.0
hint-file=$hints
lua-config-file=$directory/anchor.lua
dnssec=validate
dnssec-log-bogus=no
threads=1
pdns-distributes-queries=no
qname-minimization=yes
aggressive-nsec-cache-size=100000
edns-outgoing-bufsize=1232
udp-truncation-threshold=1232
max-concurrent-requests-per-tcp-connection=100
refresh-on-ttl-perc=0
security-poll-suffix=
socket-dir=$directory
loglevel=3
disable-syslog=yes
quiet=yes
"""}, later={(5, 2): ["--enable-old-settings"]})

PEERS = {"unbound": UNBOUND, "kresd": KRESD, "named": NAMED, "pdns_recursor": PDNS}
ALL = {"bailiwick": BAILIWICK, **PEERS}
for number, resolver in enumerate(ALL.values()):
    resolver.address = f"127.0.4.{number + 1}"
