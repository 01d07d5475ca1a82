"""What a method of a manager, queryset, query or result gives, ORM by ORM.

From the ORMs' own references: Django 5.2 "QuerySet API", SQLAlchemy 2.0 "Query", "Select" and
"Result", peewee "Model" and "Query", MongoEngine "QuerySet", Tortoise ORM "Query API" and
Pony "Queries".
"""

from __future__ import annotations

from enum import Enum

from flake8_celery_patterns.meaning.kinds import Orm, StreamKind


class Gives(Enum):
    """What calling a method gives."""

    SELF = "the same stream"
    ELEMENT = "one element"
    ELEMENTS = "a list or iterator of elements"
    PAIR = "(element, created)"
    TABLE = "a dict of elements"
    PLAIN = "nothing to ask about"
    QUERYSET = "a queryset"
    QUERY = "a query"
    VALUES = "a stream of plain rows"
    SCALARS = "a stream of scalars"
    SINGLE = "something that gives one element when awaited"
    SINGLE_PAIR = "something that gives (element, created) when awaited"


Methods = dict[str, Gives]


def _all(words: str, gives: Gives) -> Methods:
    return dict.fromkeys(words.split(), gives)


_DJANGO_QUERYSET: Methods = {
    **_all("get first last latest earliest create", Gives.ELEMENT),
    **_all("get_or_create update_or_create", Gives.PAIR),
    **_all(
        "all filter exclude order_by reverse distinct select_related prefetch_related annotate"
        " alias defer only using select_for_update union intersection difference extra none"
        " complex_filter raw get_queryset",
        Gives.QUERYSET,
    ),
    **_all("values values_list dates datetimes", Gives.VALUES),
    **_all("iterator aiterator bulk_create", Gives.ELEMENTS),
    **_all("in_bulk", Gives.TABLE),
    **_all("count exists aggregate update delete explain contains bulk_update", Gives.PLAIN),
}
# A manager that a foreign key elsewhere gives a model: only what can be nothing else.
_DJANGO_RELATED: Methods = {
    **_all("all filter exclude order_by select_related prefetch_related distinct", Gives.QUERYSET),
    **_all("first last", Gives.ELEMENT),
}
_DJANGO_USERS = _all("create_user create_superuser get_by_natural_key", Gives.ELEMENT)

_SQLALCHEMY_QUERY: Methods = {
    **_all("first one one_or_none get scalar get_or_404 first_or_404 one_or_404", Gives.ELEMENT),
    **_all(
        "filter filter_by where order_by join outerjoin options limit offset distinct group_by"
        " having with_for_update execution_options populate_existing slice select_from"
        " enable_eagerloads autoflush yield_per params prefix_with with_hint union union_all"
        " intersect except_ reset_joinpoint correlate enable_assertions",
        Gives.SELF,
    ),
    **_all("all", Gives.ELEMENTS),
    **_all("count delete update exists", Gives.PLAIN),
}
_SQLALCHEMY_SELECT = _all(
    "where filter filter_by order_by join outerjoin join_from outerjoin_from options limit offset"
    " distinct group_by having with_for_update execution_options select_from correlate prefix_with"
    " with_hint params",
    Gives.SELF,
)
_SQLALCHEMY_SCALARS: Methods = {
    **_all("first one one_or_none", Gives.ELEMENT),
    **_all("all fetchall fetchmany", Gives.ELEMENTS),
    **_all("unique yield_per", Gives.SELF),
}
_SQLALCHEMY_RESULT: Methods = {
    **_all("scalar scalar_one scalar_one_or_none", Gives.ELEMENT),
    **_all("scalars", Gives.SCALARS),
    **_all("unique yield_per", Gives.SELF),
}
_PEEWEE_CLASS: Methods = {
    **_all("get get_by_id get_or_none create", Gives.ELEMENT),
    **_all("get_or_create", Gives.PAIR),
    **_all("select filter", Gives.QUERY),
}
_PEEWEE_QUERY: Methods = {
    **_all("get first get_or_none peek", Gives.ELEMENT),
    **_all(
        "where orwhere order_by join left_outer_join join_from switch limit offset distinct"
        " group_by having with_cte for_update paginate filter",
        Gives.SELF,
    ),
    **_all("dicts tuples namedtuples", Gives.VALUES),
    **_all("iterator", Gives.ELEMENTS),
    **_all("count exists scalar", Gives.PLAIN),
}
_MONGO_QUERYSET: Methods = {
    **_all("get first create modify with_id", Gives.ELEMENT),
    **_all(
        "all filter order_by limit skip only exclude no_cache none hint batch_size"
        " select_related distinct_on timeout read_preference no_dereference clone",
        Gives.QUERYSET,
    ),
    **_all("values_list scalar as_pymongo", Gives.VALUES),
    **_all("in_bulk", Gives.TABLE),
    **_all("count delete update update_one sum average distinct", Gives.PLAIN),
}
_TORTOISE_CLASS: Methods = {
    **_all("get get_or_none first create", Gives.SINGLE),
    **_all("get_or_create update_or_create", Gives.SINGLE_PAIR),
    **_all("filter all exclude", Gives.QUERYSET),
}
_TORTOISE_QUERYSET: Methods = {
    **_all("get get_or_none first last latest earliest", Gives.SINGLE),
    **_all(
        "filter all exclude order_by limit offset distinct prefetch_related select_related"
        " annotate only using_db select_for_update group_by",
        Gives.SELF,
    ),
    **_all("values values_list", Gives.VALUES),
}
_TORTOISE_SINGLE = _all("prefetch_related select_related only using_db", Gives.SELF)
_PONY_CLASS: Methods = {
    **_all("get get_for_update get_by_sql", Gives.ELEMENT),
    **_all("select", Gives.QUERY),
}
_PONY_QUERY: Methods = {
    **_all("first get", Gives.ELEMENT),
    **_all("filter where order_by sort_by limit page for_update prefetch distinct", Gives.SELF),
    **_all("count exists", Gives.PLAIN),
}

STREAM_METHODS: dict[tuple[Orm, StreamKind], Methods] = {
    ("Django", "manager"): {**_DJANGO_QUERYSET, **_DJANGO_USERS},
    ("Django", "queryset"): {**_DJANGO_QUERYSET, **_all("get_queryset", Gives.QUERYSET)},
    ("Django", "related"): _DJANGO_RELATED,
    ("SQLAlchemy", "query"): _SQLALCHEMY_QUERY,
    ("SQLAlchemy", "select"): _SQLALCHEMY_SELECT,
    ("SQLAlchemy", "scalars"): _SQLALCHEMY_SCALARS,
    ("SQLAlchemy", "result"): _SQLALCHEMY_RESULT,
    ("SQLModel", "query"): _SQLALCHEMY_QUERY,
    ("SQLModel", "select"): _SQLALCHEMY_SELECT,
    ("SQLModel", "scalars"): _SQLALCHEMY_SCALARS,
    ("SQLModel", "result"): _SQLALCHEMY_RESULT,
    ("peewee", "query"): _PEEWEE_QUERY,
    ("MongoEngine", "manager"): _MONGO_QUERYSET,
    ("MongoEngine", "queryset"): _MONGO_QUERYSET,
    ("Tortoise", "queryset"): _TORTOISE_QUERYSET,
    ("Tortoise", "single"): _TORTOISE_SINGLE,
    ("Pony", "query"): _PONY_QUERY,
}
CLASS_METHODS: dict[Orm, Methods] = {
    "peewee": _PEEWEE_CLASS,
    "Tortoise": _TORTOISE_CLASS,
    "Pony": _PONY_CLASS,
}
# `aget`, `afirst` … of Django's managers and querysets: the same, awaited.
DJANGO_AWAITED: Methods = {
    "a" + name: gives
    for name, gives in _DJANGO_QUERYSET.items()
    if name
    in "get first last latest earliest create get_or_create update_or_create in_bulk bulk_create"
    " count exists aggregate update delete contains bulk_update".split()
}
