"""A table of the runs of words of one file, which says where a run stands without a search."""

from __future__ import annotations

import numpy as np

from stackmark.licenses.words import Places, Sums

_LEAST_BITS = 10
_SECOND = np.uint64(20)  # the second table takes its bits from lower ones


class RunTable:
    """Finds each of many runs (their hashes) among those of a file, all at once, in linear time.

    A run is known by one of its places in the file, the same for all of them. Two tables are addressed by
    different bits of the hash; the few runs that share both addresses with others are searched for.
    """

    def __init__(self, hashes: Sums) -> None:
        """Make the table of a file with the runs `hashes`: uint64[n]."""
        self.hashes = hashes
        bits = max((4 * len(hashes)).bit_length(), _LEAST_BITS)
        self._shift, self._mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
        self._first, lost = self._table(self._first_address(hashes), np.arange(len(hashes)))
        self._second, lost = self._table(self._second_address(hashes), lost)
        self._rest = lost[np.argsort(hashes[lost], kind="stable")]
        #: For each place of the file, the one place by which the run that begins there is known: int64[n].
        self.names = self.find(hashes)

    def _first_address(self, hashes: Sums) -> Places:
        return (hashes >> self._shift).view(np.int64)

    def _second_address(self, hashes: Sums) -> Places:
        return ((hashes >> _SECOND) & self._mask).view(np.int64)

    def _table(self, address: Places, places: Places) -> tuple[Places, Places]:
        """Return the table, and the places whose runs have lost theirs to other runs."""
        table = np.full(int(self._mask) + 1, -1, np.int64)
        table[address[places]] = places
        return table, places[self.hashes[table[address[places]]] != self.hashes[places]]

    def find(self, hashes: Sums) -> Places:
        """Return a place for each run, -1 where the file does not have it: int64[len(hashes)]."""
        if len(self.hashes) == 0:
            return np.full(len(hashes), -1, np.int64)
        found: Places = self._first[self._first_address(hashes)]
        missed = np.flatnonzero((found < 0) | (self.hashes[found] != hashes))
        other = self._second[self._second_address(hashes[missed])]
        other[self.hashes[other] != hashes[missed]] = -1
        found[missed] = other
        if len(self._rest):
            self._search_rest(hashes, missed[other < 0], found)
        return found

    def _search_rest(self, hashes: Sums, missed: Places, found: Places) -> None:
        keys = self.hashes[self._rest]
        at = np.minimum(np.searchsorted(keys, hashes[missed]), len(keys) - 1)
        same = keys[at] == hashes[missed]
        found[missed[same]] = self._rest[at[same]]
