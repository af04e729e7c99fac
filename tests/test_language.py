from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor import language


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A survey of methods for the assessment of flood risk in coastal cities", "en"),
        ("Erdbeben und ihre Folgen für die Versorgung der Bevölkerung in großen Städten", "de"),
        ("Évaluation des risques d'inondation dans les villes côtières du pays", "fr"),
        ("面向应急管理的知识图谱研究与应用方法", "zh"),
        ("災害対応のための情報システムの設計と評価について", "ja"),
        ("On bread", None),
        ("Analyse des risques", None),
        ("", None),
        ("12 34 56 78", None),
    ],
)
def test_the_language_is_told_or_left_open(text: str, code: str | None) -> None:
    assert language.told(text) == code
    assert language.told(text, language.words(text)) == code


@given(st.text())
def test_any_text_has_a_language_or_none(text: str) -> None:
    code = language.told(text)
    assert code is None or (code.isalpha() and code.islower())
