"""Finding the encoding of a text: real translations re-encoded in the codecs that they used to be written in.

    script/bench languages_encodings [--peers] [--misses]

The texts are the translated messages of a few packages (file names say the human language). Each is put as comments
into a C file that is ASCII otherwise, 1, 3, 10 or 40 messages at a time, and encoded. An answer is right when it
decodes to the same text; a codec that gives the same text for these bytes (Windows-1252 for
Latin-1) is as good as the first.
With --peers: what faust-cchardet, chardet and charset-normalizer say, from environments of their own, and how fast.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tarfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from _environments import environment
from languages_corpus import ROOT, UPSTREAM, corpus
from stackmark.encodings import guesses
from stackmark.text import decode

HERE = Path(__file__).parent
PACKAGES = ("mc", "gaupol", "flex", "bison", "m4")
SIZES = (1, 3, 10, 40)
PER_CODEC = 60  # texts of each size
#: Codec, and the human languages whose texts were written in it.
CODECS: dict[str, tuple[str, ...]] = {
    "cp1252": ("de", "fr", "es", "pt_BR", "sv", "it", "fi", "da", "nl"),
    "cp1250": ("cs", "pl", "hu", "sk", "hr"),
    "iso8859-2": ("cs", "pl", "hu", "sk", "sl"),
    "cp1251": ("ru", "uk", "bg"),
    "koi8-r": ("ru",),
    "iso8859-7": ("el",),
    "cp1254": ("tr",),
    "cp932": ("ja",),
    "euc_jp": ("ja",),
    "gb18030": ("zh_CN",),
    "big5": ("zh_TW",),
    "euc_kr": ("ko",),
    "utf-16-le": ("de", "ru", "ja"),
    "utf-16": ("fr", "el", "zh_CN"),
    "utf-32-be": ("es", "ru", "ko"),
    "utf-8": ("de", "ru", "ja"),
}
MESSAGE = re.compile(r'^msgstr((?: ".*"\n)(?:".*"\n)*)', re.MULTILINE)

ESCAPE = re.compile(r"\\.")


@dataclass(frozen=True)
class Text:
    """A source file with comments in a human language, as it was and as bytes."""

    codec: str
    messages: int
    said: str
    data: bytes


def messages(packages: Sequence[str] = PACKAGES) -> dict[str, list[str]]:
    """Give the translated messages by human language, those that say something beyond ASCII."""
    found: dict[str, list[str]] = {}
    for role in ("train", "test"):
        corpus(role)  # brings the packages
    for package in packages:
        for archive in sorted(UPSTREAM.glob(f"{package}_*.orig.tar.*")):
            with tarfile.open(archive) as tar:
                for member in tar:
                    if member.name.endswith(".po") and (opened := tar.extractfile(member)):
                        language = language_of(member.name)
                        found.setdefault(language, []).extend(_translated(opened.read()))
    return found


def _is_garbled(text: str) -> bool:
    """Tell whether a translator's UTF-8 was taken for Latin-1 before it got here."""
    try:
        return not text.encode("cp1252").decode("utf-8").isascii()
    except UnicodeError:
        return False


def language_of(path: str) -> str:
    """Give the human language of a file of messages: po/de/kate.po, lazarus.de.po, de.po."""
    parts = [*Path(path).parts[-2:-1], Path(path).stem.rpartition(".")[2]]
    return next((part for part in parts if re.fullmatch(r"[a-z]{2}(?:_[A-Z]{2})?", part) and part != "po"), parts[-1])


def _translated(data: bytes) -> Iterator[str]:
    text = data.decode("utf-8", "replace")
    for hit in MESSAGE.finditer(text.partition("\n\n")[2]):
        said = ESCAPE.sub(" ", "".join(line.strip()[1:-1] for line in hit[1].split("\n")))
        if not said.isascii() and "\ufffd" not in said and len(said) >= 12 and not _is_garbled(said):
            yield " ".join(said.replace("*/", "").split())


def texts() -> Iterator[Text]:
    """Make the files: code that is ASCII, with messages as comments at even distances."""
    code = 'static int\nrun (int count, const char *name)\n{\n  return count > 0 ? strcmp (name, "x") : 0;\n}\n\n'
    said = messages()
    for codec, languages in CODECS.items():
        for size in SIZES:
            for number in range(PER_CODEC):
                pool = [one for one in said.get(languages[number % len(languages)], []) if _fits(one, codec)]
                if len(pool) < size:
                    continue
                first = 7 * (number // len(languages)) * size
                chosen = [pool[(first + step) % len(pool)] for step in range(size)]
                whole = "".join(f"/* {one} */\n{code}" for one in chosen)
                yield Text(codec, size, whole, whole.encode(codec))


def _fits(text: str, codec: str) -> bool:
    """Tell whether a codec can say a message, not by Python's own spelling of rare Korean syllables."""
    try:
        data = text.encode(codec)
        return data.decode(codec) == text and (codec != "euc_kr" or data == text.encode("cp949"))
    except UnicodeEncodeError:
        return False


def same(text: Text, said: str | None) -> bool:
    """Tell whether an answer reads as the text was; a leading mark does not matter."""
    return said is not None and said.removeprefix("\ufeff") == text.said


def by_name(text: Text, codec: str) -> bool:
    """Tell whether a codec that a peer names reads as the text was."""
    try:
        return same(text, text.data.decode(codec))
    except (LookupError, UnicodeDecodeError):
        return False


def table(title: str, every: list[Text], right: list[bool], seconds: float) -> None:
    """Print the shares of right answers, by codec and number of messages."""
    rate = sum(len(one.data) for one in every) / 1e6 / seconds
    print(f"\n{title}: {sum(right):,} of {len(every):,} right, {rate:.1f} MB/s")
    print(f"{'':12}" + "".join(f"{size:>10}" for size in SIZES) + "   messages in the file")
    for codec in CODECS:
        row = ""
        for size in SIZES:
            hits = [hit for hit, one in zip(right, every, strict=True) if (one.codec, one.messages) == (codec, size)]
            row += f"{sum(hits) / len(hits):10.3f}" if hits else f"{'-':>10}"
        print(f"{codec:12}{row}")


def peer(name: str, every: list[Text]) -> None:
    """Ask a peer in its environment; it reads the files and prints a codec a line and its time."""
    folder = ROOT / "encodings"
    folder.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(every):
        (folder / str(number)).write_bytes(one.data)
    python, script = environment("encodings") / "python", HERE / "languages_chardets.py"
    command = [str(python), str(script), name, str(folder), str(len(every))]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    right = [by_name(one, codec or "") for one, codec in zip(every, answer["codecs"], strict=True)]
    table(name, every, right, answer["seconds"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", action="store_true", help="ask the other detectors, too")
    parser.add_argument("--misses", action="store_true", help="say what was taken for what")
    options = parser.parse_args()
    every = list(texts())
    start = time.process_time()
    answers = [decode(one.data) for one in every]
    seconds = time.process_time() - start
    right = [same(one, said) for one, (said, _, _) in zip(every, answers, strict=True)]
    table("stackmark", every, right, seconds)
    start = time.process_time()
    first = [codec if codec and codec.startswith("utf") else guesses(one.data)[0]
             for one, (_, codec, _) in zip(every, answers, strict=True)]  # fmt: skip
    guessing = time.process_time() - start
    table("the letters alone", every, [by_name(one, codec) for one, codec in zip(every, first, strict=True)], guessing)
    if options.misses:
        misses: Counter[tuple[object, ...]] = Counter()
        for one, (_, codec, problem), hit in zip(every, answers, right, strict=True):
            misses[one.codec, one.messages, codec or problem] += not hit
        for miss, count in misses.most_common(40):
            if count:
                print(count, *miss)
    for name in ("faust-cchardet", "chardet", "charset-normalizer") if options.peers else ():
        peer(name, every)


if __name__ == "__main__":
    main()
