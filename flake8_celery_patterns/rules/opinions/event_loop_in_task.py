"""CEL918 event-loop-in-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Name, shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External, FunctionKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children

# What runs a coroutine in an event loop made for it alone.
_RUNNING = frozenset(
    {"anyio.run", "asyncio.run", "asyncio.new_event_loop().run_until_complete", "uvloop.run"}
)
_WRAPPING = "asgiref.sync.async_to_sync()"
_AROUND = frozenset({"asyncio.wait_for", "asyncio.shield"})
# What keeps connections of the loop that it was first used in.
_CLIENTS = frozenset(
    """
    aiohttp.ClientSession aioredis.from_url anthropic.AsyncAnthropic
    elasticsearch.AsyncElasticsearch httpx.AsyncClient motor.motor_asyncio.AsyncIOMotorClient
    openai.AsyncAzureOpenAI openai.AsyncOpenAI pymongo.AsyncMongoClient redis.asyncio.Redis
    redis.asyncio.Redis.from_url redis.asyncio.from_url sqlalchemy.ext.asyncio.create_async_engine
    """.split()
)
_SESSIONS = frozenset({"sqlalchemy.ext.asyncio.async_sessionmaker", "sqlalchemy.orm.sessionmaker"})
_CLOSING = frozenset({"aclose", "close", "dispose", "disconnect"})


class EventLoopInTask(Rule[Called]):
    """Runs an event loop for each task, with a client that outlives it.

    ## What it reports

    `asyncio.run()`, `async_to_sync()` or a new loop's `run_until_complete()` in a task, of a
    coroutine function in the same file that uses an asynchronous client made at module level: of
    httpx, aiohttp, redis, SQLAlchemy (an engine, or sessions of one), Motor, OpenAI and others.

    ## Why it is a risk

    Each call makes an event loop and closes it. The client stays, with connections that belong to
    the first of these loops. The first task of a worker process succeeds, and so does a test; the
    next one takes a connection out of the pool and gets `RuntimeError: Event loop is closed` or
    `… attached to a different loop`, at times only once the pool is used again soon enough.

    ## Example

    ```python
    import asyncio

    import httpx
    from celery import shared_task

    client = httpx.AsyncClient()


    async def fetch(url):
        response = await client.get(url)
        return response.text


    @shared_task
    def fetch_page(url):
        return asyncio.run(fetch(url))
    ```

    ## Use instead

    ```python
    import asyncio

    import httpx
    from celery import shared_task


    async def fetch(url):
        async with httpx.AsyncClient() as client:
            response = await client.get(url)
        return response.text


    @shared_task
    def fetch_page(url):
        return asyncio.run(fetch(url))
    ```

    Or the synchronous client, which a worker process loses nothing by. For SQLAlchemy also
    `poolclass=NullPool`, or `await engine.dispose()` at the end of the coroutine.

    ## Fix

    None: where the client is to be made is yours to say.

    ## When it stays silent

    - Where the client is made, closed or disposed of in the coroutine, or handed to it.
    - For one loop that all tasks use: `asyncio.get_event_loop()`, a loop at module level.
    - For coroutine functions of other files, and engines with a `poolclass`.
    - Outside tasks, and in test code.

    ## References

    - [SQLAlchemy: using multiple asyncio event loops](https://docs.sqlalchemy.org/en/20/orm/extensions/asyncio.html#using-multiple-asyncio-event-loops)
    - [Python: asyncio.run](https://docs.python.org/3/library/asyncio-runner.html#asyncio.run)
    """

    code: ClassVar[str] = "CEL918"
    name: ClassVar[str] = "event-loop-in-task"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None or not isinstance(fact.function, External):
            return
        main = _main(fact, fact.function.name, meaning)
        if main is None or main.source is not meaning.source:
            return
        client = _client(main.definition, meaning, set())
        if client is not None and not is_test_code(meaning.source.path, meaning.project.root):
            yield Report(node, _message(task, fact, client))


def _main(fact: Called, name: str, meaning: Meaning) -> FunctionKind | None:
    """The coroutine function that a call runs in a loop of its own."""
    where = fact.place.environment
    if name == _WRAPPING:
        wrapper, there = followed(meaning, fact.call.function, where)
        wrapped = wrapper.positional(0) if isinstance(wrapper, Call) else None
        kind = meaning.evaluate(wrapped, there) if wrapped is not None else None
        return kind if isinstance(kind, FunctionKind) else None
    if name not in _RUNNING or not _is_made_here(fact):
        return None
    given = fact.call.keyword("main")
    coroutine = given.value if given is not None else fact.call.positional(0)
    return _coroutine_function(coroutine, where, meaning) if coroutine is not None else None


def _is_made_here(fact: Called) -> bool:
    """Whether the loop is the call's own: not one that has a name outside the function."""
    called, function = fact.call.function, fact.place.function
    owner = called.value if isinstance(called, Attribute) else None
    if not isinstance(owner, Name) or not isinstance(called, Attribute) or called.name == "run":
        return True
    return function is not None and owner.id in function.bindings


def _coroutine_function(
    coroutine: Expression, where: Environment, meaning: Meaning
) -> FunctionKind | None:
    """`fetch` of `fetch(url)`, also within `asyncio.wait_for(…)`."""
    made, there = followed(meaning, coroutine, where)
    if not isinstance(made, Call):
        return None
    kind = meaning.evaluate(made.function, there)
    first = made.positional(0)
    if isinstance(kind, External) and kind.name in _AROUND and first is not None:
        return _coroutine_function(first, there, meaning)
    is_coroutine = isinstance(kind, FunctionKind) and kind.definition.is_async
    return kind if is_coroutine and isinstance(kind, FunctionKind) else None


def _client(function: Function, meaning: Meaning, seen: set[Function]) -> str | None:
    """The name of a client of the module that a coroutine uses, itself or by what it calls."""
    if function.node is None or function in seen:
        return None
    seen.add(function)
    where = meaning.lexical(meaning.source, function)
    called: list[Function] = []
    for name in _names(function.node.body):
        inner = where.lookup(name)
        is_own = any(_binds(scope, name) for scope in function.enclosing())
        if not is_own and isinstance(inner, External) and _is_kept(name, inner, where, meaning):
            return None if _is_closed(function.node.body, name) else name
        if isinstance(inner, FunctionKind) and inner.source is meaning.source:
            called.append(inner.definition)
    found = (_client(inner, meaning, seen) for inner in called)
    return next((name for name in found if name is not None), None)


def _binds(scope: object, name: str) -> bool:
    return isinstance(scope, Function) and (
        name in scope.bindings or scope.parameter(name) is not None
    )


def _is_kept(name: str, kind: External, where: Environment, meaning: Meaning) -> bool:
    """Whether a name of the module is a client that outlives the loop it is used in."""
    if not kind.name.endswith("()"):
        return False
    maker = kind.name.removesuffix("()")
    made, there = meaning.assigned(name, where) or (None, where)
    if not isinstance(made, Call) or made.is_open:
        return False
    if maker in _SESSIONS:
        bound = made.keyword("bind")
        engine = bound.value if bound is not None else made.positional(0)
        if engine is None or not shown(engine).isidentifier():
            return False
        of_engine = meaning.evaluate(engine, there)
        return isinstance(of_engine, External) and _is_kept(
            shown(engine), of_engine, there, meaning
        )
    return maker in _CLIENTS and made.keyword("poolclass") is None


def _names(node: cst.CSTNode) -> Iterator[str]:
    """The names that are read anywhere in a body, nested functions included."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Name):
            yield current.value
        elif isinstance(current, (cst.Attribute, cst.Arg)):
            stack.append(current.value)
        else:
            stack.extend(reversed(children(current)))


def _is_closed(body: cst.CSTNode, name: str) -> bool:
    stack = [body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Attribute) and node.attr.value in _CLOSING:
            if isinstance(node.value, cst.Name) and node.value.value == name:
                return True
        stack.extend(children(node))
    return False


def _message(task: Task, fact: Called, client: str) -> str:
    what = shown(fact.call.function) or "this call"
    return (
        f"{what}() in task {task.name} makes an event loop each time, but `{client}` keeps "
        "connections of the first one: later tasks fail (Event loop is closed); make it inside "
        "the coroutine"
    )
