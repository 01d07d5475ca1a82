"""The other files of a project: their facts on demand, each read once a process."""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

from flake8_celery_patterns import __version__
from flake8_celery_patterns.facts.scopes import Import, Module
from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.journal import Journal, Notes, digest_of
from flake8_celery_patterns.project.root import import_roots, inside
from flake8_celery_patterns.project.tree import Tree
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.source.parse import MAX_BYTES, Unreadable, glimpsed, parse, readable

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


_Answer = TypeVar("_Answer")


@dataclass(eq=False, frozen=True, slots=True)
class Source:
    """A module of the project: where it stands and what it says.

    A folder without `__init__.py` (a namespace package) is one that says nothing. `digest` stands
    for one that is not being linted: "digest of its bytes:digest of its facts".
    """

    path: Path
    facts: Module
    is_package: bool
    digest: str = ""

    @property
    def folder(self) -> Path:
        """The folder that relative imports with one dot start from."""
        return self.path.parent if self.path.suffix in (".py", ".pyw") else self.path


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
        self.journal = Journal()
        self.parsed = 0
        self._sources: dict[Path, Source | None] = {}
        self._linted: dict[Path, Source] = {}
        self._places: dict[tuple[Path, str], Path | None] = {}
        self._remembered: dict[Any, tuple[Any, Notes]] = {}

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
        return Tree(self.root, self.cache, self.journal)

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

    def remember(self, key: Any, work_out: Callable[[], _Answer]) -> _Answer:
        """Give what `work_out` gives, asked once in the life of the process.

        It depends on the project on disk alone, not on the text that is being linted.
        """
        if key not in self._remembered:
            linted, self._linted = self._linted, {}
            try:
                with self.journal.recording() as notes:
                    answer = work_out()
            finally:
                self._linted = linted
            self._remembered[key] = answer, notes
        else:
            self.journal.replay(self._remembered[key][1])
        known: _Answer = self._remembered[key][0]
        return known

    def let_go(self) -> None:
        """Forget what was read and worked out; whoever asks again has it read anew.

        Not while a file is being linted: what was found in it rests on these very objects.
        """
        if not self._linted:
            for known in (self._sources, self._places, self._remembered):
                known.clear()
            self.__dict__.pop("tree", None)
            # Scopes and what is in them know each other.
            gc.collect()

    def source(self, path: Path) -> Source | None:
        """The module at `path` (absolute); None if it cannot be read, parsed, or lies outside."""
        linted = self._linted.get(path)
        if linted is not None:
            return linted
        if path not in self._sources:
            self._sources[path] = self._load(path)
        found = self._sources[path]
        self.journal.note("facts", os.fspath(path), found.digest if found is not None else "")
        return found

    def content(self, path: Path) -> bytes | None:
        """The bytes of a file of the project; None if it cannot be read, or lies outside."""
        content = self._read(path)
        self.journal.note("content", os.fspath(path), digest_of(content))
        return content

    def globbed(self, pattern: str) -> tuple[Path, ...]:
        """The files of the project that a glob pattern, relative to the root, matches; sorted."""
        found = [path for path in sorted(self.root.glob(pattern)) if _is_file(path)]
        inner = tuple(path for path in found if inside(self.root, path))
        self.journal.note("globbed", pattern, "\n".join(map(str, inner)))
        return inner

    def roots(self, path: Path) -> tuple[Path, ...]:
        """The folders that the file `path` imports from, best first."""
        found = import_roots(self.root, path)
        self.journal.note("roots", os.fspath(path.parent), "\n".join(map(str, found)))
        return found

    def find(self, importer: Source, imported: Import) -> Source | Outside | None:
        """The module that `imported.module` names in `importer`.

        None: it lies in the project but cannot be read.
        """
        place = self.place(importer, imported)
        if place is None:
            return Outside("." * imported.level + imported.module)
        return self._at(place)

    def place(self, importer: Source, imported: Import) -> Path | None:
        """The file or folder that `imported.module` names in `importer`; None outside the project.

        Nothing is read.
        """
        if imported.level:
            base = importer.folder
            for _ in range(min(imported.level - 1, len(base.parts))):
                base = base.parent
            return self.below(base, imported.module)
        if imported.module.partition(".")[0] in LIBRARIES:
            return None
        places = (self.below(base, imported.module) for base in self.roots(importer.path))
        return next((place for place in places if place is not None), None)

    def submodule(self, package: Source, name: str) -> Source | None:
        """The module `name` of a package."""
        if not package.is_package:
            return None
        place = self.below(package.folder, name)
        return self._at(place) if place is not None else None

    def _at(self, place: Path) -> Source | None:
        if place.suffix == ".py":
            return self.source(place)
        if place not in self._sources:
            self._sources[place] = Source(place, Module(""), True)
        return self._sources[place]

    def below(self, base: Path, dotted: str) -> Path | None:
        """The file or folder of the module `dotted` under `base`, if it is in the root."""
        key = (base, dotted)
        if key not in self._places:
            self._places[key] = self._look_below(base, dotted)
        place = self._places[key]
        self.journal.note("place", f"{base}\n{dotted}", str(place or ""))
        return place

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
        digest = digest_of(content)
        known = self._from_cache(digest) or self._parse(content, digest)
        if known is None:
            return None
        facts, encoded = known
        # Of the facts too: most changes of a file change none.
        stands_for = f"{digest}:{digest_of(repr(encoded).encode('utf-8', 'surrogatepass'))}"
        return Source(path, facts, path.name == "__init__.py", stands_for)

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

    def _from_cache(self, digest: str) -> tuple[Module, Any] | None:
        from flake8_celery_patterns.facts.encode import decode as decode_facts

        kept = self.cache.get(f"facts:{digest}")
        try:
            return (decode_facts(kept), kept) if kept is not None else None
        except (ValueError, KeyError, TypeError):
            return None

    def _parse(self, content: bytes, digest: str) -> tuple[Module, Any] | None:
        from flake8_celery_patterns.facts.encode import decode as decode_facts
        from flake8_celery_patterns.facts.encode import encode
        from flake8_celery_patterns.facts.file import collect_module

        self.parsed += 1
        try:
            text = readable(content)
            parsed = glimpsed(text, outside=True) or parse(text, outside=True)
            encoded = encode(collect_module(parsed.module))
            # Decoded anew, the facts hold no node of the tree, which can be freed.
            facts = decode_facts(encoded)
        except (Unreadable, RecursionError, ValueError):
            return None
        self.cache.put(f"facts:{digest}", encoded)
        return facts, encoded


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
