"""All the facts of one file, from one walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.configuration import Configuration
from flake8_celery_patterns.facts.connections import Connections
from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.handlers import Handler, Handlers
from flake8_celery_patterns.facts.patches import Patches
from flake8_celery_patterns.facts.scopes import Function, Module
from flake8_celery_patterns.facts.sends import Sends
from flake8_celery_patterns.source.walk import walk

if TYPE_CHECKING:
    import libcst as cst


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`module` is what other files may ask about; the rest concerns this file's own findings."""

    module: Module
    handlers: tuple[Handler, ...]
    sending: tuple[Function | Module, ...]


def collect(tree: cst.Module) -> FileFacts:
    """The facts of a parsed module."""
    definitions = Definitions()
    handlers = Handlers(definitions)
    sends = Sends(definitions)
    configuration = Configuration(definitions)
    connections = Connections(definitions.module)
    patches = Patches(definitions.module)
    walk(tree, (definitions, handlers, sends, configuration, connections, patches))
    return FileFacts(definitions.module, tuple(handlers.found), tuple(sends.places))
