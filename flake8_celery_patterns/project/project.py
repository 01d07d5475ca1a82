"""The other files of a project: their facts on demand, each read once a process."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from flake8_celery_patterns import __version__
from flake8_celery_patterns.facts.scopes import Import, Module
from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.root import import_roots, inside
from flake8_celery_patterns.project.tree import Tree
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.source.parse import MAX_BYTES, Unreadable, decode, parse

CACHE_FOLDER = ".celery_patterns_cache"

# Never looked for in the project: a module of ours named like one of these (celery.py beside the
# code that says `from celery import Celery`) is not what the import means.
LIBRARIES = frozenset(
    {
        "celery",
        "django",
        "fastapi",
        "flask",
        "flask_sqlalchemy",
        "functools",
        "kombu",
        "mongoengine",
        "peewee",
        "pony",
        "rest_framework",
        "sqlalchemy",
        "sqlmodel",
        "tortoise",
        "typing",
    }
)


@dataclass(eq=False, frozen=True, slots=True)
class Source:
    """A module of the project: where it stands and what it says.

    A folder without `__init__.py` (a namespace package) is one that says nothing.
    """

    path: Path
    facts: Module
    is_package: bool

    @property
    def folder(self) -> Path:
        """The folder that relative imports with one dot start from."""
        return self.path if self.path.suffix != ".py" else self.path.parent


@dataclass(frozen=True, slots=True)
class Outside:
    """What an import names that is not in the project; `name` is its full dotted name."""

    name: str


class Project:
    """One project root and what is known of its files.

    `parsed` counts the files of the project that were parsed to answer questions about them.
    """

    def __init__(self, root: Path, settings: Settings) -> None:
        self.root = root
        self.settings = settings
        self.parsed = 0
        self._sources: dict[Path, Source | None] = {}
        self._linted: dict[Path, Source] = {}
        self._places: dict[tuple[Path, str], Path | None] = {}
        # What rules and meanings remember about this project for the life of the process.
        self.memory: dict[Any, Any] = {}

    @cached_property
    def cache(self) -> Cache:
        """The cache on disk, for every process that lints this project."""
        if not self.settings.cache:
            return Cache(None, "")
        named = self.settings.cache_dir
        if named is not None:
            return Cache(named, _cache_version())
        return Cache(self.root / CACHE_FOLDER, _cache_version(), within=self.root)

    @cached_property
    def tree(self) -> Tree:
        """The names of all files of the project, for rules that speak of absence."""
        return Tree(self.root, self.cache)

    @property
    def linted(self) -> tuple[Source, ...]:
        """The files being linted at this moment."""
        return tuple(self._linted.values())

    @contextmanager
    def linting(self, path: Path, facts: Module) -> Iterator[Source]:
        """While a file is linted, questions about it are answered from the text that is linted."""
        path = Path(os.path.abspath(path))
        source = Source(path, facts, path.name == "__init__.py")
        before = self._linted.get(path)
        self._linted[path] = source
        try:
            yield source
        finally:
            if before is None:
                del self._linted[path]
            else:
                self._linted[path] = before

    def source(self, path: Path) -> Source | None:
        """The module at `path` (absolute); None if it cannot be read, parsed, or lies outside."""
        linted = self._linted.get(path)
        if linted is not None:
            return linted
        if path not in self._sources:
            self._sources[path] = self._load(path)
        return self._sources[path]

    def find(self, importer: Source, imported: Import) -> Source | Outside | None:
        """The module that `imported.module` names in `importer`.

        None: it lies in the project but cannot be read.
        """
        if imported.level:
            base = importer.folder
            for _ in range(imported.level - 1):
                base = base.parent
            place = self._below(base, imported.module)
            if place is None:
                return Outside("." * imported.level + imported.module)
            return self._at(place)
        top = imported.module.partition(".")[0]
        if top in LIBRARIES:
            return Outside(imported.module)
        for base in import_roots(self.root, importer.path):
            place = self._below(base, imported.module)
            if place is not None:
                return self._at(place)
        return Outside(imported.module)

    def submodule(self, package: Source, name: str) -> Source | None:
        """The module `name` of a package."""
        if not package.is_package:
            return None
        place = self._below(package.folder, name)
        return self._at(place) if place is not None else None

    def _at(self, place: Path) -> Source | None:
        if place.suffix == ".py":
            return self.source(place)
        if place not in self._sources:
            self._sources[place] = Source(place, Module(""), True)
        return self._sources[place]

    def _below(self, base: Path, dotted: str) -> Path | None:
        """The file or folder of the module `dotted` under `base`, if it is in the root."""
        key = (base, dotted)
        if key not in self._places:
            self._places[key] = self._look_below(base, dotted)
        return self._places[key]

    def _look_below(self, base: Path, dotted: str) -> Path | None:
        place = base.joinpath(*dotted.split(".")) if dotted else base
        for candidate in (place / "__init__.py", place.with_name(place.name + ".py")):
            if candidate in self._linted or (_is_file(candidate) and inside(self.root, candidate)):
                return candidate
        if place.is_dir() and inside(self.root, place):
            return place
        return None

    def _load(self, path: Path) -> Source | None:
        content = self._read(path)
        if content is None:
            return None
        facts = self._facts(content)
        return Source(path, facts, path.name == "__init__.py") if facts is not None else None

    def _read(self, path: Path) -> bytes | None:
        if not inside(self.root, path):
            return None
        try:
            with open(path, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return None
                content = file.read(MAX_BYTES + 1)
        except (OSError, ValueError):
            return None
        return content if len(content) <= MAX_BYTES else None

    def _facts(self, content: bytes) -> Module | None:
        from hashlib import blake2b

        from flake8_celery_patterns.facts.encode import decode as decode_facts

        key = "facts:" + blake2b(content, digest_size=20).hexdigest()
        kept = self.cache.get(key)
        if kept is not None:
            try:
                return decode_facts(kept)
            except (ValueError, KeyError, TypeError):
                pass
        encoded = self._parse(content)
        if encoded is None:
            return None
        self.cache.put(key, encoded)
        return decode_facts(encoded)

    def _parse(self, content: bytes) -> Any | None:
        self.parsed += 1
        try:
            parsed = parse(decode(content), outside=True)
            from flake8_celery_patterns.facts.encode import encode
            from flake8_celery_patterns.facts.file import collect

            return encode(collect(parsed.module).module)
        except (Unreadable, RecursionError):
            return None


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=1)
def _cache_version() -> str:
    """Changes with whatever could change a file's facts: this tool, its format, libcst, Python."""
    import sys
    from importlib.metadata import PackageNotFoundError, version

    from flake8_celery_patterns.facts.encode import FORMAT

    try:
        libcst = version("libcst")
    except PackageNotFoundError:
        libcst = "0"
    return f"{__version__}-{FORMAT}-{libcst}-py{sys.version_info[0]}.{sys.version_info[1]}"
