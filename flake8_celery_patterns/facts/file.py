"""All the facts of one file, from one walk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.assigned import Assigned, Assigning, ConfiguringCall
from flake8_celery_patterns.facts.conditional import Conditional
from flake8_celery_patterns.facts.configuration import Configuration
from flake8_celery_patterns.facts.connections import Connections
from flake8_celery_patterns.facts.definitions import Definitions
from flake8_celery_patterns.facts.entering import Entering
from flake8_celery_patterns.facts.handlers import Handler, Handlers, Managed
from flake8_celery_patterns.facts.imports import Importing, Imports
from flake8_celery_patterns.facts.patches import Patches
from flake8_celery_patterns.facts.schedules import Making, Planned, Schedules
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
    assigned: tuple[Assigned, ...] = ()
    configuring: tuple[ConfiguringCall, ...] = ()
    planned: tuple[Planned, ...] = ()
    making: tuple[Making, ...] = ()
    changes_schedule: bool = False


def collect(tree: cst.Module) -> FileFacts:
    """The facts of a parsed module."""
    definitions = Definitions()
    handlers = Handlers(definitions)
    sends = Sends(definitions)
    imports = Imports()
    assigning = Assigning(definitions)
    schedules = Schedules(definitions)
    own = (handlers, imports, sends, assigning, schedules)
    walk(tree, (definitions, *own, *_of_module(definitions)))
    return FileFacts(
        definitions.module,
        tuple(handlers.found),
        tuple(imports.found),
        tuple(sends.places),
        tuple(assigning.names),
        tuple(assigning.calls),
        tuple(schedules.planned),
        tuple(schedules.making),
        schedules.is_changed,
    )


def collect_module(tree: cst.Module) -> Module:
    """What other files may ask about a parsed module, and no more."""
    definitions = Definitions()
    walk(tree, (definitions, *_of_module(definitions)))
    return definitions.module


def _of_module(definitions: Definitions) -> tuple[object, ...]:
    """The collectors of what other files may ask about, definitions apart."""
    module = definitions.module
    of_module = (Configuration(definitions), Connections(module), Patches(module))
    of_scopes = (Entering(definitions), Uses(definitions), Conditional(definitions))
    return (*of_module, *of_scopes)
