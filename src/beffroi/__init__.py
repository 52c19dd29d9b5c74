"""Beffroi: the open node of a city."""
