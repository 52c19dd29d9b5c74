"""The command line."""

from beffroi.cli.program import main

__all__ = ["main"]
