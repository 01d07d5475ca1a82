"""Which classes are models, and of which ORM: by their bases, followed through the project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Call, Constant
from flake8_celery_patterns.facts.scopes import Assignment
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Model, Orm
from flake8_celery_patterns.meaning.names.classes import Ancestry
from flake8_celery_patterns.meaning.names.environment import Lexical

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Bases outside the project, by full name. Django's third-party bases are those whose whole point
# is to be a model's base; others are known by the fields declared below them.
_BASES: tuple[tuple[re.Pattern[str], Orm], ...] = tuple(
    (re.compile(pattern), orm)  # type: ignore[misc]
    for pattern, orm in (
        (r"django\.(contrib\.gis\.)?db\.models\.(base\.)?Model", "Django"),
        (r"django\.contrib\.\w+\.(models|base_user|base_session)\.[A-Z]\w+", "Django"),
        (
            r"(mptt|polymorphic|parler|solo|safedelete|model_utils|ordered_model)\.models\.\w+",
            "Django",
        ),
        (r"(wagtail(\.core)?|taggit|treebeard\.(mp|ns|al)_tree)(\.models)?\.[A-Z]\w+", "Django"),
        (r"django_extensions\.db\.models\.\w+", "Django"),
        (r"sqlalchemy\.(orm|ext)\..*\bDeclarativeBase(NoMeta)?", "SQLAlchemy"),
        (r"sqlalchemy\..*\b(declarative_base|automap_base|generate_base)\(\)", "SQLAlchemy"),
        (r"flask_sqlalchemy\.(\w+\.)?SQLAlchemy\(\)\.Model", "SQLAlchemy"),
        (r"flask_sqlalchemy\.model\.Model", "SQLAlchemy"),
        (r"flask_appbuilder\.(models\.sqla\.)?Model", "SQLAlchemy"),
        (r"sqlmodel\.(main\.)?SQLModel", "SQLModel"),
        (r"peewee\.Model|playhouse\.flask_utils\.FlaskDB\(\)\.Model", "peewee"),
        (
            r"(flask_)?mongoengine\.(\w+\.)*(MongoEngine\(\)\.)?(Dynamic|Embedded)*Document",
            "MongoEngine",
        ),
        (r"tortoise\.(models\.)?Model", "Tortoise"),
        (r"pony\.orm\.(core\.)?Database\(\)\.Entity", "Pony"),
    )
)
_DJANGO_FIELD = re.compile(r"django\.(contrib\.gis\.)?db\.models\.(\w+\.)*\w*(Field|Key)\(\)")
_COLUMN = re.compile(r"(sqlalchemy|flask_sqlalchemy)\..*(\bColumn|mapped_column)\(\)")
_MAPPED = re.compile(r"sqlalchemy\.orm\..*(as_declarative\(\)|registry\(\)\.mapped)")
# What a base class for models is called, where more is not known.
_ABSTRACT = re.compile(r"(?!django\.).*(Model|Base|Abstract|Mixin|Page|Node|Entity|Orderable)\w*\Z")
_OUTSIDE_MODEL = re.compile(r"(?:^|\.)models(?:\.\w+)*\.(?P<name>[A-Z]\w*)\Z")


def external_model(name: str) -> Model | None:
    """The model that a class outside the project is known to be, by its full name."""
    if name == "django.contrib.auth.get_user_model()":
        return Model("User", "Django")
    if re.fullmatch(r"django\.contrib\.\w+\.models\.[A-Z]\w+(?<!Manager)", name):
        return Model(name.rpartition(".")[2], "Django", external=name)
    return None


def looks_like_model(name: str) -> str | None:
    """The class name in a full name such as `shop.models.Order`, of a module that is not there.

    Not enough to call it a model: only together with a use as one.
    """
    match = _OUTSIDE_MODEL.search(name)
    return match["name"] if match else None


def base_orm(name: str) -> Orm | None:
    """The ORM whose base class has the full name `name`."""
    if name.endswith(("Manager", "QuerySet")):
        return None
    return next((orm for pattern, orm in _BASES if pattern.fullmatch(name)), None)


def model_of(meaning: Meaning, kind: ClassKind) -> Model | None:
    """The model that a class of the project is; None if it is none, or not certainly one."""
    family = meaning.ancestry(kind)
    for name in family.external:
        orm = base_orm(name)
        if orm == "SQLModel":
            return Model(kind.definition.name, orm, kind) if _is_table(family) else None
        if orm is not None:
            return Model(kind.definition.name, orm, kind)
    return _by_fields(meaning, kind, family)


def _is_table(family: Ancestry) -> bool:
    return any(kind.definition.keyword("table") == Constant(True) for kind in family.classes)


def _by_fields(meaning: Meaning, kind: ClassKind, family: Ancestry) -> Model | None:
    """A model by the fields or columns that its own body declares.

    Only below a base that is not known: without one, fields make a mixin, not a model.
    """
    environment = Lexical(meaning, kind.source, kind.definition.parent or kind.source.facts)
    for decorator in kind.definition.decorators:
        found = meaning.evaluate(decorator, environment)
        if isinstance(found, External) and _MAPPED.fullmatch(found.name):
            return Model(kind.definition.name, "SQLAlchemy", kind)
    if family.whole and not any(_ABSTRACT.search(name) for name in family.external):
        return None
    for bindings in kind.definition.bindings.values():
        for binding in bindings:
            if isinstance(binding, Assignment) and isinstance(binding.value, Call):
                found = meaning.evaluate(binding.value, environment)
                if isinstance(found, External):
                    if _DJANGO_FIELD.fullmatch(found.name):
                        return Model(kind.definition.name, "Django", kind)
                    if _COLUMN.fullmatch(found.name) and "__tablename__" in (
                        kind.definition.bindings
                    ):
                        return Model(kind.definition.name, "SQLAlchemy", kind)
    return None
