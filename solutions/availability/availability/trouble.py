"""What can go wrong between this program and a node."""


class Trouble(Exception):
    """It may pass: the node is away, slow, or answers with what is not expected. The text is a sentence."""


class Denied(Exception):
    """It will not pass by itself: the node does not grant what is asked for, or does not know us."""


class Unusable(Exception):
    """The configuration or the mapping cannot be worked with."""
