"""A second pass finds nothing to replace: every example of every rule, in frames that other rules look at too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from stackmark.pii import ruleset
from stackmark.pii.redact import Style, redact
from stackmark.pii.scan import scan_many
from stackmark.pii.spans import Span
from tests.pii.made import made

FRAMES = (
    ("pip.conf", "[global]\nindex-url = https://user:{v}@pypi.corp.net/simple\n"),
    (".env.production", "REDIS_URL=redis://:{v}@cache.corp.net:6379/0\nDATABASE_URL=mysql://root:{v}@127.0.0.1/x\n"),
    ("app.py", 'connect("postgres://app:{v}@db.corp.net:5432/shop?sslmode=on")\n'),
    ("app.js", "fetch(`https://api.corp.net/?access_token={v}&page=2`)\n"),
    (".env", "API_KEY={v}\nDB_PASSWORD='{v}'\nNEXT=1\n"),
    ("run.sh", 'export SECRET_TOKEN="{v}"\ntool --password {v} run\ncurl -u admin:{v} https://host.corp.net/\n'),
    ("values.yml", "password: {v}\nitems:\n  - name: secret\n    value: {v}\n"),
    ("values.json", '{"secret": "{v}", "port": 5432}\n'),
    ("app.ini", "[db]\npassword={v}\n"),
    ("app.py", 'TOKEN = "{v}"\nrequests.get(url, auth=("ci", "{v}"))\n'),
    ("call.http", "Authorization: Bearer {v}\nX-Api-Key: {v}\nCookie: session={v}\n"),
    ("access.md", "| user | password |\n|---|---|\n| ana | {v} |\n"),
    ("access.csv", "user,password\nana,{v}\n"),
    ("app.config", '"Server=db;User Id=sa;Password={v};"\n<password>{v}</password>\n'),
    (".netrc", "machine a.corp.net login ci password {v}\n"),
    ("notes.txt", "{v}\n"),
)
RULES = ruleset.of_level("high")
#: The scorer sees the rest of the line: what stands for a value there may change what it makes of the next one.
SCORED = "assigned-secret"


def cases() -> Iterator[tuple[str, bytes]]:
    """Yield a path and a content for every example of every rule as it is, and for its value in every frame."""
    examples = [made(example) for rule in RULES for example in rule.match]
    first = {made(rule.match[0]) for rule in RULES}
    for example, spans in zip(examples, scan_many(examples, None, "high"), strict=True):
        yield "notes.txt", example
        yield ".env.production", b"A_KEY=" + example + b"\n"
        for span in spans[:1] if example in first else ():
            value = example[span.start : span.end]
            if not any(blank in value for blank in (b" ", b"\n")):
                yield from ((path, frame.encode().replace(b"{v}", value)) for path, frame in FRAMES)


def passed(
    contents: list[bytes], paths: list[str], style: Style, but: str = ""
) -> tuple[list[list[Span]], list[bytes]]:
    """Return what one pass finds and what it leaves."""
    found = [[span for span in spans if span.rule != but] for spans in scan_many(contents, paths, "high")]
    return found, [
        redact(content, spans, path=path, style=style)
        for content, spans, path in zip(contents, found, paths, strict=True)
    ]


@pytest.mark.parametrize("style", ["pseudonym", "placeholder"])
def test_a_second_pass_changes_nothing(style: Style) -> None:
    made_up = sorted(set(cases()))
    paths, contents = [path for path, _ in made_up], [content for _, content in made_up]
    found, once = passed(contents, paths, style)
    _, twice = passed(once, paths, style, SCORED if style == "placeholder" else "")
    assert sum(map(len, found)) > len(made_up)
    assert [pair for pair in zip(contents, once, twice, strict=True) if pair[1] != pair[2]] == []
