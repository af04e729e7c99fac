"""Words as the gazetteer compares them: small words dropped, abbreviations and the nouns of many languages alike.

"Univ. of Padova", "Università di Padova" and "Universita degli Studi di Padova" all read "university padova".
"""

from __future__ import annotations

_SMALL = """a al am an and at aus d da das de degli dei del della delle dem den der des di do dos du e el en et för for
fur i im in la las le les los of och oder on op s studi the til und van ved vom von voor y zu zum zur"""
SMALL = frozenset(_SMALL.split())
"""Articles, prepositions, conjunctions."""

_ALIKE = {
    "university": """univ univer universidad universidade universita universitaria universitario universitas universitat
    universitate universitatea universitaet universite universiteit universiteti universitesi universitet universitetet
    universitetas universiti universities universytet univerzita univerzitet univerzitetu uniwersytet egyetem
    yliopisto ulikool unversity univeristy universitetu""",
    "institute": "inst institut institutet instituto institutul instytut istituto institutes intezet enstitusu",
    "hospital": "hosp hopital hopitaux hospitals hospitalier ospedale ospedali hastanesi krankenhaus hospitalar",
    "laboratory": "lab labs laboratoire laboratories laboratorio laboratorios laboratorium labor",
    "center": "centre centres centers centro centrum zentrum ctr cent centar",
    "academy": "acad academia academie accademia akademie akademia",
    "national": "natl nacional nationale nationaal nazionale nat natn",
    "technology": "technological technol technologie technologies tecnologia",
    "technical": "tech technische technique techniques technisch tecnica tecnico",
    "science": "sci sciences scis",
    "medical": "med medico",
    "department": "dept dep departamento departement dipartimento",
    "college": "coll",
    "school": "sch",
    "research": "res recherche recherches",
    "engineering": "eng engn",
    "international": "int intl",
    "agricultural": "agr agric",
    "foundation": "fdn fundacion",
    "saint": "st",
    "state": "stat",
}
WORDS = dict.fromkeys(SMALL, "") | {word: noun for noun, words in _ALIKE.items() for word in words.split()}
"""Word → the word it counts as; "" where it counts for nothing."""


def counting(words: list[str]) -> list[str]:
    """Those of folded `words` that count, each in its common form; "u" before "of" is a university in English."""
    if "u" in words and "of" in words[words.index("u") + 1 :][:1]:
        words = words.copy()
        words[words.index("u")] = "university"
    return list(filter(None, map(WORDS.get, words, words)))


def tokens(folded: str) -> list[str]:
    """The words of folded text that count, each in its common form."""
    return counting(folded.split())


def key(folded: str) -> str:
    """What a name is looked up by."""
    return " ".join(tokens(folded))
