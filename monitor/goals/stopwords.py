"""Words that say nothing about what a paper is about."""

from __future__ import annotations

STOP_WORDS = frozenset(
    """a about above across after again against all almost along already also although always am among an and another
    any are around as at away based be became because become been before behind being below between beyond both but
    by can cannot could did do does doing done down due during e.g each either enough especially etc even ever every
    few first for from further furthermore had has have having he hence her here his how however i i.e if in indeed
    instead into is it its itself just least less let like made mainly make many may me might more moreover most much
    must my namely near neither no nor not now of off often on once one only onto or other others our out over own
    paper per perhaps present presents propose proposed proposes quite rather same she should show shows since so some
    still such than that the their them then there thereby therefore these they this those though three through thus
    to together too toward towards two under until up upon us use used uses using very via was we well were what when
    where whereas whether which while who whole whom whose why will with within without would yet you your""".split()  # noqa: SIM905 - a list of 200 literals is no easier to read
)
