"""CEL922 client-made-at-import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Subscript,
)
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function, Module
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.settings.pools import may_not_fork
from flake8_celery_patterns.meaning.tasks.retrying import names_in_body
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What opens a connection, or starts threads, in the moment in which it is made.
_CONNECTING = frozenset(
    """
    MySQLdb.connect confluent_kafka.Producer cx_Oracle.connect grpc.insecure_channel
    grpc.secure_channel imaplib.IMAP4 imaplib.IMAP4_SSL kafka.KafkaConsumer kafka.KafkaProducer
    mysql.connector.connect oracledb.connect pika.BlockingConnection psycopg.Connection.connect
    psycopg.connect psycopg2.connect pymssql.connect pymysql.connect pyodbc.connect
    snowflake.connector.connect socket.create_connection sqlite3.connect
    """.split()
)
# These connect at once only where they are told a host.
_TOLD = frozenset({"ftplib.FTP", "ftplib.FTP_TLS", "smtplib.SMTP", "smtplib.SMTP_SSL"})
# What keeps connections from its first use on, and says that it must not be shared over a fork.
_POOLING = frozenset(
    {
        "pymongo.MongoClient",
        "pymongo.mongo_client.MongoClient",
        "sqlalchemy.create_engine",
        "sqlalchemy.engine.create_engine",
    }
)
# A project that sees to it itself, in each worker process.
_SEEING_TO_IT = re.compile(
    rb"worker_process_init|\.dispose\(|register_at_fork|register_after_fork|worker_before_create"
)


class ClientMadeAtImport(Rule[Module | Class]):
    """Opens a connection when a module of tasks is imported.

    ## What it reports

    At the top level of a file that defines tasks, or in the body of a class there: a connection to
    a database, a broker or another machine (`psycopg2.connect()`, `sqlite3.connect()`, `pika`,
    `kafka`, `grpc`, `smtplib.SMTP(host)` …); also an engine of SQLAlchemy or a `MongoClient` that a
    task in that file uses.

    ## Why it is a risk

    The worker imports tasks once and then forks its processes. All of them have the same socket
    then: one reads the answer to what another has asked, a TLS session falls out of step, and the
    first process that ends closes the connection for all. It comes with load, as errors that make
    no sense, or as somebody else's row. Besides, whoever imports the module needs the server: the
    web process, every management command, every test.

    An engine or a `MongoClient` connects only when it is used, and then it does harm only if that
    is before the fork: by anything else that runs at import.

    ## Example

    ```python
    import psycopg2
    from celery import shared_task

    connection = psycopg2.connect("dbname=shop")


    @shared_task
    def count_orders():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders")
            return cursor.fetchone()[0]
    ```

    ## Use instead

    ```python
    from functools import cache

    import psycopg2
    from celery import shared_task


    @cache
    def connection():
        return psycopg2.connect("dbname=shop")


    @shared_task
    def count_orders():
        with connection().cursor() as cursor:
            cursor.execute("SELECT count(*) FROM orders")
            return cursor.fetchone()[0]
    ```

    Or make it in a receiver of the signal `worker_process_init`. For an engine,
    `engine.dispose(close=False)` there is enough.

    ## Fix

    None: when the connection is to be made and closed is yours to say.

    ## When it stays silent

    - For clients that are safe over a fork or connect for each call: redis, requests, httpx, boto3.
    - For `poolclass=…`, `MongoClient(…, connect=False)`, `SMTP()` without a host.
    - Where the project has a receiver of `worker_process_init`, disposes of an engine, or runs its
      workers with another pool (`--pool=threads`).
    - In files without tasks, in scripts (`if __name__ == "__main__":`), in test code.

    ## References

    - [SQLAlchemy: using connection pools with multiprocessing or os.fork()](https://docs.sqlalchemy.org/en/20/core/pooling.html#using-connection-pools-with-multiprocessing-or-os-fork)
    - [PyMongo: is PyMongo fork-safe?](https://pymongo.readthedocs.io/en/stable/faq.html#is-pymongo-fork-safe)
    - [psycopg2: thread and process safety](https://www.psycopg.org/docs/usage.html#thread-and-process-safety)
    """

    code: ClassVar[str] = "CEL922"
    name: ClassVar[str] = "client-made-at-import"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = (Module, Class)

    def check(self, fact: Module | Class, meaning: Meaning) -> Iterator[Report]:
        source = meaning.source
        if source.facts.is_script or not _is_at_top(fact):
            return
        where = meaning.lexical(source, fact)
        found = [
            (name, *made)
            for name, bindings in fact.bindings.items()
            for binding in bindings
            if isinstance(binding, Assignment) and binding.value is not None
            if (made := _client(binding.value, where, meaning)) is not None
        ]
        tasks = list(_tasks(meaning)) if found else []
        if not tasks or is_test_code(source.path, meaning.project.root):
            return
        if may_not_fork(meaning) or meaning.project.tree.matching(_SEEING_TO_IT, "after fork"):
            return
        used = frozenset[str]().union(*(names_in_body(meaning, task) for task in tasks))
        for name, call, maker in found:
            is_used = maker not in _POOLING or name in used
            if is_used and call.node is not None:
                yield Report(call.node, _message(name, maker))


def _is_at_top(scope: Module | Class) -> bool:
    return isinstance(scope, Module) or isinstance(scope.parent, Module)


def _client(made: Expression, where: Environment, meaning: Meaning) -> tuple[Call, str] | None:
    """The call that makes a client, and its full name: `connect(…)` of `connect(…).cursor()`."""
    current = made
    while isinstance(current, (Attribute, Call, Subscript)):
        if isinstance(current, Call):
            kind = meaning.evaluate(current.function, where)
            if isinstance(kind, External) and _is_shared(kind.name, current):
                return current, kind.name
            current = current.function
        else:
            current = current.value
    return None


def _is_shared(maker: str, call: Call) -> bool:
    if call.is_open:
        return False
    if maker in _POOLING:
        connect = call.keyword("connect")
        is_lazy = connect is not None and connect.value != Constant(True)
        return not is_lazy and call.keyword("poolclass") is None
    return maker in _CONNECTING or (
        maker in _TOLD and (call.positional(0) is not None or call.keyword("host") is not None)
    )


def _tasks(meaning: Meaning) -> Iterator[Task]:
    for scope in meaning.source.facts.all_scopes():
        if isinstance(scope, (Function, Class)):
            task = meaning.task(meaning.source, scope)
            if task is not None:
                yield task


def _message(name: str, maker: str) -> str:
    what = maker.removeprefix("sqlalchemy.").removeprefix("pymongo.")
    return (
        f"{what}() for `{name}` runs at import, before the worker forks: its processes share one "
        "connection and get each other's answers; make it where it is first used in a process"
    )
