"""How well records of one work are told from those of two, on real records whose identifiers are hidden.

    python benchmarks/linking.py FOLDER [--only develop|report]

Reads the pairs of linking.tsv and writes them, as `monitor evaluate linking` reads them, to FOLDER: one half to develop
rules on, one to report. The halves part works, by a hash of the first record's name. The parts:

natural    records of two sources, or of one source twice, that share an identifier or name each other, or were read
           and found to be one work (preprint and article, two repositories) or two (editorials, special issues, data)
neighbour  papers on arXiv that share rare words and most words of their titles and have different arXiv ids: series
           of the same authors, sequels, namesakes. Some are revisions submitted anew, and count as two works
twice      papers on arXiv of one title and two ids, nearly all submitted twice: no figure is made of them
retitled   preprint and article with another title, found by reading; no list of them is complete
harmed     made: a real record, and the same as another source might print it (`HARMS`); neighbours, harmed likewise
"""

from __future__ import annotations

import argparse
import csv
import gzip
import hashlib
import json
import random
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from monitor.learning import evaluate_linking, linking_table, read_pairs  # noqa: E402

DATA = ROOT.parent / "shared" / "data"
PAIRS = Path(__file__).with_name("linking.tsv")
HARMED = 1_600
"""Records of arXiv that are harmed; those of OpenAlex with two spellings of every name come on top."""

Record = dict[str, Any]


# --- records ---------------------------------------------------------------------------------


def body(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def documents(folder: str) -> Iterator[Any]:
    """The JSON documents of a folder; lines where a file holds several."""
    for path in sorted((DATA / "feeds" / folder).glob("*.json*")):
        text = body(path).decode(errors="replace")
        try:
            yield json.loads(text)
        except ValueError:
            for line in text.splitlines():
                if line.startswith("{"):
                    try:
                        yield json.loads(line)
                    except ValueError:
                        continue


def walk(value: Any, wanted: Callable[[Record], bool]) -> Iterator[Record]:
    """The objects in a document that are wanted, not looking into them."""
    if isinstance(value, dict):
        if wanted(value):
            yield value
            return
        value = list(value.values())
    for part in value if isinstance(value, list) else ():
        yield from walk(part, wanted)


def record(
    uid: str, title: Any, authors: list[str], year: Any, venue: Any, kind: Any, abstract: Any
) -> tuple[str, Record]:
    title = title[0] if isinstance(title, list) and title else title
    venue = venue[0] if isinstance(venue, list) and venue else venue
    found = {"id": uid, "title": title or "", "authors": [a for a in authors if a], "abstract": abstract or ""}
    found |= {"year": str(year)} if year else {}
    return uid, found | {k: v for k, v in (("venue", venue), ("type", kind)) if isinstance(v, str) and v}


def doi(value: Any) -> str:
    return re.sub(r"^(https?://(dx\.)?doi\.org/|doi:)", "", str(value or "").lower().strip())


def crossref() -> Iterator[tuple[str, Record]]:
    for document in documents("crossref_json"):
        for work in walk(
            document,
            lambda o: "DOI" in o and ("title" in o or "author" in o) and bool({"type", "publisher"} & o.keys()),
        ):
            people = [
                " ".join(filter(None, (a.get("given"), a.get("family")))) or a.get("name", "")
                for a in work.get("author") or []
            ]
            issued = (work.get("issued") or {}).get("date-parts") or [[None]]
            yield record(
                f"crossref:{doi(work['DOI'])}",
                work.get("title"),
                people,
                issued[0][0] if issued[0] else None,
                work.get("container-title"),
                work.get("type"),
                work.get("abstract"),
            )


def datacite() -> Iterator[tuple[str, Record]]:
    for document in documents("datacite_json"):
        for work in walk(document, lambda o: "titles" in o and "creators" in o):
            title = next((t.get("title") for t in work["titles"] or [] if t.get("title")), "")
            abstract = " ".join(
                d.get("description") or ""
                for d in work.get("descriptions") or []
                if d.get("descriptionType") == "Abstract"
            )
            yield record(
                f"datacite:{doi(work.get('doi') or work.get('id'))}",
                title,
                [c.get("name") for c in work["creators"] or []],
                work.get("publicationYear"),
                None,
                (work.get("types") or {}).get("resourceTypeGeneral"),
                abstract,
            )


def works() -> list[Record]:
    """Works of OpenAlex."""
    with gzip.open(DATA / "openalex" / "works.jsonl.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    for document in documents("openalex_json"):
        found += walk(document, lambda o: "authorships" in o)
    return found


def openalex(work: Record, profiles: bool = False) -> tuple[str, Record]:
    """A work with its authors as printed, or as their profiles call them."""
    people = [
        a["author"].get("display_name") if profiles else a.get("raw_author_name") or a["author"].get("display_name")
        for a in work.get("authorships") or []
    ]
    words = sorted(
        (place, word) for word, places in (work.get("abstract_inverted_index") or {}).items() for place in places
    )
    venue = ((work.get("primary_location") or {}).get("source") or {}).get("display_name")
    return record(
        f"openalex:{work['id'].rsplit('/', 1)[-1]}",
        work.get("title"),
        people,
        work.get("publication_year"),
        venue,
        work.get("type"),
        " ".join(word for _, word in words),
    )


def semanticscholar() -> Iterator[tuple[str, Record]]:
    for document in documents("semanticscholar_json"):
        for work in walk(document, lambda o: bool(o.get("paperId")) and "title" in o):
            people = [a.get("name") for a in work.get("authors") or []]
            yield record(
                f"s2:{work['paperId']}",
                work["title"],
                people,
                work.get("year"),
                work.get("venue"),
                None,
                work.get("abstract"),
            )


def pubmed() -> Iterator[tuple[str, Record]]:
    for path in (DATA / "feeds" / "pubmed").iterdir():
        for work in ElementTree.fromstring(body(path)).iter("PubmedArticle"):

            def text(name: str, node: Any = work) -> str:
                found = node.find(name)
                return " ".join("".join(found.itertext()).split()) if found is not None else ""

            people = [
                " ".join(filter(None, (text("ForeName", a), text("LastName", a)))) or text("CollectiveName", a)
                for a in work.findall(".//AuthorList/Author")
            ]
            yield record(
                f"pubmed:{text('.//PMID')}",
                text(".//ArticleTitle"),
                people,
                text(".//JournalIssue/PubDate/Year"),
                text(".//Journal/Title"),
                "article",
                text(".//Abstract"),
            )


def anthology() -> Iterator[tuple[str, Record]]:
    for path in (DATA / "feeds" / "acl_anthology").glob("*.xml"):
        for work in ElementTree.parse(path).getroot().iter("paper"):

            def text(name: str, node: Any = work) -> str:
                found = node.find(name)
                return " ".join("".join(found.itertext()).split()) if found is not None else ""

            people = [" ".join(filter(None, (text("first", a), text("last", a)))) for a in work.findall("author")]
            yield record(
                f"acl:{text('url')}", text("title"), people, None, "ACL", "proceedings-article", text("abstract")
            )


def arxiv() -> Iterator[tuple[str, Record]]:
    for path in sorted((DATA / "arxiv").glob("*.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for work in map(json.loads, lines):
                year = 2000 + int(work["id"][:2]) if work["id"][0].isdigit() else None
                yield record(
                    f"arxiv:{work['id']}",
                    work["title"],
                    work.get("authors") or [],
                    year,
                    work.get("journal_ref"),
                    "preprint",
                    work["abstract"],
                )


def everything(of_openalex: list[Record]) -> dict[str, Record]:
    """All records by name; of several versions of one the longest."""
    found: dict[str, Record] = {}
    sources = (crossref(), datacite(), map(openalex, of_openalex), semanticscholar(), pubmed(), anthology(), arxiv())
    for source in sources:
        for uid, one in source:
            if uid not in found or len(one["abstract"]) > len(found[uid]["abstract"]):
                found[uid] = one
    return found


# --- harm ------------------------------------------------------------------------------------


def initials(one: Record, _: random.Random) -> Record:
    people = [re.sub(r"(\w)[\w'’.-]*\s+(?=\S)", r"\1. ", a) if " " in a else a for a in one["authors"]]
    return {**one, "authors": people}


def families_first(one: Record, _: random.Random) -> Record:
    return {**one, "authors": [", ".join(a.rsplit(" ", 1)[::-1]) for a in one["authors"]]}


def first_three(one: Record, _: random.Random) -> Record:
    return {**one, "authors": [*one["authors"][:3], "et al."] if len(one["authors"]) > 3 else one["authors"]}


def plain_names(one: Record, _: random.Random) -> Record:
    return {
        **one,
        "authors": ["".join(c for c in unicodedata.normalize("NFKD", a) if ord(c) < 768) for a in one["authors"]],
    }


def capitals(one: Record, chance: random.Random) -> Record:
    return {**one, "title": one["title"].upper() if chance.random() < 0.5 else one["title"].title()}


def without_mathematics(one: Record, _: random.Random) -> Record:
    return {**one, "title": re.sub(r"[${}]|\\(?:mathrm|mathcal|text)?", "", one["title"]).replace("--", "–")}


def without_subtitle(one: Record, _: random.Random) -> Record:
    head = re.split(r":\s", one["title"])[0]
    return {**one, "title": head if len(head) >= 30 else one["title"]}


def cut(one: Record, _: random.Random) -> Record:
    return {**one, "title": f"{one['title'][:80]}…" if len(one["title"]) > 90 else one["title"]}


def british(one: Record, _: random.Random) -> Record:
    swapped = one["title"]
    for american, other in (
        ("ization", "isation"),
        ("izing", "ising"),
        ("ized", "ised"),
        ("odeling", "odelling"),
        ("olor", "olour"),
    ):
        swapped = swapped.replace(american, other)
    return {**one, "title": swapped}


def bare(one: Record, _: random.Random) -> Record:
    return {**one, "abstract": ""}


def half_abstract(one: Record, _: random.Random) -> Record:
    return {**one, "abstract": one["abstract"][: len(one["abstract"]) // 2]}


def next_year(one: Record, _: random.Random) -> Record:
    return {**one, "year": str(int(one["year"]) + 1)} if one.get("year") else one


HARMS = (
    initials,
    families_first,
    first_three,
    plain_names,
    capitals,
    without_mathematics,
    without_subtitle,
    cut,
    british,
    bare,
    half_abstract,
    next_year,
)


def harm(one: Record, chance: random.Random) -> Record:
    """`one` as another source might print it: two to four of the harms, another type and venue."""
    for how in chance.sample(HARMS, chance.randint(2, 4)):
        one = how(one, chance)
    return {**{k: v for k, v in one.items() if k != "venue"}, "type": "article"}


# --- pairs -----------------------------------------------------------------------------------


def pairs() -> Iterator[tuple[str, Record]]:
    """Name of the half and the pair, all parts."""
    of_openalex = works()
    records = everything(of_openalex)
    chance = random.Random(7)
    with PAIRS.open(encoding="utf-8", newline="") as file:
        rows = [
            row for row in csv.DictReader(file, delimiter="\t") if row["one"] in records and row["other"] in records
        ]
    for row in rows:
        one, other = records[row["one"]], records[row["other"]]
        yield half(row["one"]), {"one": one, "other": other, "same": row["same"], "part": row["part"]}
        if row["part"] == "neighbour":
            yield half(row["one"]), {"one": one, "other": harm(other, chance), "same": "0", "part": "harmed"}
    names = sorted(uid for uid in records if uid.startswith("arxiv:"))
    for uid in chance.sample(names, HARMED):
        yield half(uid), {"one": records[uid], "other": harm(records[uid], chance), "same": "1", "part": "harmed"}
    for work in of_openalex:
        uid, profile = openalex(work, profiles=True)
        if (
            work.get("type") in ("article", "preprint", "book-chapter")
            and records[uid]["authors"] != profile["authors"]
        ):
            yield half(uid), {"one": records[uid], "other": harm(profile, chance), "same": "1", "part": "harmed"}


def half(uid: str) -> str:
    return ("develop", "report")[hashlib.sha256(uid.encode()).digest()[0] % 2]


def hidden(one: Record, side: str) -> Record:
    """`one` without any identifier."""
    return {**one, "id": f"{side} {one['id'].replace(':', ' ')}"}


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("folder", type=Path)
    options.add_argument("--only", choices=("develop", "report"))
    chosen = options.parse_args()
    lines: dict[str, list[str]] = {"develop": [], "report": []}
    made: Counter[tuple[str, str, str]] = Counter()
    for name, pair in pairs():
        whole = {**pair, "one": hidden(pair["one"], "one"), "other": hidden(pair["other"], "other")}
        lines[name].append(json.dumps(whole, ensure_ascii=False))
        made[name, pair["part"], pair["same"]] += 1
    for (name, part, same), number in sorted(made.items()):
        print(f"{name:<8} {part:<10} {'one work' if same == '1' else 'two works'} {number:6,}")
    for name, some in lines.items():
        file = chosen.folder / f"{name}.jsonl"
        file.write_text("\n".join(some) + "\n", encoding="utf-8")
        if chosen.only in (None, name):
            whole = [pair for pair in read_pairs(file) if pair.part not in ("twice", "retitled")]
            found = evaluate_linking(whole)
            print(f"\n{name}\n{linking_table(found)}")
            (chosen.folder / f"{name}-errors.json").write_text(
                json.dumps([found.wrong, found.missed], indent=1), encoding="utf-8"
            )
            for part in ("retitled", "twice"):
                rest = evaluate_linking([pair for pair in read_pairs(file) if pair.part == part])
                linked = rest.groups["all"]
                print(f"{part}: {linked.pairs} pairs, {linked.wrong + linked.same - linked.missed} linked")


if __name__ == "__main__":
    main()
