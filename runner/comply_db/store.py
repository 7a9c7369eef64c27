"""Where digests and archives go: a folder, or a container of Azure Blob Storage.

Files are created, never replaced.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

from comply_db.connect import AUTH, known_credentials
from comply_db.errors import Exit, RunnerError

CONNECTION_STRING = "AZURE_STORAGE_CONNECTION_STRING"
CHUNK_BYTES = 1 << 20


class Store(Protocol):
    """A place of files that are written once; `where` is what its user calls it."""

    where: str

    def names(self) -> list[str]:
        """Return the names of the files there, sorted."""

    def read(self, name: str) -> bytes:
        """Return what a file has."""

    def create(self, name: str, data: bytes) -> None:
        """Write a file. Raises RunnerError where the name is taken."""

    def upload(self, name: str, file: IO[bytes]) -> bool:
        """Write a file of any size; return False, and write nothing, where the name is taken."""

    def download(self, name: str, file: IO[bytes]) -> None:
        """Append what a file has to another, whatever its size."""

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""


def open_store(where: str, auth: str | None) -> Store:
    """Return the store that a path or a URL names."""
    if where.startswith(("https://", "http://")):
        return Container(where, auth)
    return Folder(where)


def location(store: Store) -> str:
    """Return where a store is, whatever folder the next run is started in."""
    return store.where if isinstance(store, Container) else str(Path(store.where).resolve())


class Folder:
    """A folder of a file system."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.path = Path(where)

    def names(self) -> list[str]:
        """Return the names of the files there, sorted."""
        with _told(self.where):
            return sorted(entry.name for entry in self.path.iterdir())

    def read(self, name: str) -> bytes:
        """Return what a file has."""
        with _told(self.where):
            return (self.path / name).read_bytes()

    def create(self, name: str, data: bytes) -> None:
        """Write a file that a power cut cannot undo. Raises RunnerError where the name is taken."""
        path = self.path / name
        with _told(self.where):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            except BaseException:
                path.unlink()
                raise
            _sync(self.path)

    def upload(self, name: str, file: IO[bytes]) -> bool:
        """Write a file of any size under a name of its own, and give it its name when the disk has it.

        So a name is never that of half a file. Drafts of those who were killed are removed: nobody has
        their lock.
        """
        path = self.path / name
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
        with _told(self.where):
            self.path.stat()
            path.parent.mkdir(parents=True, exist_ok=True)
            _remove_drafts(path)
            if path.exists():
                return False
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
            try:
                with os.fdopen(handle, "wb") as written:
                    fcntl.flock(written, fcntl.LOCK_EX)
                    shutil.copyfileobj(file, written, CHUNK_BYTES)
                    written.flush()
                    os.fsync(written.fileno())
                    try:
                        path.hardlink_to(draft)
                    except FileExistsError:
                        return False
            finally:
                draft.unlink(missing_ok=True)
            _sync(*path.parents[: len(path.relative_to(self.path).parents)])
        return True

    def download(self, name: str, file: IO[bytes]) -> None:
        """Append what a file has to another, whatever its size."""
        with _told(self.where), (self.path / name).open("rb") as stored:
            shutil.copyfileobj(stored, file, CHUNK_BYTES)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with _told(self.where):
            (self.path / name).unlink(missing_ok=True)


def _remove_drafts(path: Path) -> None:
    for draft in path.parent.glob(f".{path.name}.*.part"):
        with suppress(OSError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()


def _sync(*folders: Path) -> None:
    """Wait until the disk has what was put into folders."""
    for path in folders:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class Container:
    """A container of Azure Blob Storage: by Entra, or by the connection string in the environment."""

    def __init__(self, url: str, auth: str | None) -> None:
        self.where = url.rstrip("/")
        try:
            from azure.storage.blob import ContainerClient
        except ImportError:
            raise RunnerError(
                Exit.USAGE, "azure-storage-blob is not installed", "Run pip install 'comply-db[azure-blob]'."
            ) from None
        with _told(self.where):
            if given := os.environ.get(CONNECTION_STRING):
                name = self.where.rsplit("/", 1)[-1]
                self.client: Any = ContainerClient.from_connection_string(given, name)
            else:
                self.client = ContainerClient.from_container_url(self.where, _credential(auth))
        # Both may have an account in them, and a digest must not go to another than its user means.
        if self.client.url.rstrip("/") != self.where:
            raise RunnerError(
                Exit.USAGE,
                f"{self.where} is no container, or not the one of {CONNECTION_STRING}",
                "Write https://ACCOUNT.blob.core.windows.net/CONTAINER.",
            )

    def names(self) -> list[str]:
        """Return the names of the blobs there, sorted."""
        with _told(self.where):
            return sorted(self.client.list_blob_names())

    def read(self, name: str) -> bytes:
        """Return what a blob has."""
        with _told(self.where):
            return self.client.download_blob(name).readall()

    def create(self, name: str, data: bytes) -> None:
        """Upload a blob, if no other has its name: If-None-Match. Raises RunnerError where one has."""
        with _told(self.where):
            self.client.upload_blob(name, data, overwrite=False)

    def upload(self, name: str, file: IO[bytes]) -> bool:
        """Write a blob of any size, which is there when all of it is, if no other has its name."""
        with _told(self.where):
            try:
                self.client.upload_blob(name, file, overwrite=False)
            except Exception as error:
                if type(error).__name__ == "ResourceExistsError":
                    return False
                raise
        return True

    def download(self, name: str, file: IO[bytes]) -> None:
        """Append what a blob has to a file, whatever its size."""
        with _told(self.where):
            for chunk in self.client.download_blob(name).chunks():
                file.write(chunk)

    def remove(self, name: str) -> None:
        """Remove a blob, if it is there."""
        with _told(self.where):
            try:
                self.client.delete_blob(name)
            except Exception as error:
                if type(error).__name__ != "ResourceNotFoundError":
                    raise


def _credential(auth: str | None) -> Any:
    known = known_credentials()
    if auth not in known:
        ways = ", ".join(way for way in AUTH if way in known)
        raise RunnerError(Exit.USAGE, f"--auth {auth} cannot write blobs", f"Choose one of {ways}.")
    return known[auth]()


@contextmanager
def _told(where: str) -> Iterator[None]:
    """Turn what a store says into a reason to stop."""
    try:
        yield
    except FileExistsError as error:
        raise _taken(where) from error
    except OSError as error:
        raise RunnerError(Exit.CONNECT, f"{where}: {error.strerror or error}") from error
    except RunnerError:
        raise
    except Exception as error:
        if not type(error).__module__.startswith("azure.") and not isinstance(error, ValueError):
            raise
        if type(error).__name__ == "ResourceExistsError":
            raise _taken(where) from error
        said = str(error).strip().splitlines()
        raise RunnerError(Exit.CONNECT, f"{where}: {said[0] if said else type(error).__name__}") from error


def _taken(where: str) -> RunnerError:
    return RunnerError(
        Exit.LOCKED,
        f"{where} has a file of this checkpoint already",
        "Another run wrote it: look, and run again.",
    )
