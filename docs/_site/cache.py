"""What earlier builds made and is still valid: .cache/gallery, a file for each thing under the key of what it
was made from. Whatever is missing, or can't be read, is made again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from mkdocs.exceptions import BuildError

FOLDER = Path(__file__).parents[2] / ".cache" / "gallery"
_asked: set[Path] = set()
_lock = FileLock(FOLDER.parent / "lock")


def digest(*parts: bytes | str) -> str:
    """A short name for some contents."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()[:16]


def once(name: str, make: Callable[[], bytes], *depends_on: bytes | str) -> bytes:
    """What make gives; made again only when something that it depends on has changed."""
    path = _path(name, digest(*depends_on))
    content = _load(path)
    if content is None:
        content = make()
        with contextlib.suppress(OSError):  # where nothing can be kept, it is made each time
            _store(path, content)
    return content


def read(name: str, key: str) -> Any:
    """What was kept under that name and key; None if there is nothing."""
    content = _load(_path(name, key))
    return None if content is None else json.loads(content)


def holds(name: str) -> bool:
    """Whether something is kept under that name, whatever its key."""
    return any((FOLDER / name).parent.glob(f"{Path(name).name}-*"))


def keep(name: str, key: str, content: Any) -> None:
    """Keep something that JSON can hold."""
    _store(_path(name, key), json.dumps(content, sort_keys=True).encode())


def still_needed(name: str, key: str) -> None:
    """Keep what was kept under that name and key, though nobody reads it now."""
    _path(name, key)


def _path(name: str, key: str) -> Path:
    path = FOLDER / f"{name}-{key}"
    _asked.add(path)
    return path


def _load(path: Path) -> bytes | None:
    """What the file holds, if it is there, and whole: its first line says what of."""
    try:
        name, _, content = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    return content if name.decode("ascii", "replace") == digest(content) else None


def _store(path: Path, content: bytes) -> None:
    """Write the file under another name, and rename it: it is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{os.getpid()}-{path.name}")
    part.write_bytes(digest(content).encode() + b"\n" + content)
    part.replace(path)


def forget() -> None:
    """Remove what the build that ends here did not ask for."""
    for path in FOLDER.rglob("*"):
        if path.is_file() and path not in _asked:
            path.unlink()
    _asked.clear()


def lock() -> None:
    """Wait until no other build in this folder is at work.

    Raises:
        BuildError: nothing can be kept here.
    """
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        _lock.acquire(timeout=0)
    except Timeout:
        print("Another build is at work in this folder: waiting for its end ...", file=sys.stderr)
        _lock.acquire()
    except OSError as error:
        raise BuildError(f"the build keeps things in {FOLDER.parent.name}, which can't be written: {error}") from error


def unlock() -> None:
    """Let another build begin."""
    _lock.release()
