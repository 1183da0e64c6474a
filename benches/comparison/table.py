"""The figures as a table in Markdown."""
import os
import statistics

MICRO, MILLI, MIB = 1e6, 1e3, 1 / 2**20

# label, phase, unit, digits
ROWS = [
    ("cached, UDP: CPU µs", "hot", MICRO, 1),
    ("cached, UDP with DO: CPU µs", "hot, DO", MICRO, 1),
    ("cached, TCP: CPU µs", "hot, TCP", MICRO, 1),
    ("cached, of many names: CPU µs", "many again", MICRO, 1),
    ("new name in a new zone: CPU ms", "cold zone", MILLI, 3),
    ("— upstream questions", "cold zone upstream", 1, 2),
    ("new name in a known zone: CPU ms", "cold name", MILLI, 3),
    ("— upstream questions", "cold name upstream", 1, 2),
    ("known name after its TTL: CPU ms", "refresh", MILLI, 3),
    ("— upstream questions", "refresh upstream", 1, 2),
    ("random names, NSEC: CPU µs", "flood nsec", MICRO, 1),
    ("— upstream questions", "flood nsec upstream", 1, 3),
    ("random names, NSEC3: CPU µs", "flood nsec3", MICRO, 1),
    ("— upstream questions", "flood nsec3 upstream", 1, 3),
    ("mix at 3,000/s: CPU µs", "mix", MICRO, 1),
    ("— median latency, ms", "mix p50", MILLI, 2),
    ("— latency of the slowest 1 %, ms", "mix p99", MILLI, 2),
    ("— of the slowest 1 % of what was cached, ms", "mix hits p99", MILLI, 2),
    ("memory for each cached name, octets", "name memory", 1, 0),
    ("memory for each signed zone, octets", "zone memory", 1, 0),
    ("memory when idle, MiB", "idle", MIB, 1),
    ("start to the first validated answer, ms", "start", MILLI, 0),
]


def table(subjects, busy):
    """Medians; in parentheses the ratio to the first peer that is left, the median over slices of the same time."""
    base = subjects[:2][-1]
    versions = ", ".join(f"{subject.name} {subject.resolver.told_version()}" for subject in subjects)
    load = " ".join(f"{value:.1f}" for value in busy)
    head = [
        f"- {versions}",
        f"- load average before {load}, {len(os.sched_getaffinity(0))} cores, Linux {os.uname().release}; ratios to {base.name}",
        "",
        "| for each query | " + " | ".join(subject.name for subject in subjects) + " |",
        "|---" * (len(subjects) + 1) + "|",
    ]
    rows = [
        f"| {label} | " + " | ".join(cell(subject, base, phase, unit, digits) for subject in subjects) + " |"
        for label, phase, unit, digits in ROWS
    ]
    return "\n".join(head + rows)


def cell(subject, base, phase, unit, digits):
    figures = subject.figures.get(phase, [])
    if not figures:
        return "–"
    text = f"{statistics.median(figures) * unit:,.{digits}f}"
    ratios = [figure / other for figure, other in zip(figures, base.figures.get(phase, [])) if other]
    return text if subject is base or not ratios else f"{text} ({statistics.median(ratios):.2f})"


def failures(subjects):
    lines = [
        f"{subject.name}: {count:,} of {what}" for subject in subjects for what, count in sorted(subject.failures.items())
    ]
    return "\n" + "\n".join(lines or ["nothing was lost, nothing was answered wrongly"])
