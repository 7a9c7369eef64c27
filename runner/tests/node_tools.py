"""Programs of npm that tests run, installed below .cache once."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def npm_folder(*packages: str) -> Path:
    """Return the folder that has packages, of a version each; skip the test where npm cannot install them."""
    if not (shutil.which("npm") and shutil.which("node")):
        assert "CI" not in os.environ, "CI has npm: see .ci/run"
        pytest.skip("npm is not installed")
    home = ROOT / ".cache" / "+".join(package.strip("@").replace("/", "-") for package in packages)
    home.parent.mkdir(exist_ok=True)
    with home.with_name(f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "done").exists():
            options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
            install = ["npm", "install", "--prefix", home, *options, *packages]
            done = subprocess.run(install, capture_output=True, text=True, timeout=600)
            if done.returncode:
                assert "CI" not in os.environ, done.stderr
                pytest.skip(f"npm could not install {' '.join(packages)}")
            (home / "done").touch()
    return home / "node_modules"


def debian_program(program: str, *packages: str) -> str:
    """Return the path of a program, installed where it is missing and we may; else skip the test."""
    if not shutil.which(program) and shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run([ROOT / ".ci/packages", *packages], check=True, timeout=600)
    path = shutil.which(program)
    if path is None:
        assert "CI" not in os.environ, f"CI has {program}: see .ci/run"
        pytest.skip(f"{program} is not installed")
    return path
