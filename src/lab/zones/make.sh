#!/usr/bin/env bash
# Makes the presigned zones of the lab: those whose algorithms or key sizes the program cannot sign with. Needs
# bind9-utils and ldnsutils. Run in this directory; the keys are thrown away, so the zones change as a whole.
set -euo pipefail
export LC_ALL=C
out=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

records() { # zone
    cat <<ZONE
\$ORIGIN $1.
\$TTL 3600
@ SOA ns1 hostmaster 1 3600 300 604800 300
@ NS ns1
ns1 A 198.51.100.5
www A 198.51.100.80
www AAAA 2001:db8:80::80
*.wild TXT "from a wildcard"
ZONE
}

# One record a line, absolute names, no comments.
tidy() { grep -v '^;' | grep -v '^$' | sed 's/[ \t][ \t]*/ /g; s/ ;.*$//; s/ *$//'; }

by_bind() { # zone algorithm bits options...
    local zone=$1 algorithm=$2 bits=$3; shift 3
    records "$zone" > "$zone"
    dnssec-keygen -q -a "$algorithm" -b "$bits" -f KSK "$zone" > /dev/null
    dnssec-keygen -q -a "$algorithm" -b "$bits" "$zone" > /dev/null
    dnssec-signzone -q -S -s 20200101000000 -e 20371231235959 -O full -o "$zone" -f signed "$@" "$zone" > /dev/null
    tidy < signed > "$out/$zone.zone"
}

by_ldns() { # zone algorithm bits
    local zone=$1 ksk zsk
    records "$zone" > "$zone"
    ksk=$(ldns-keygen -a "$2" -b "$3" -k "$zone")
    zsk=$(ldns-keygen -a "$2" -b "$3" "$zone")
    ldns-signzone -i 20200101000000 -e 20371231235959 -o "$zone" -f signed "$zone" "$ksk" "$zsk"
    tidy < signed > "$out/$zone.zone"
}

by_bind rsasha1.test RSASHA1 2048
by_bind nsec3-rsasha1.test NSEC3RSASHA1 2048 -3 abcd -H 1
by_ldns rsa1024.test RSASHA256 1024
by_ldns ed448.test ED448 456
