"""What macros, exponents and indices of LaTeX stand for: symbols by pylatexenc's table, the rest by hand. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

_DIGITS = re.compile(r"\d+(?:\.\d+)?")

_RAISED = dict(zip("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ", strict=True))
_LOWERED = dict(zip("0123456789+-−=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎", strict=True))
_SIGNS = {"∘": "°", "′": "′", "'": "′"}
_ORDINALS = frozenset({"st", "nd", "rd", "th"})
_DOUBLE_STRUCK = dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True))

LITERAL = frozenset("%$&#_{}")
"""What only stands for itself when it is escaped."""

BLANK = frozenset({",", ";", ":", " ", ">", "\\", "\n", "\t", "quad", "qquad", "enspace", "newline", "par", "item"})

ACCENTS = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "v": "\u030c", "u": "\u0306", "H": "\u030b", "k": "\u0328", "r": "\u030a", "b": "\u0331",
    "d": "\u0323",
}  # fmt: skip
"""Accents of words, as combining characters."""

HATS = {
    "bar": "\u0304", "hat": "\u0302", "widehat": "\u0302", "tilde": "\u0303", "widetilde": "\u0303", "vec": "\u20d7",
    "dot": "\u0307", "ddot": "\u0308", "acute": "\u0301", "grave": "\u0300", "breve": "\u0306", "check": "\u030c",
    "mathring": "\u030a", "not": "\u0338", "overline": "\u0304",
}  # fmt: skip
"""Accents of formulas, as combining characters."""

BUILT = frozenset({"frac", "tfrac", "dfrac", "sfrac", "nicefrac", "cfrac", "binom", "sqrt"})

SILENT = frozenset(
    """! - / @ ) ] rm it bf em tt sc sf sl cal left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl
    Biggr tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge displaystyle textstyle scriptstyle
    scriptscriptstyle noindent maketitle centering xspace protect limits nolimits bfseries itshape mdseries upshape
    rmfamily sffamily ttfamily normalfont selectfont relax smallskip medskip bigskip newblock boldmath""".split()  # noqa: SIM905
)
"""What changes only how words look."""

_UNSEEN = frozenset({"begin", "end", "label", "vspace", "hspace", "color", "pagestyle", "vskip", "hskip", "phantom"})
_CITES = frozenset({"cite", "citep", "citet", "citealp", "ref", "eqref", "autoref", "cref", "Cref"})
_ARRANGED = {"textcolor": "{1}", "colorbox": "{1}", "texorpdfstring": "{1}", "footnote": " ({0})"}
"""Macros of which an argument is not shown where it stands; `{0}` is the first."""

ONLY_IN_FORMULAS = frozenset({"R"})

_OWN = {
    "deg": "°", "degree": "°", "degr": "°", "arcdeg": "°", "arcdegree": "°", "arcmin": "′", "arcsec": "″",
    "fdg": "°.", "farcm": "′.", "farcs": "″.", "degreeCelsius": "°C", "celsius": "°C", "micro": "µ", "angstrom": "Å",
    "AA": "Å", "Msun": "M⊙", "msun": "M⊙", "sun": "⊙", "phi": "φ", "epsilon": "ε", "prime": "′", "R": "R",
    "|": "‖", "vert": "|", "lvert": "|", "rvert": "|", "textbar": "|", "backslash": "∖", "textbackslash": "∖",
    "lbrace": "{", "rbrace": "}", "colon": ":", "S": "§", "P": "¶", "dag": "†", "ddag": "‡", "iff": "⇔",
    "implies": "⇒", "land": "∧", "lor": "∨", "lnot": "¬", "texttrademark": "™", "textregistered": "®",
    "copyright": "©", "euro": "€", "pounds": "£", "textasciitilde": "~", "textunderscore": "_", "textless": "<",
    "textgreater": ">", "LaTeX": "LaTeX", "TeX": "TeX", "mod": "mod", "bmod": "mod",
}  # fmt: skip
_OWN |= {
    name: name for name in ("arg", "argmax", "argmin", "det", "dim", "gcd", "ker", "lg", "ln", "poly", "Pr", "tanh")
}
"""What pylatexenc's table lacks, or has in a form that people do not type."""


@lru_cache(4_096)
def symbol(name: str) -> str | None:
    """What the macro `name` stands for, when it is a character or the name of a function; None when it is not known."""
    if name in _OWN:
        return _OWN[name]
    found = getattr(_table().get_macro_spec(name), "simplify_repl", None)
    if not isinstance(found, str) or not found or name == "today":
        return None
    stands_in = "%" in found or "<" in found[:-1]  # pylatexenc's own signs for arguments and references
    return None if stands_in or len(found) > len(name) + 1 else found


@cache
def _table() -> Any:
    from pylatexenc.latex2text import get_default_latex_context_db

    return get_default_latex_context_db()


def arranged(name: str, arguments: Sequence[str]) -> str | None:
    """What is shown of a macro with `arguments`; None when it has none that could be shown."""
    if not any(arguments):
        return "" if arguments and name in _UNSEEN else None
    if name in _UNSEEN:
        return ""
    if name in _CITES:
        return f"[{arguments[0]}]"
    if name == "href" and len(arguments) > 1:
        address, words = arguments[:2]
        return " ".join([words if words == address else f"{words} ({address})", *arguments[2:]])
    if name in ("mathbb", "mathds"):
        return " ".join([_DOUBLE_STRUCK.get(arguments[0], arguments[0]), *arguments[1:]])
    if name in _ARRANGED and len(arguments) > _ARRANGED[name].count("1"):
        return " ".join([_ARRANGED[name].format(*arguments[:2]), *arguments[1 + _ARRANGED[name].count("1") :]])
    return " ".join(filter(None, arguments))


def raised(words: str) -> str | None:
    """`words` as an exponent, when there are characters for it."""
    bare = words.replace(" ", "")
    if bare in _SIGNS:
        return _SIGNS[bare]
    if bare in _ORDINALS:
        return bare
    if bare.strip("()") and all(c in _RAISED for c in bare):
        return "".join(_RAISED[c] for c in bare)
    return bare if len(bare) == 1 and not bare.isalnum() and bare not in "^_\\${}" else None


def lowered(words: str, before: str) -> str | None:
    """`words` as an index behind `before`, when there are characters for it; behind letters digits stay digits, since
    people search for CO2 and F1."""
    if words in ("⊙", "⊕"):
        return words
    if _DIGITS.fullmatch(words) and (before.isalpha() or before in (")", "]")):
        return words
    return "".join(_LOWERED[c] for c in words) if words and all(c in _LOWERED for c in words) else None


def marked(mark: str, words: str) -> str:
    """`words` behind `^` or `_`, in braces where they would run on otherwise."""
    plain = len(words) <= 1 or re.fullmatch(r"\d+(?:\.\d+)?" if mark == "^" else r"\d+(?:\.\d+)?|[^\W\d_]+", words)
    return (mark if words else "") + (words if plain else f"{{{words}}}")


def in_brackets(words: str) -> str:
    """`words` as one term of a fraction or a root."""
    return words if len(words) <= 1 or re.fullmatch(r"[\w.√]+|\([^()]*\)", words) else f"({words})"


def character(code: int) -> str:
    """The character of a code point, if it is one that is seen."""
    return chr(code) if code < 0x110000 and unicodedata.category(chr(code))[0] in "LMNPSZ" else ""
