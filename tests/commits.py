"""What a test decides to write when it knows so beforehand."""

from beffroi.kernel.record import Commit
from beffroi.store.port import Decide


def always(commit: Commit) -> Decide:
    """This commit, whatever is stored; also in a loop, where a lambda would take the last one."""
    return lambda _: commit
