"""All the facts of one file, from one walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.conditional import Conditional
from flake8_celery_patterns.facts.configuration import Configuration
from flake8_celery_patterns.facts.connections import Connections
from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.entering import Entering
from flake8_celery_patterns.facts.handlers import Handler, Handlers, Managed
from flake8_celery_patterns.facts.imports import Importing, Imports
from flake8_celery_patterns.facts.patches import Patches
from flake8_celery_patterns.facts.scopes import Function, Module
from flake8_celery_patterns.facts.sends import Sends
from flake8_celery_patterns.facts.uses import Uses
from flake8_celery_patterns.source.walk import walk

if TYPE_CHECKING:
    import libcst as cst


@dataclass(frozen=True, slots=True)
class FileFacts:
    """`module` is what other files may ask about; the rest concerns this file's own findings."""

    module: Module
    handlers: tuple[Handler | Managed, ...]
    imports: tuple[Importing, ...]
    sending: tuple[Function | Module, ...]


def collect(tree: cst.Module) -> FileFacts:
    """The facts of a parsed module."""
    definitions = Definitions()
    handlers = Handlers(definitions)
    sends = Sends(definitions)
    imports = Imports()
    configuration = Configuration(definitions)
    connections = Connections(definitions.module)
    patches = Patches(definitions.module)
    entering = Entering(definitions)
    collectors = (definitions, handlers, imports, sends, configuration, connections, patches)
    walk(tree, (*collectors, entering, Uses(definitions), Conditional(definitions)))
    return FileFacts(
        definitions.module, tuple(handlers.found), tuple(imports.found), tuple(sends.places)
    )
