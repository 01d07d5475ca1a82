"""Settings as a file writes them: every place that certainly gives a Celery app a setting."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Mapping,
)
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.settings.holders import Holders, Reading, class_kind
from flake8_celery_patterns.meaning.settings.known import Meant, meant
from flake8_celery_patterns.meaning.settings.setting_names import SETTING_TYPES
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app, may_be_celery_app

if TYPE_CHECKING:
    from flake8_celery_patterns.facts.assigned import Assigned, ConfiguringCall
    from flake8_celery_patterns.facts.file import FileFacts
    from flake8_celery_patterns.meaning.meaning import Meaning

# What `Celery(…)` takes for other things than settings (celery/app/base.py); two have other names.
_MAKING = frozenset(
    """
    amqp autofinalize changes config_source control events fixups loader log main namespace
    set_as_current strict_typing task_cls tasks
    """.split()
)
# Nobody has a variable of these names for anything else.
_UNMISTAKEN = frozenset(
    name for name in SETTING_TYPES if name.startswith(("task_", "worker_")) and name.count("_") > 1
)
_RENAMED = {"broker": "broker_url", "backend": "result_backend"}


@dataclass(frozen=True, slots=True, eq=False)
class Written:
    """A setting as it is written: `name` at `node`, given `value`.

    `holder` is what it is written in: settings with the same one are read together. `readings` are
    the ways in which apps read it; `is_direct`: it is set on an app itself. `siblings` are all
    that the holder gives, by name. `is_conditional`: it stands in a branch.
    """

    name: str
    node: cst.CSTNode
    value: Expression
    where: Lexical
    holder: Hashable
    readings: frozenset[Reading]
    is_direct: bool = False
    is_conditional: bool = False
    is_text: bool = False
    siblings: dict[str, Written] = field(default_factory=dict, repr=False)

    @property
    def meant(self) -> Meant | None:
        """What the name says to Celery; None where that differs between the apps that read it."""
        found = {
            meant(
                self.name,
                reading.namespace,
                is_django=reading.is_django,
                is_direct=self.is_direct,
            )
            for reading in self.readings
        }
        read = [each for each in found if each is not None and each.way == "read"]
        if read:
            return read[0]
        return found.pop() if len(found) == 1 else None

    @property
    def setting(self) -> str | None:
        """The setting that it certainly gives a value to."""
        found = self.meant
        return found.setting if found is not None and found.way == "read" else None

    def sibling(self, setting: str) -> Written | None:
        """What gives `setting` in the same place."""
        return next((s for s in self.siblings.values() if s.setting == setting), None)

    @property
    def value_node(self) -> cst.CSTNode:
        """Where the value stands: the last name's, where names lead on to it in another place."""
        return self.value.node if self.value.node is not None else self.node


@dataclass(frozen=True, slots=True, eq=False)
class Idle:
    """A variable with a setting's name, in a module that makes an app and is read by none."""

    name: str
    node: cst.CSTNode


def idle(meaning: Meaning, facts: FileFacts) -> Iterator[Idle]:
    """The variables of the linted file that look like settings of the app it makes."""
    named = [a for a in facts.assigned if not a.scope and a.owner is None and a.name in _UNMISTAKEN]
    if not named or not facts.configuring:
        return
    finder = _Finder(meaning, facts)
    if meaning.holders.of_module(meaning.source) or not finder.makes_app():
        return
    for found in named:
        if isinstance(found.value, Constant):
            yield Idle(found.name, found.node)


def written(meaning: Meaning, facts: FileFacts) -> list[Written]:
    """The settings that the linted file gives, by where they are held."""
    if not facts.assigned and not facts.configuring:
        return []
    found = _Finder(meaning, facts)
    settings = [*found.assigned(), *found.called()]
    together: dict[Hashable, dict[str, Written]] = {}
    for setting in settings:
        together.setdefault(setting.holder, {})[setting.name] = setting
    for setting in settings:
        setting.siblings.update(together[setting.holder])
    return settings


class _Finder:
    def __init__(self, meaning: Meaning, facts: FileFacts) -> None:
        self._meaning = meaning
        self._facts = facts
        self._source = meaning.source
        self._seen: set[cst.CSTNode] = set()

    @property
    def _holders(self) -> Holders:
        return self._meaning.holders

    def _where(self, scope: tuple[str, ...]) -> Lexical:
        return Lexical(self._meaning, self._source, self._source.facts.inner(scope))

    def assigned(self) -> Iterator[Written]:
        """The names of a module or class, and of `app.conf`."""
        readings: dict[tuple[str, ...], frozenset[Reading]] = {}
        for found in self._facts.assigned:
            where = self._where(found.scope)
            if found.owner is not None:
                yield from self._on_owner(found, found.owner, where)
                continue
            if found.scope not in readings:
                readings[found.scope] = self._of_scope(found.scope)
            if readings[found.scope]:
                yield self._assigned(found, where, readings[found.scope], found.scope)
            if found.name in self._holders.flask_keys:
                reading = self._holders.flask_keys[found.name]
                yield from self._mapping(found.value, where, reading, found.name)

    def _assigned(
        self,
        found: Assigned,
        where: Lexical,
        readings: frozenset[Reading],
        holder: Hashable,
        *,
        is_direct: bool = False,
    ) -> Written:
        return Written(
            found.name,
            found.node,
            found.value,
            where,
            holder,
            readings,
            is_direct=is_direct,
            is_conditional=found.is_conditional,
            is_text=isinstance(found.node, cst.SimpleString),
        )

    def _of_scope(self, scope: tuple[str, ...]) -> frozenset[Reading]:
        if not scope:
            return self._holders.of_module(self._source)
        kind = class_kind(self._source, scope)
        return self._holders.of_class(kind) if kind is not None else frozenset()

    def _on_owner(self, found: Assigned, owner: Expression, where: Lexical) -> Iterator[Written]:
        """`app.conf.name = …`, and `flask_app.config["CELERY"] = …`."""
        reading = self._of_conf(owner, where)
        if reading is not None:
            holder = (owner, found.scope)
            yield self._assigned(found, where, frozenset({reading}), holder, is_direct=True)
        elif isinstance(found.node, cst.SimpleString) and found.name in self._holders.flask_keys:
            reading = self._holders.flask_keys[found.name]
            yield from self._mapping(found.value, where, reading, found.name)

    def _of_conf(self, owner: Expression, where: Lexical) -> Reading | None:
        """How `….conf` is read, where it is an app's."""
        if not isinstance(owner, Attribute) or owner.name != "conf":
            return None
        kind = self._meaning.evaluate(owner.value, where)
        if not may_be_celery_app(self._meaning, kind, owner.value, where):
            return None
        return self._direct

    @property
    def _direct(self) -> Reading:
        """How an app reads what is set on it: by Celery's names, and under its own namespace."""
        spaces = {reading.namespace for _, _, reading in self._holders.all}
        return Reading(spaces.pop() if len(spaces) == 1 else None, False)

    def called(self) -> Iterator[Written]:
        """The arguments of `Celery(…)`, `app.conf.update(…)`, `app.add_defaults(…)` …"""
        for found in self._facts.configuring:
            where = self._where(found.scope)
            call, function = found.call, found.call.function
            name = function.name if isinstance(function, Attribute) else ""
            if name == "update" and isinstance(function, Attribute):
                reading = self._of_conf(function.value, where)
                if reading is not None:
                    yield from self._arguments(found, where, reading, (function.value, found.scope))
            elif name == "add_defaults" and isinstance(function, Attribute):
                kind = self._meaning.evaluate(function.value, where)
                if may_be_celery_app(self._meaning, kind, function.value, where):
                    yield from self._arguments(found, where, self._direct, (function, found.scope))
            elif name == "from_mapping":
                yield from self._from_mapping(call, where)
            elif self._is_plain_app(call, where):
                yield from self._made(found, where)
        for expression, there, reading in self._holders.mappings(self._source):
            yield from self._mapping(expression, there, reading, expression)

    def _is_plain_app(self, call: Call, where: Lexical) -> bool:
        """Whether a call makes an app of Celery's own class: one derived may take other things."""
        kind = self._meaning.evaluate(call, where)
        return isinstance(kind, External) and is_celery_app(self._meaning, kind)

    def makes_app(self) -> bool:
        """Whether the file makes an app outside of any function."""
        return any(
            not found.scope and self._is_plain_app(found.call, self._where(()))
            for found in self._facts.configuring
        )

    def _from_mapping(self, call: Call, where: Lexical) -> Iterator[Written]:
        for argument in call.arguments:
            if argument.keyword in self._holders.flask_keys:
                reading = self._holders.flask_keys[argument.keyword]
                yield from self._mapping(argument.value, where, reading, argument.keyword)

    def _made(self, found: ConfiguringCall, where: Lexical) -> Iterator[Written]:
        """The settings that `Celery(…)` is given."""
        for argument in found.call.arguments:
            node = argument.node
            if argument.keyword is None or not isinstance(node, cst.Arg) or not node.keyword:
                continue
            if argument.keyword == "changes":
                yield from self._mapping(argument.value, where, self._direct, found.call.node)
            elif argument.keyword not in _MAKING:
                name = _RENAMED.get(argument.keyword, argument.keyword)
                yield self._keyword(
                    name, node.keyword, argument.value, where, found, found.call.node
                )

    def _keyword(
        self,
        name: str,
        node: cst.Name,
        given: Expression,
        where: Lexical,
        found: ConfiguringCall,
        holder: Hashable,
    ) -> Written:
        return Written(
            name,
            node,
            given,
            where,
            holder,
            frozenset({self._direct}),
            is_direct=True,
            is_conditional=found.is_conditional,
        )

    def _arguments(
        self, found: ConfiguringCall, where: Lexical, reading: Reading, holder: Hashable
    ) -> Iterator[Written]:
        for argument in found.call.arguments:
            node = argument.node
            if argument.keyword is not None and isinstance(node, cst.Arg) and node.keyword:
                yield self._keyword(
                    argument.keyword, node.keyword, argument.value, where, found, holder
                )
            elif argument.keyword is None:
                yield from self._mapping(
                    argument.value,
                    where,
                    reading,
                    holder,
                    is_direct=True,
                    is_conditional=found.is_conditional,
                )

    def _mapping(
        self,
        expression: Expression,
        where: Lexical,
        reading: Reading,
        holder: Hashable,
        *,
        is_direct: bool = False,
        is_conditional: bool = False,
        depth: int = 0,
    ) -> Iterator[Written]:
        """The entries of a dict of settings, where it stands in this file."""
        shown, there = followed(self._meaning, expression, where)
        if not isinstance(there, Lexical) or there.source.path != self._source.path or depth > 5:
            return
        for name, node, given in _entries(self._meaning, shown, there):
            if node is None:
                yield from self._mapping(
                    given,
                    there,
                    reading,
                    holder,
                    is_direct=is_direct,
                    is_conditional=is_conditional,
                    depth=depth + 1,
                )
            elif node not in self._seen:
                self._seen.add(node)
                yield Written(
                    name,
                    node,
                    given,
                    there,
                    holder,
                    frozenset({reading}),
                    is_direct=is_direct,
                    is_conditional=is_conditional,
                    is_text=isinstance(node, cst.SimpleString),
                )


def _entries(
    meaning: Meaning, shown: Expression, where: Lexical
) -> Iterator[tuple[str, cst.CSTNode | None, Expression]]:
    """Names, where they stand, and values of `{…}` and `dict(…)`; without a place: `**other`."""
    if isinstance(shown, Mapping):
        for entry in shown.entries:
            if entry.key is None:
                yield "", None, entry.value
            elif isinstance(entry.key, Constant) and isinstance(entry.key.value, str):
                if entry.key.node is not None:
                    yield entry.key.value, entry.key.node, entry.value
    elif isinstance(shown, Call) and meaning.evaluate(shown.function, where) == External(
        "builtins.dict"
    ):
        for argument in shown.arguments:
            node = argument.node
            if argument.keyword is None:
                yield "", None, argument.value
            elif isinstance(node, cst.Arg) and node.keyword is not None:
                yield argument.keyword, node.keyword, argument.value


def shown_value(meaning: Meaning, setting: Written) -> object:
    """The literal value of a setting; UNSEEN where the text does not show it."""
    return value(meaning, setting.value, setting.where)
