"""Chance without a state: the same keys always give the same number."""

from zlib import crc32

MASK = (1 << 64) - 1


def scatter(*keys: int | str) -> int:
    """Mix the keys to 64 bits that look random (the finaliser of SplitMix64 after each key)."""
    mixed = 0x9E3779B97F4A7C15
    for key in keys:
        number = key if isinstance(key, int) else crc32(key.encode())
        mixed = (mixed + number * 0x9E3779B97F4A7C15) & MASK
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        mixed ^= mixed >> 31
    return mixed


def chance(*keys: int | str) -> float:
    """Give a number from 0 to 1, 1 not included, each as likely as the other.

    >>> chance(7, "bikes") == chance(7, "bikes") != chance(8, "bikes")
    True
    """
    return (scatter(*keys) >> 11) / (1 << 53)


def drift(key: int, moment: float, period: int) -> float:
    """Give a number from -1 to 1 that wanders smoothly, with a new aim every `period` seconds."""
    start = int(moment // period)
    before, after = chance(key, start), chance(key, start + 1)
    part = moment / period - start
    eased = part * part * (3 - 2 * part)
    return 2 * (before + (after - before) * eased) - 1


def whole_between(low: int, high: int, *keys: int | str) -> int:
    """Give a whole number from low to high, both included."""
    return low + int(chance(*keys) * (high - low + 1))
