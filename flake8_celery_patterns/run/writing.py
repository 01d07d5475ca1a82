"""Writing files of the user: whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
from functools import partial
from pathlib import Path
from typing import BinaryIO

from flake8_celery_patterns.run.documents import is_notebook


class ChangedMeanwhile(Exception):
    """The content of a file is no longer what it was when it was read."""


def with_text(path: Path, content: bytes, text: str) -> bytes:
    """Give `content`, the bytes of the file `path`, with `text` as the text that is linted.

    The encoding, the BOM and the line ends are those of `content` and of `text`: nothing is
    converted. Raises ValueError where that cannot be: the encoding lacks a character of `text`, or
    it is not clear to which cell of a notebook a line of `text` belongs.
    """
    if is_notebook(path):
        from flake8_celery_patterns.run import notebooks

        return notebooks.with_text(content, text)
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return text.encode(encoding)
    except (SyntaxError, LookupError) as error:
        raise ValueError(str(error)) from error
    except UnicodeEncodeError as error:
        raise ValueError(f"its encoding {encoding} has no such characters") from error


def write_whole(path: Path, content: bytes, *, instead_of: bytes | None = None) -> None:
    """Make `content` the content of a file: at each moment, others see all of the old or the new.

    It is written to a new file in the same folder, which then takes the old one's place, with its
    mode, its extended attributes and, where we may, its owner. Of a symlink, the file that it
    leads to is replaced. `instead_of`: what the file must hold now.
    Raises OSError, also for a file that is there and may not be written, and `ChangedMeanwhile`;
    then everything is as before.
    """
    place = os.path.realpath(path)
    is_there = instead_of is not None or os.path.exists(place)
    if is_there:
        # A rename asks only whether the folder may be written.
        with open(place, "r+b"):
            pass
    name = f".celery-patterns.{os.getpid()}.{os.urandom(4).hex()}.tmp"
    temporary = os.path.join(os.path.dirname(place), name)
    with open(temporary, "xb") as file:
        try:
            if is_there:
                _take_after(place, temporary)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            file.close()
            if instead_of is not None and Path(place).read_bytes() != instead_of:
                raise ChangedMeanwhile(path)
            os.replace(temporary, place)
        except BaseException:  # a full disk, Ctrl-C: no temporary file stays
            _remove(file, temporary)
            raise


def _take_after(place: str, temporary: str) -> None:
    """Give a file, still empty, the owner, mode and attributes of the one at `place`."""
    if hasattr(os, "chown"):
        old = os.stat(place)
        with contextlib.suppress(PermissionError):
            os.chown(temporary, old.st_uid, old.st_gid)
    shutil.copystat(place, temporary)


def _remove(file: BinaryIO, temporary: str) -> None:
    # What could not be written is still in the buffer, and closing tries once more.
    for step in (file.close, partial(os.unlink, temporary)):
        with contextlib.suppress(OSError):
            step()
