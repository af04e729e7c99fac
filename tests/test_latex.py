from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.latex import PASSES, readable

PIECES = st.sampled_from(
    [
        *(
            "$",
            "$$",
            "{",
            "}",
            "^",
            "_",
            "~",
            "%",
            "&",
            "\\",
            "\\\\",
            "\\$",
            "\\%",
            "\\{",
            "\\}",
            "\\(",
            "\\)",
            "--",
            "``",
        ),
        *(
            "\\'e",
            '\\"{o}',
            "\\c{c}",
            "\\o",
            "\\alpha",
            "\\leq ",
            "\\frac",
            "\\sqrt",
            "\\mathrm{eff}",
            "\\text{if }",
            "\\",
        ),
        *(
            "\\ours",
            "\\href{http://x.example}{here}",
            "\\left(",
            "^{-3}",
            "_2",
            "10",
            "5",
            " ",
            " ",
            "a<b",
            "\\r",
            "\\b{eta}",
        ),
        *(
            "\\begin{itemize}",
            "\\item",
            "\\textbf{",
            "\\emph{",
            "\\not=",
            "\\bar x",
            "\\footnote{",
            "\\unicode{x2014}",
            "''",
        ),
    ]
)
WORDS = st.sampled_from(["wave", "Bayes", "naïve", "Größe", "検出", "risk"])


def letters(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if c.isalpha())


def within(part: str, whole: str) -> bool:
    """Whether the characters of `part` stand in `whole` in that order."""
    rest = iter(whole)
    return all(c in rest for c in part)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (r"na\"{\i}ve na\"ive na{\"\i}ve", "naïve naïve naïve"),
        (
            r"Erd\H{o}s, \v{C}ech, Fran\c{c}ois, S\o ren, \O rsted, \L{}ukasz, Stra\ss e",
            "Erdős, Čech, François, Søren, Ørsted, Łukasz, Straße",
        ),
        (r"Poincar\'{e} {\AA}ngstr{\"o}m Gra\~{n}\'on", "Poincaré Ångström Grañón"),
        (r"$\alpha \leq 10^{-3}$", "α ≤ 10⁻³"),
        (r"$a\leq b$, $x\in\mathbb{R}^n$, $n \to \infty$", "a≤b, x∈ℝⁿ, n → ∞"),
        (r"about 10^{-3} and 10^6 of 2^n, file_name, x_{2}", "about 10⁻³ and 10⁶ of 2^n, file_name, x2"),
        (r"CO$_2$, PM$_{2.5}$, H$_2$O, $F_1$, $12_{-3}^{+4}$", "CO2, PM2.5, H2O, F1, 12₋₃⁺⁴"),
        (r"$x_{i,j}$, $M_\odot$, $M_{\rm eff}$", "x_{i,j}, M⊙, M_eff"),
        (
            r"$O(n\log n)$, $\sqrt{x+1}$, $\sqrt[3]{x}$, $\frac{a+b}{c}$, $\frac12$, $\binom{n}{k}$",
            "O(n log n), √(x+1), ³√x, (a+b)/c, 1/2, C(n, k)",
        ),
        (
            r"$360^\circ$, $f'$, $x^\prime$, $n^{th}$, $e^{i\omega t}$, $\bar{x}$, $\not=$",
            "360°, f', x′, nth, e^{iωt}, x̄, ≠",
        ),
        (r"\(a+b\) and \[c\] and $$d$$", "a+b and c and d"),
        (r"\textbf{bold}, {\it so}, \emph{on}, $\mathcal{O}(n)$, \texttt{a\_b}", "bold, so, on, O(n), a_b"),
        (r"``quoted'' pages 3--5 --- or 2--gram, monitor --help", "“quoted” pages 3–5 — or 2–gram, monitor --help"),
        (
            r"Fig.~1, 5~km, z~5, ~30%, 10~20, https://x.example/~user",
            "Fig. 1, 5 km, z~5, ~30%, 10~20, https://x.example/~user",
        ),
        (
            r"at \href{https://x.example/a}{here}, \url{https://y.example}\footnote{on 1 May}",
            "at here (https://x.example/a), https://y.example (on 1 May)",
        ),
        (r"\href{https://x.example}{https://x.example}", "https://x.example"),
        (
            r"{D}eep {L}earning with \ours{} and \textcolor{red}{red} words \cite{who2020}",
            "Deep Learning with ours and red words [who2020]",
        ),
        (r"\b{eta}-carotene, \k{appa} = 0.8, \r{A}", "β-carotene, κ = 0.8, Å"),
        (r"$<$3 TeV, $>$50%, $-$15.8 mag, $x$-axis", "<3 TeV, >50%, -15.8 mag, x-axis"),
        (r"it\'s $\unicode{x2014}$ done", "it's — done"),
        (r"\SI{5}{\kilo\meter} of \ce{H2O}", "5 kilometer of H2O"),
    ],
)
def test_markup_becomes_words(raw: str, words: str) -> None:
    assert readable(raw) == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a plain text",
        "30% of R&D costs $5",
        "between $5 and $6 a barrel",
        "we paid $5 for the first model and $7 for the rest",
        "if a<b and c>d then {1, 2, 3} and x & y",
        r"C:\temp and \n, \x41 in C",
        r"unbalanced $\alpha is",
        "an open { brace",
        "a closed } brace",
        "snake_case ^ caret `code` 'quoted' don't",
        "SELECT * FROM t WHERE a = '$1' --comment",
    ],
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert readable(text) == text.replace(r"\alpha", "α")


def test_percent_signs_do_not_hide_what_follows() -> None:
    assert readable(r"with 30% of $x$ lost, 40\% kept") == "with 30% of x lost, 40% kept"


@given(st.lists(PIECES | WORDS, max_size=30).map("".join) | st.text(max_size=60))
def test_it_never_raises_never_grows_and_reading_again_changes_nothing(raw: str) -> None:
    once = readable(raw)
    assert len(once) <= len(unicodedata.normalize("NFC", raw))
    assert readable(once) == once


@given(st.lists(PIECES.filter(lambda p: not p.startswith("\\begin")) | WORDS, max_size=30).map(" ".join))
def test_no_word_outside_of_markup_is_lost(raw: str) -> None:
    wanted = [word for word in raw.split() if word in {"wave", "Bayes", "naïve", "Größe", "検出", "risk"}]
    assert within(letters("".join(wanted)), letters(readable(raw)))


@pytest.mark.parametrize(
    "bomb",
    [
        "{" * 20_000,
        "}" * 20_000,
        "{" * 10_000 + "}" * 10_000,
        "$" * 20_000,
        "$ a " * 5_000,
        "$1" + "a" * 20_000 + " $",
        "\\(" * 10_000,
        "\\frac" * 4_000,
        "\\frac{" * 3_000 + "}" * 3_000,
        "\\textbf{" * 2_500 + "word" + "}" * 2_500,
        "^{" * 5_000 + "2" + "}" * 5_000,
        "\\" * 20_000,
        "\\'" * 10_000,
        "``" * 10_000,
        "\\$" * 10_000,
        "".join(f"\\macro{n}x" for n in range(2_000)),
        "\\def\\a{\\b\\b}\\def\\b{\\c\\c}\\def\\c{\\a\\a}\\a" * 400,
    ],
)
def test_bombs_do_not_go_off(bomb: str) -> None:
    read = readable(bomb)
    assert len(read) <= len(bomb)
    assert "word" in read or "word" not in bomb


def test_escaped_dollars_are_uncovered_within_the_passes() -> None:
    assert PASSES > 2
    assert readable(r"\$x\$") == readable(readable(r"\$x\$"))
