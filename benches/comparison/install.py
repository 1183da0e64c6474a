"""Packages from Debian that are not there yet; their servers are not started, now or later.

As a program, by root: installs the packages that it is given."""
import os
import pathlib
import shutil
import subprocess
import sys

POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
UNITS = {".service", ".socket", ".timer", ".path", ".target"}


def install(packages):
    """As root, by this very file, or by sudo."""
    if not shutil.which("apt-get"):
        sys.exit(f"missing, and there is no apt-get to install it: {' '.join(packages)}")
    command = [sys.executable, "-B", __file__, *packages]
    if os.getuid() != 0:
        if not shutil.which("sudo"):
            sys.exit(f"missing, and without sudo only root can install it: apt-get install {' '.join(packages)}")
        command = ["sudo", *command]
    print("installing", "with sudo:" if os.getuid() else "from Debian:", *packages, flush=True)
    subprocess.run(command)


def install_as_root(packages):
    """One by one, so that one that cannot be had keeps no other away."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        subprocess.run(["apt-get", "update", "-qq"])
        for package in packages:
            if apt_get(package):
                disable(package)
    finally:
        if ours:
            POLICY.unlink()


def apt_get(package):
    command = ["apt-get", "install", "-qq", "-y", "--no-install-recommends", package]
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    return subprocess.run(command, stdout=subprocess.DEVNULL, env=quiet).returncode == 0


def disable(package):
    """The next boot starts none of its units either."""
    if not shutil.which("systemctl"):
        return
    files = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True).stdout.splitlines()
    units = {path.name for path in map(pathlib.Path, files) if path.parent.name == "system" and path.suffix in UNITS}
    for unit in sorted(units):
        subprocess.run(["systemctl", "disable", "--quiet", unit], capture_output=True)


if __name__ == "__main__":
    install_as_root(sys.argv[1:])
