"""Ballots and counting: what people voted for, counted exactly, explained in sentences. Knows no geography."""

from workbench.assembly.ballot import Ballot, check_ballot, require_ballot, restrict_ballots
from workbench.assembly.ballot_file import read_ballots
from workbench.assembly.outcome import Outcome, Round, TieBreak
from workbench.assembly.profile import Profile, build_profile
from workbench.assembly.ranking import Ranking, find_place, ranking_from_text, render_ranking
from workbench.assembly.rules import RULES, get_rule
from workbench.assembly.rules.condorcet import tally_ranked_pairs

__all__ = [
    "RULES",
    "Ballot",
    "Outcome",
    "Profile",
    "Ranking",
    "Round",
    "TieBreak",
    "build_profile",
    "check_ballot",
    "find_place",
    "get_rule",
    "ranking_from_text",
    "read_ballots",
    "render_ranking",
    "require_ballot",
    "restrict_ballots",
    "tally_ranked_pairs",
]
