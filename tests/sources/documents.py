"""Who reads which of the recorded documents beside the project: the table that test_every_document.py walks.

A document belongs to the first line whose pattern it fits. Whoever adds a kind puts its lines here; what is read is
compared with the documents themselves in test_real_feeds.py and test_real_json.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Read:
    """The document is an answer to `kind`."""

    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    content_type: str = "application/xml"
    within: str = ""
    """Where the document is wrapped: the key of the JSON object that holds it."""
    empty: bool = False
    """There is no record in it."""


@dataclass(frozen=True)
class Refused:
    """An answer of the provider of `kind` that is none to what the kind asks, or an error: refused with these words."""

    kind: str
    words: str
    options: dict[str, Any] = field(default_factory=dict)
    within: str = ""


@dataclass(frozen=True)
class Nobody:
    """No kind reads it, and why."""

    why: str


QUERY = {"query": "all:testing"}
SEARCH = {"query": "x"}

WHO: list[tuple[str, Read | Refused | Nobody]] = [
    ("arxiv_atom_api/recordings/id_abc_*.json", Refused("arxiv", "incorrect id format", QUERY, within="body")),
    ("arxiv_atom_api/recordings/*.json", Read("arxiv", QUERY, within="body")),
    ("arxiv_atom_api/*.xml", Read("arxiv", QUERY)),
    ("arxiv_rss/*", Read("arxiv-list", {"categories": ["cs.AI"]})),
    ("arxiv_oai/*", Read("oai")),
    # Zenodo's OAI-PMH, as recorded with a client: also verbs that are not asked for here, and mistakes on purpose.
    ("oai_pmh_zenodo/*_get_record_0.xml", Refused("oai", "badArgument")),
    ("oai_pmh_zenodo/*_list_records_3.xml", Refused("oai", "badArgument")),
    ("oai_pmh_zenodo/*_list_identifiers_10.xml", Read("oai")),
    ("oai_pmh_zenodo/*_list_sets_1.xml", Read("oai")),
    ("oai_pmh_zenodo/*_list_identifiers_*.xml", Refused("oai", "did not answer with a list")),
    ("oai_pmh_zenodo/*_list_metadata_formats_*.xml", Refused("oai", "did not answer with a list")),
    ("oai_pmh_zenodo/*_list_sets_*.xml", Refused("oai", "did not answer with a list")),
    ("oai_pmh_zenodo/*", Read("oai", {"prefix": "oai_dc"})),
    ("oai_pmh_other/sickle_ListRecordsBroken.xml", Refused("oai", "not well-formed")),
    ("oai_pmh_other/sickle_badArgument.xml", Refused("oai", "badArgument")),
    ("oai_pmh_other/sickle_idDoesNotExist.xml", Refused("oai", "idDoesNotExist")),
    ("oai_pmh_other/sickle_noSetHierarchy.xml", Refused("oai", "noSetHierarchy")),
    ("oai_pmh_other/sickle_Identify.xml", Refused("oai", "did not answer with a list")),
    ("oai_pmh_other/sickle_List[IM]*.xml", Refused("oai", "did not answer with a list")),
    ("oai_pmh_other/*", Read("oai", {"prefix": "oai_dc"})),
    ("acl_anthology/aclpy_xml_2022.acl.xml", Read("acl-anthology", {"volume": "2022.acl"})),
    ("acl_anthology/aclpy_xml_J89.xml", Read("acl-anthology", {"volume": "J89"})),
    ("acl_anthology/aclpy_xml_L06.xml", Read("acl-anthology", {"volume": "L06"})),
    ("acl_anthology/*.yaml", Nobody("names of authors, groups and venues of the ACL Anthology: no works")),
    ("dblp/*.xml", Read("dblp", {"stream": "conf/er"})),
    ("dblp/*_containers.json", Nobody("a table of series that another catalogue drew from dblp: no works")),
    ("general_feeds/miniflux_iso88591_utf8_mismatch.xml", Refused("feed", "is not a feed")),
    ("general_feeds/miniflux_windows-1252*.xml", Read("feed", empty=True)),
    ("general_feeds/reader_10.json", Read("feed", content_type="application/feed+json", empty=True)),
    ("general_feeds/*.json", Read("feed", content_type="application/feed+json")),
    ("general_feeds/*", Read("feed")),
    ("science_feeds/*", Read("feed")),
    ("conf_deadlines/*", Nobody("conferences and their deadlines: forums, no works")),
    ("semanticscholar_json/*", Nobody("answers about single papers and people: asked to enrich works, never listed")),
    # Crossref: also records in other formats, dumps, and what is no list of works.
    ("crossref_json/*.xml", Refused("crossref", "is not JSON", SEARCH)),
    ("crossref_json/*.txt", Refused("crossref", "is not JSON", SEARCH)),
    ("crossref_json/fatcat_*.badsample.json", Refused("crossref", "is not JSON", SEARCH)),
    ("crossref_json/commonmeta_*", Refused("crossref", "did not answer with works", SEARCH)),
    ("crossref_json/fatcat_crossref-works.single.json", Refused("crossref", "did not answer with works", SEARCH)),
    ("crossref_json/fatcat_huge_crossref_doi.json.gz", Refused("crossref", "did not answer with works", SEARCH)),
    ("crossref_json/habanero_*_citeproc_json_*.json", Refused("crossref", "did not answer with works", SEARCH)),
    ("crossref_json/habanero_test_journals_[0iq]*", Refused("crossref", "it sent journal", SEARCH)),
    ("crossref_json/habanero_test_journals_mixed_ids_warn_*", Refused("crossref", "it sent journal", SEARCH)),
    ("crossref_json/habanero_test_licenses_query_*", Refused("crossref", "it sent license-list", SEARCH)),
    ("crossref_json/habanero_test_members_[0q]*", Refused("crossref", "it sent member-list", SEARCH)),
    ("crossref_json/habanero_test_members_mixed_ids_warn_*", Refused("crossref", "it sent member", SEARCH)),
    ("crossref_json/habanero_test_offset_of_zero_without_id_*", Refused("crossref", "it sent member-list", SEARCH)),
    ("crossref_json/habanero_test_limit_of_zero_with_id_*", Read("crossref", SEARCH, empty=True)),
    ("crossref_json/*", Read("crossref", SEARCH)),
    ("openalex_json/*", Read("openalex", SEARCH)),
    ("datacite_json/commonmeta_datacite_software_missing_comma.json", Refused("datacite", "is not JSON", SEARCH)),
    ("datacite_json/commonmeta_*", Refused("datacite", "did not answer with records", SEARCH)),
    ("datacite_json/fatcat_datacite_1k_records.jsonl.gz", Refused("datacite", "is not JSON", SEARCH)),
    ("datacite_json/*", Read("datacite", SEARCH)),
    ("pubmed/*", Read("pubmed", {"term": "x"})),
    ("doaj/*", Nobody("DOAJ's own API: its journals are asked over OAI-PMH or through Crossref")),
    ("invenio_json/*", Nobody("InvenioRDM's own API: its repositories are asked over OAI-PMH")),
    ("rogue_scholar_json/*", Nobody("a catalogue of science blogs: posts come through their own feeds")),
]
