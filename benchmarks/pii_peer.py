"""One peer over one set of texts, in the peer's own environment: what it found and what that cost, as JSON.

    PEER_PYTHON benchmarks/pii_peer.py NAME TEXTS.jsonl SECONDS

A line of TEXTS.jsonl is [path, base64 of the content]. The peer stops at the first text after SECONDS of processor
time. A finding is [index of the text, start, end, type]; where a peer says no place in the line, it is the whole line.
Nothing of stackmark is imported here.
"""

from __future__ import annotations

import base64
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

Finder = Callable[[str, bytes], Iterator[tuple[int, int, str]]]


def lines_of(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    for line in content.splitlines(keepends=True):
        yield at, line
        at += len(line)


def within(line: bytes, at: int, value: bytes, kind: str) -> tuple[int, int, str]:
    """Give the place of a value on its line, the whole line if it is not there as it is."""
    start = line.find(value) if value else -1
    return (at + start, at + start + len(value), kind) if start >= 0 else (at, at + len(line), kind)


def detect_secrets() -> Finder:
    collection: Any = import_module("detect_secrets").SecretsCollection
    settings: Any = import_module("detect_secrets.settings").default_settings
    folder = tempfile.mkdtemp()

    def find(path: str, content: bytes) -> Iterator[tuple[int, int, str]]:
        file = Path(folder) / f"file{Path(path).suffix}"  # it reads files alone: its line scan leaves out the filters
        file.write_bytes(content)
        secrets = collection()
        with settings():
            secrets.scan_file(str(file))
        lines = list(lines_of(content))
        for _, secret in secrets:
            at, line = lines[min(secret.line_number, len(lines)) - 1]
            yield within(line, at, (secret.secret_value or "").encode(), secret.type)

    return find


def kingfisher() -> Finder:
    scanner: Any = import_module("kingfisher_sdk").Scanner()

    def find(_: str, content: bytes) -> Iterator[tuple[int, int, str]]:
        for item in scanner.scan(content):
            yield item.location["start_offset"], item.location["end_offset"], item.rule_id

    return find


def presidio() -> Finder:
    tldextract: Any = import_module("tldextract")
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # nothing is fetched
    known: Any = import_module("presidio_analyzer.predefined_recognizers")
    names = ("EmailRecognizer", "IpRecognizer", "CreditCardRecognizer", "IbanRecognizer", "PhoneRecognizer")
    recognizers = [getattr(known, name)() for name in names]

    def find(_: str, content: bytes) -> Iterator[tuple[int, int, str]]:
        text = content.decode("latin-1")  # one character a byte, so that offsets are those of bytes
        for recognizer in recognizers:
            for item in recognizer.analyze(text, recognizer.supported_entities, None):
                yield item.start, item.end, item.entity_type

    return find


def datatrove() -> Finder:
    peer: Any = import_module("datatrove.pipeline.formatters").PIIFormatter()
    replacers = (("EMAIL_ADDRESS", peer.emails_replacer), ("IP_ADDRESS", peer.ip_replacer))

    def find(_: str, content: bytes) -> Iterator[tuple[int, int, str]]:
        text = content.decode("latin-1")
        for kind, replacer in replacers:
            for match in replacer.regex.finditer(text):
                if replacer.validator is None or replacer.validator(match.group(0)):
                    yield match.start(), match.end(), kind

    return find


def credsweeper() -> Finder:
    sweeper: Any = import_module("credsweeper").CredSweeper(ml_batch_size=256)
    provider: Any = import_module("credsweeper.file_handler.string_content_provider").StringContentProvider

    def find(path: str, content: bytes) -> Iterator[tuple[int, int, str]]:
        lines = list(lines_of(content))
        texts = [line.decode("utf-8", "replace").rstrip("\r\n") for _, line in lines]
        sweeper.credential_manager.clear_credentials()
        sweeper.credential_manager.candidates = list(
            sweeper.file_scan(provider(texts, None, path, Path(path).suffix)) or []
        )
        sweeper.post_processing(None)
        for item in sweeper.credential_manager.get_credentials():
            data = item.line_data_list[0]
            at, line = lines[min(data.line_num, len(lines)) - 1]
            yield within(line, at, (data.value or "").encode(), item.rule_name)

    return find


PEERS = {
    "detect-secrets": detect_secrets,
    "kingfisher": kingfisher,
    "presidio": presidio,
    "datatrove": datatrove,
    "credsweeper": credsweeper,
}


def main() -> None:
    name, texts, limit = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    rows = [(path, base64.b64decode(content)) for path, content in map(json.loads, texts.read_text().splitlines())]
    find = PEERS[name]()
    list(find("warm.py", b"x = 1\n"))
    found: list[tuple[int, int, int, str]] = []
    size, done, slowest, start = 0, 0, 0.0, time.process_time()
    for path, content in rows:
        before = time.process_time()
        if before - start > limit:
            break
        found += [(done, *item) for item in find(path, content)]
        slowest = max(slowest, time.process_time() - before)
        size, done = size + len(content), done + 1
    cost = {"seconds": time.process_time() - start, "bytes": size, "texts": done, "slowest": slowest}
    print(json.dumps({"found": found, **cost}))


if __name__ == "__main__":
    main()
