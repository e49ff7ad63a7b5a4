"""Rebuild src/stackmark/letters.json: which letters go together in which human language.

    python benchmarks/languages_letters.py [--check]

Counted in the translated messages of a few packages (others than those that languages_encodings.py measures with).
What is kept are ranks: the commonest pairs of letters of which at least one is beyond ASCII, a blank standing for all
that is no letter; for Chinese, Japanese and Korean the commonest characters. And the letters of each alphabet.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

from languages_encodings import messages

TARGET = Path(__file__).parents[1] / "src" / "stackmark" / "letters.json"
PACKAGES = ("kate", "lazarus", "phpmyadmin", "lepton-eda")
PAIRS, CHARACTERS = 400, 1200
#: Letters that are found less often are other languages' names.
RARE = 8
BY_CHARACTER = ("ja", "ko", "zh_CN", "zh_TW")
LANGUAGES = (
    "ar", "bg", "ca", "cs", "da", "de", "el", "es", "et", "fi", "fr", "he", "hr", "hu", "is", "it", "ja", "ko", "lt",
    "lv", "nb", "nl", "pl", "pt", "pt_BR", "ro", "ru", "sk", "sl", "sr", "sv", "th", "tr", "uk", "zh_CN", "zh_TW",
)  # fmt: skip


def pairs(text: str) -> Counter[str]:
    """Count pairs of letters, at least one of them beyond ASCII."""
    plain = "".join(char if char.isalpha() else " " for char in f" {text} ")
    return Counter(pair for pair in map("".join, pairwise(plain)) if not pair.isascii())


def commonest(counts: Counter[str], number: int) -> str:
    """Give the commonest keys in one text, ties in the order of their characters."""
    return "".join(key for key, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:number])


def build() -> str:
    said = messages(PACKAGES)
    found: dict[str, str] = {}
    alphabets: dict[str, str] = {}
    for language in LANGUAGES:
        text = "\n".join(said[language])
        if language in BY_CHARACTER:
            characters = Counter(char for char in text if ord(char) >= 0x2E80 and char.isalpha())
            found[language] = commonest(characters, CHARACTERS)
        else:
            found[language] = commonest(pairs(text), PAIRS)
            letters = Counter(char for char in text if char.isalpha() and not char.isascii())
            alphabets[language] = "".join(sorted(char for char, count in letters.items() if count >= RARE))
    head = {"source": f"translated messages of Debian's packages {', '.join(PACKAGES)}: ranks of letters, no text"}
    table = {**head, "rebuild": "benchmarks/languages_letters.py", "letters": found, "alphabets": alphabets}
    return json.dumps(table, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    text = build() + "\n"
    same = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
    print(f"{len(text.encode()):,} bytes, {'no difference' if same else 'the data file differs'}")
    if "--check" in sys.argv:
        sys.exit(not same)
    TARGET.write_text(text, encoding="utf-8")
