"""Templates become text: those of the home folder before our own, in a sandbox; mistakes with file and line."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.digest import words
from monitor.digest.setting import autolink, code, markdown, row, wrap
from monitor.errors import ConfigError

if TYPE_CHECKING:
    from jinja2 import Environment

OWN = Path(__file__).parent / "templates"


def typeset(name: str, values: Mapping[str, Any], templates: Path | None = None, stem: str = "digest") -> str:
    """`<stem>.<name>.j2` with `values`; a file of that name in the folder `templates` stands in for ours.

    A template may use what it is given and nothing else: it runs in Jinja's sandbox, which lets it neither call into
    the program nor change what it is given. Raises ConfigError with file and line when it has a mistake.
    """
    from jinja2 import TemplateError, TemplateSyntaxError

    try:
        return _environment(name, templates).get_template(f"{stem}.{name}.j2").render(values)
    except TemplateSyntaxError as error:
        raise ConfigError(f"{error.filename}, line {error.lineno}: {error.message}") from error
    except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
        raise ConfigError(f"{_place(error, f'{stem}.{name}.j2')}: {error}") from error


@lru_cache(maxsize=8)
def _environment(name: str, templates: Path | None) -> Environment:
    """Templates of one format; whatever they print is escaped for it."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    finalize: Callable[..., Any] | None = markdown if name == "md" else None
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader([folder for folder in (templates, OWN) if folder]),
        autoescape=name == "html",
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        wrap=wrap, row=row, autolink=autolink, code=code, counted=words.counted, capital=_capital, grouped=_grouped
    )
    return environment


def _place(error: BaseException, name: str) -> str:
    """File and line of the template in which `error` arose: its last frame, in the traceback that Jinja rewrites."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".j2")]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else name


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _grouped(number: int) -> str:
    """1,234"""
    return f"{number:,}"
