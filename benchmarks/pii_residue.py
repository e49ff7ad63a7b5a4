"""What redaction leaves: files that still parse, a second pass that changes nothing, and what peers find at the places.

Real files of several languages: those in which something is found, and others with a value of a rule's own example
planted in the form of their language.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stackmark.pii import ruleset, syntax
from stackmark.pii.redact import Replacement, apply, places, replacements
from stackmark.pii.scan import scan_many

sys.path.append(str(Path(__file__).parent.parent))
from tests.pii.made import made

Text = tuple[str, bytes]
Finding = tuple[int, int, str]
Finder = Callable[[list[Text]], list[list[Finding]]]

MOST = 60  # files of a kind; of those that are parsed ten times as many
SLOW = {"detect-secrets": 4, "credsweeper": 15, "presidio": 2}  # of how many files a peer is given one

#: By suffix: how a value is written into a file of a language, before its text or behind it.
BEFORE = {".json": b'{"planted": "%s",', ".toml": b'planted_key = "%s"\n'}
BEHIND = {
    ".py": b'\nplanted_key = "%s"\n', ".rb": b'\nplanted_key = "%s"\n', ".sh": b'\nPLANTED_KEY="%s"\n',
    ".yaml": b'\nplanted_key: "%s"\n', ".yml": b'\nplanted_key: "%s"\n', ".xml": b"\n<!-- planted_key: %s -->\n",
    ".js": b'\nconst plantedKey = "%s";\n', ".ts": b'\nconst plantedKey = "%s";\n', ".c": b'\n// key: "%s"\n',
    ".h": b'\n// key: "%s"\n', ".go": b'\n// key: "%s"\n', ".java": b'\n// key: "%s"\n', ".md": b"\nkey: `%s`\n",
}  # fmt: skip
_UNSAFE = b"\"'\\\n\r&<>`$%"
#: What peers call a guess from a name or from entropy alone; all else is a typed finding.
GUESSES = {
    "Secret Keyword", "Base64 High Entropy String", "Hex High Entropy String", "Password", "Secret", "Token", "Key",
    "API", "Auth", "Credential", "Nonce", "Salt", "Certificate", "UUID", "PASSWD_PAIR", "SECRET_PAIR", "CMD Password",
    "CMD Secret", "CMD Token", "BASE64 encoded PEM Private Key", "DOC_CREDENTIALS", "DOC_GET", "SQL Password",
    "CURL User Password",
}  # fmt: skip


@dataclass(frozen=True)
class Redacted:
    """One file before and after, and where the replacements stand after."""

    path: str
    before: bytes
    after: bytes
    done: list[Replacement]
    places: list[tuple[int, int]]


def examples() -> list[tuple[str, bytes]]:
    """Return the name of the rule and the line of each example."""
    return [(rule.name, made(example)) for rule in ruleset.load() for example in rule.match]


def example_values() -> list[bytes]:
    """Return the value of each example of each rule that can stand between quotes in any language."""
    lines = examples()
    found = scan_many([line for _, line in lines], None, "balanced")
    values = {
        line[span.start : span.end]
        for (name, line), spans in zip(lines, found, strict=True)
        for span in spans
        if span.rule == name and not span.is_example
    }
    return sorted(value for value in values if not any(byte in _UNSAFE for byte in value))


def planted(texts: Iterable[Text], values: Sequence[bytes]) -> Iterator[Text]:
    """Yield files with a value written into each, as its language writes one."""
    chance = random.Random(7)
    for path, content in texts:
        suffix = Path(path).suffix.lower()
        value = chance.choice(values)
        if suffix in BEFORE and (suffix != ".json" or (content.lstrip()[:1] == b"{" and b":" in content)):
            start = content.index(b"{") + 1 if suffix == ".json" else 0
            yield path, BEFORE[suffix] % value + content[start:]
        elif suffix in BEHIND:
            yield path, content + BEHIND[suffix] % value


def redacted(texts: Sequence[Text]) -> Iterator[Redacted]:
    """Yield the files in which something was replaced."""
    found = scan_many([content for _, content in texts], [path for path, _ in texts])
    for (path, content), spans in zip(texts, found, strict=True):
        done = replacements(content, spans, path=path)
        if done:
            yield Redacted(path, content, apply(content, done), done, list(places(done)))


def is_exact(one: Redacted) -> bool:
    """Say whether every byte outside of the replacements is as it was."""
    ends = [0, *(replaced.end for replaced in one.done)], [0, *(end for _, end in one.places)]
    starts = [replaced.start for replaced in one.done], [start for start, _ in one.places]
    before = [one.before[a:b] for a, b in zip(ends[0], [*starts[0], len(one.before)], strict=True)]
    after = [one.after[a:b] for a, b in zip(ends[1], [*starts[1], len(one.after)], strict=True)]
    return before == after


def parse(files: Sequence[Redacted]) -> None:
    """Print how many files parse after redaction, of those that parsed before."""
    sound: Counter[str] = Counter()
    broken: Counter[str] = Counter()
    for one in files:
        check = syntax.checker(one.path)
        if check and check(one.before):
            sound[Path(one.path).suffix] += 1
            broken[Path(one.path).suffix] += not check(one.after)
    share = 1 - broken.total() / max(sound.total(), 1)
    counts = ", ".join(f"{suffix} {count - broken[suffix]}/{count}" for suffix, count in sound.most_common())
    print(f"  still parse: {share:.4%} of {sound.total()} ({counts})")


def again(files: Sequence[Redacted]) -> None:
    """Print how many files a second pass changes, and in how many any other byte changed."""
    twice = sum(1 for _ in redacted([(one.path, one.after) for one in files]))
    exact = sum(map(is_exact, files))
    lengths = [
        end - start == one.end - one.start
        for file in files
        for one, (start, end) in zip(file.done, file.places, strict=True)
    ]
    print(f"  changed by a second pass: {twice} of {len(files)}; all other bytes as they were: {exact}")
    print(f"  replacements as long as the value: {sum(lengths) / len(lengths):.4f} of {len(lengths)}")


def excerpt(content: bytes, spans: Iterable[tuple[int, int]]) -> tuple[bytes, list[tuple[int, int]]]:
    """Return the lines on which spans lie, with the spans in them: peers need seconds for a megabyte."""
    parts: list[bytes] = []
    inside: list[tuple[int, int]] = []
    size, until = 0, 0
    for start, end in spans:
        begin = max(content.rfind(b"\n", 0, start) + 1, until, start - 2000)
        close = content.find(b"\n", end)
        close = min(close if close >= 0 else len(content), end + 2000)
        if begin > start or close <= until:
            continue
        inside.append((size + start - begin, size + end - begin))
        parts.append(content[begin:close] + b"\n")
        size, until = size + len(parts[-1]), close
    return b"".join(parts), inside


def residue(all_files: Sequence[Redacted], peers: Mapping[str, Finder]) -> None:
    """Print how many typed findings of each peer touch the places, before and after redaction."""
    for name, find in peers.items():
        files = all_files[:: SLOW.get(name, 1)]
        said = []
        for which in ("before", "after"):
            rows = [
                excerpt(one.before, [(each.start, each.end) for each in one.done])
                if which == "before"
                else excerpt(one.after, one.places)
                for one in files
            ]
            found = find([(one.path, text) for one, (text, _) in zip(files, rows, strict=True)])
            kinds = Counter(
                kind
                for (_, spans), items in zip(rows, found, strict=True)
                for start, end, kind in items
                if kind not in GUESSES and any(start < last and end > first for first, last in spans)
            )
            said.append(f"{which} {kinds.total()}" + (f" {dict(kinds)}" if which == "after" and kinds else ""))
        print(f"  typed findings of {name:15} at the places of {len(files)}: {', '.join(said)}")


def choose(texts: Iterable[Text]) -> list[Text]:
    """Return files of every kind, most of those that can be parsed."""
    counts: Counter[str] = Counter()
    chosen = []
    for path, content in texts:
        suffix = Path(path).suffix.lower()
        if len(content) < 60_000 and counts[suffix] < (10 * MOST if syntax.checker(path) else MOST):
            counts[suffix] += 1
            chosen.append((path, content))
    return chosen


def report(all_texts: Iterable[Text], peers: Mapping[str, Finder]) -> None:
    """Print all of it for files as they are and with planted values."""
    texts = choose(all_texts)
    files = [*redacted(texts), *redacted(list(planted(texts, example_values())))]
    suffixes = Counter(Path(one.path).suffix for one in files)
    print(f"\nRedaction of {len(files)} files with findings, {len(suffixes)} kinds of files")
    parse(files)
    again(files)
    residue(files, peers)
