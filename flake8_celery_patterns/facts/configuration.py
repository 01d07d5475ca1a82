"""The collector of settings: every place that gives a Celery setting a value."""

from __future__ import annotations

import re

import libcst as cst

from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Name,
)
from flake8_celery_patterns.facts.read import read, text_of
from flake8_celery_patterns.facts.scopes import Configuring, Import, Scope, Setting

# What rules ask about, under whatever prefix a namespace gives it; and the names by which the
# project says where its settings are.
_SETTING = re.compile(
    r"\A(?:celery\w*_(?P<meant>time_limit)"
    r"|\w*?(?P<setting>task_(?:soft_)?time_limit|task_annotations|task_serializer|task_cls"
    r"|task_ignore_result|result_backend|result_serializer"
    r"|task_acks_late|task_eager_propagates|task_default_rate_limit)"
    r"|celery_(?P<old>annotations|acks_late|ignore_result|eager_propagates)(?:_exceptions)?"
    r"|(?P<where>django_settings_module)"
    r"|(?:\w*celery_)?(?P<broker>broker_url|broker_transport_options|visibility_timeout)"
    r"|(?-i:(?P<flask>CELERY(?:_CONFIG)?)))\Z",
    re.IGNORECASE,
)
_CONFIGURING = frozenset(
    {
        "Celery",
        "add_defaults",
        "config_from_cmdline",
        "config_from_envvar",
        "config_from_object",
        "exec",
        "from_envvar",
        "from_file",
        "from_json",
        "from_prefixed_env",
        "from_pyfile",
        "include",
        "setattr",
    }
)
# `app.Task = ContextTask`: what every task of the app is made from.
APP_TASK = "app.Task"
# The name under which settings are noted whose names the text does not show.
UNSEEN_SETTINGS = "<unseen>"
# The owner of a setting that the text does not show to belong to an app or a module.
UNSEEN_OWNER = "<unseen>"
# The parts of `app.conf` that can be updated (celery/utils/collections.py).
_MAPPINGS = frozenset({"changes", "conf", "defaults"})
_NAMESPACES = frozenset({"globals", "locals", "vars"})


def setting_name(name: str) -> str | None:
    """The Celery setting that `name` gives a value to under any prefix; None if none we ask for."""
    match = _SETTING.match(name)
    if match is None:
        return None
    if match["old"]:
        return f"task_{match['old'].lower()}"
    if match["meant"]:
        # `CELERYD_SOFT_TIME_LIMIT`: perhaps without effect, but then that is what is wrong.
        return "task_soft_time_limit" if "soft" in name.lower() else "task_time_limit"
    return match["flask"] or (match["setting"] or match["where"] or match["broker"]).lower()


class Configuration:
    """Collects the module's `settings` and `configuring`."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._module = definitions.module
        # The names of apps, each in the scope in which it is one.
        self._apps: set[tuple[Scope, str]] = set()
        self._globals: set[tuple[Scope, str]] = set()
        # Whose settings a keyword or the key of a dict gives.
        self._owners: dict[cst.CSTNode, str] = {}
        self._settings: list[Setting] = []
        self._configuring: list[Configuring] = []

    def _path(self) -> tuple[str, ...]:
        names = [scope.name for scope in self._definitions.scope.enclosing() if scope.parent]
        return tuple(reversed(names))

    def _note(self, name: str, value: cst.BaseExpression | None, owner: str = UNSEEN_OWNER) -> None:
        setting = setting_name(name)
        if setting is not None:
            self._add(setting, value, name, owner)

    def _add(
        self,
        setting: str,
        value: cst.BaseExpression | None,
        written: str = "",
        owner: str = UNSEEN_OWNER,
    ) -> None:
        expression = _shown(value) if value is not None else None
        self._settings.append(Setting(setting, expression, self._path(), written, owner))

    def leave_Module(self, node: cst.Module) -> None:
        self._module.settings = tuple(self._settings)
        self._module.configuring = tuple(self._configuring)

    def visit_Assign(self, node: cst.Assign) -> None:
        makes_app = isinstance(node.value, cst.Call) and self._called(node.value) == "Celery"
        for target in node.targets:
            self._target(target.target, node.value)
            if makes_app and isinstance(target.target, cst.Name):
                self._add_app(target.target.value)

    def _add_app(self, name: str) -> None:
        scope = self._definitions.scope
        is_global = (scope, name) in self._globals
        self._apps.add((self._module if is_global else scope, name))

    def visit_Global(self, node: cst.Global) -> None:
        self._globals.update((self._definitions.scope, item.name.value) for item in node.names)

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        if node.value is not None:
            self._target(node.target, node.value)

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._target(node.target, node.value)

    def _target(self, target: cst.BaseExpression, value: cst.BaseExpression | None) -> None:
        if isinstance(target, cst.Name):
            self._note(target.value, value, "")
        elif isinstance(target, cst.Attribute):
            self._attribute(target, value)
        elif isinstance(target, cst.Subscript) and len(target.slice) == 1:
            index = target.slice[0].slice
            if isinstance(index, cst.Index) and isinstance(index.value, cst.SimpleString):
                owner = "conf" if _last(target.value) == "conf" else UNSEEN_OWNER
                self._note(text_of(index.value) or "", value, owner)
            elif _last(target.value) == "conf" or _is_namespace(target.value):
                self._unseen(target)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._target(element.value, None)

    def _attribute(self, target: cst.Attribute, value: cst.BaseExpression | None) -> None:
        name = target.attr.value
        self._note(name, value, "conf" if _last(target.value) == "conf" else UNSEEN_OWNER)
        if name == "Task":
            self._add(APP_TASK, value)
        elif name == "conf":
            self._unseen(target)
        elif _last(target.value) == "Task":
            # `app.Task.time_limit = 300` is a setting for all tasks.
            self._note(f"task_{name}", value)

    def _unseen(self, target: cst.BaseExpression) -> None:
        """Note that settings are given in a way that does not show which."""
        call = Call(Name(UNSEEN_SETTINGS), (Argument(read(target)),))
        self._configuring.append(Configuring(call, self._path()))

    def visit_Arg(self, node: cst.Arg) -> None:
        if node.keyword is not None:
            self._note(node.keyword.value, node.value, self._owners.get(node, UNSEEN_OWNER))

    def visit_DictElement(self, node: cst.DictElement) -> None:
        if isinstance(node.key, cst.SimpleString):
            owner = self._owners.get(node, UNSEEN_OWNER)
            self._note(text_of(node.key) or "", node.value, owner)

    def _own(self, node: cst.Call, name: str) -> None:
        """Note whose settings the arguments of `Celery(…)` or `app.conf.update(…)` are."""
        owner = _last(node.func.value) if isinstance(node.func, cst.Attribute) else ""
        if name != "Celery" and (name, owner) != ("update", "conf"):
            return
        for argument in node.args:
            self._owners[argument] = "conf"
            if name == "Celery" and argument.keyword and argument.keyword.value == "broker":
                self._add("broker_url", argument.value, "broker_url", "conf")
            if name == "update" and isinstance(argument.value, cst.Dict):
                self._owners.update(dict.fromkeys(argument.value.elements, "conf"))

    def visit_Call(self, node: cst.Call) -> None:
        name = self._called(node)
        self._own(node, name)
        if name in ("setattr", "setdefault") and len(node.args) >= 2:
            key, value = node.args[-2].value, node.args[-1].value
            if isinstance(key, cst.SimpleString):
                self._note(text_of(key) or "", value)
                return
        if name in _CONFIGURING or self._may_configure(node, name):
            call = read(node)
            assert isinstance(call, Call)
            self._configuring.append(Configuring(call, self._path()))

    def _called(self, node: cst.Call) -> str:
        """The name of what is called; of what an import brought, the name it has at home."""
        name = _called(node)
        if isinstance(node.func, cst.Name):
            for scope in self._definitions.scope.enclosing():
                for binding in scope.bindings.get(name, ()):
                    if isinstance(binding, Import) and binding.name is not None:
                        return binding.name
        return name

    def _may_configure(self, node: cst.Call, name: str) -> bool:
        """`….conf.update(…)`, and a call that is handed the app or the module's own namespace."""
        if name == "update" and isinstance(node.func, cst.Attribute):
            owner = node.func.value
            return _last(owner) in _MAPPINGS or _is_namespace(owner)
        if "dynaconf" in name.lower():
            return True
        return any(
            (isinstance(arg.value, cst.Name) and self._is_app(arg.value.value))
            or (isinstance(arg.value, cst.Attribute) and arg.value.attr.value == "conf")
            or _is_namespace(arg.value)
            for arg in node.args
        )

    def _is_app(self, name: str) -> bool:
        return any((scope, name) in self._apps for scope in self._definitions.scope.enclosing())


def _shown(value: cst.BaseExpression) -> Expression:
    """The value of a setting; of an f-string, its first text: that is the scheme of a URL."""
    if isinstance(value, cst.FormattedString) and value.parts:
        first = value.parts[0]
        if isinstance(first, cst.FormattedStringText):
            return Binary("+", Constant(first.value), read(value), node=value)
    return read(value)


def _called(node: cst.Call) -> str:
    return _last(node.func)


def _is_namespace(node: cst.BaseExpression) -> bool:
    """`globals()`, `locals()`, `vars()`."""
    return isinstance(node, cst.Call) and _called(node) in _NAMESPACES


def _last(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""


def last_name(expression: Expression) -> str:
    """The last name of `a.b.c` or of `c`; "" for anything else."""
    if isinstance(expression, Attribute):
        return expression.name
    return expression.id if isinstance(expression, Name) else ""


def is_text(expression: Expression | None) -> bool:
    """Whether an expression is a string literal."""
    return isinstance(expression, Constant) and isinstance(expression.value, str)
