"""Proof: judge what a city's endpoint does, not what it claims, with evidence that replays offline."""

from beffroi.proof.check import check
from beffroi.proof.exchange import Area, Fetch, Recording, area_of_text
from beffroi.proof.fetch import LOCAL, PUBLIC, guarded_fetch
from beffroi.proof.judge import judge
from beffroi.proof.pack import PackError, Replay, replay, report_json, sightings_of_pack
from beffroi.proof.register import load_register
from beffroi.proof.reports.page import report_html
from beffroi.proof.reports.table import report_table
from beffroi.proof.verdict import Outcome, Report

__all__ = [
    "LOCAL",
    "PUBLIC",
    "Area",
    "Fetch",
    "Outcome",
    "PackError",
    "Recording",
    "Replay",
    "Report",
    "area_of_text",
    "check",
    "guarded_fetch",
    "judge",
    "load_register",
    "replay",
    "report_html",
    "report_json",
    "report_table",
    "sightings_of_pack",
]
