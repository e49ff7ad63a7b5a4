"""report.html, NOTICE and swhids.txt."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from stackmark import swhid
from stackmark.release import Notice, notice
from tests.release import synthetic
from tests.release.synthetic import FORK, INFO, STANDARD, TOOL, WHEEL, Entry

EVIL = "</title></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>\x1b[31m‮"
VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Tags that are opened, attributes, text; and whether all tags are closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    return (synthetic.release(tmp_path_factory.mktemp("report") / "r").path / "report.html").read_text()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    info = replace(INFO, not_done=(EVIL,), rules={EVIL: {EVIL: EVIL}}, detectors={EVIL: EVIL}, tools={EVIL: EVIL})
    evil = Entry(EVIL, EVIL, "evil\n", language="Python", expression=EVIL, license_class=EVIL)
    entries = [
        evil,
        synthetic.duplicate(evil, TOOL, EVIL),
        Entry(TOOL, "b", "b\n", "dropped", EVIL, EVIL, language=EVIL),
        Entry(f"x{EVIL}", "", "", "quarantined", EVIL, EVIL, EVIL, kind="origin", language=None),
    ]
    return (synthetic.release(tmp_path_factory.mktemp("evil") / "r", entries, info).path / "report.html").read_text()


def test_the_report_is_well_formed(report: str) -> None:
    page = Page(report)
    assert page.open == []
    assert page.tags.count("h1") == 1


def test_the_report_needs_nothing_from_elsewhere(report: str) -> None:
    page = Page(report)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name in ("src", "href", "srcset") or name.startswith("on")]
    assert "url(" not in report
    assert "@import" not in report


def test_the_report_shows_every_part(report: str) -> None:
    text = Page(report).text
    for title in (
        "From input to data",
        "Why files are not in the data",
        "Languages",
        "Licences",
        "Sizes of the kept files",
        "Copies",
        "Origins",
        "What was not done",
        "How it was made",
    ):
        assert title in text
    for fact in (
        "long-lines",
        "GPL-2.0-only OR MIT",
        "F*",
        "No licence was found",
        "no such host",
        "the-stack-v2",
    ):
        assert fact in text


def test_nothing_from_a_repository_becomes_html(hostile: str) -> None:
    page = Page(hostile)
    assert page.open == []
    assert not {"script", "img", "b"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert "\x1b" not in hostile
    assert "‮" not in hostile
    assert "alert(2)" in page.text


def test_a_report_of_nothing_is_well_formed(tmp_path: Path) -> None:
    made = synthetic.release(tmp_path / "r", [], notices=[])
    page = Page((made.path / "report.html").read_text())
    assert page.open == []
    assert "Languages" not in page.text


def test_a_notice_stands_once_for_all_its_places() -> None:
    text = notice.render(notice.sections(synthetic.NOTICES), "corpus 1.0.0")
    assert text.count("Permission is hereby granted") == 1
    assert f"  {TOOL} : LICENSE\n  {FORK} : LICENSE\n" in text
    assert "2 distinct texts" in text


def test_the_order_of_notices_does_not_matter() -> None:
    assert notice.sections(synthetic.NOTICES) == notice.sections(reversed(synthetic.NOTICES))


def test_a_hostile_notice_cannot_pose_as_a_section() -> None:
    evil = "MIT\r\n" + "=" * 78 + "\n3. Public-Domain\x1b[31m\x0b1 place:\x85  x : y\u2028" + "=" * 78
    text = notice.render(notice.sections([Notice("o\n=====", "p\r\n2. x", "MIT\n=", evil)]), "t")
    assert len(re.findall(r"^={78}$", text, re.MULTILINE)) == 1
    assert re.findall(r"^\d+\. .*", text, re.MULTILINE) == ["1. MIT\\n="]
    assert all(line.isprintable() for line in text.split("\n"))


def test_swhids_are_sorted_valid_and_complete(tmp_path: Path) -> None:
    made = synthetic.release(tmp_path / "r")
    lines = (made.path / "swhids.txt").read_text().splitlines()
    assert lines == sorted(lines)
    parsed = [swhid.parse(line) for line in lines]
    assert {one.id.hex() for one in parsed} == {e.content_id for e in STANDARD if e.outcome == "kept"}
    for one in parsed:
        of = dict(one.qualifiers)
        expected = (
            f"swh:1:dir:{'aa' * 20}" if of["origin"] == WHEEL else f"swh:1:rev:{synthetic.REVISIONS[of['origin']]}"
        )
        assert of["anchor"] == expected
        assert of["path"].startswith("/")


def test_swhids_of_odd_paths_stay_on_one_line(tmp_path: Path) -> None:
    made = synthetic.release(tmp_path / "r", [Entry(TOOL, "a;b%c\nd e.py", "odd\n")])
    (line,) = (made.path / "swhids.txt").read_text().split("\n")[:-1]
    assert line.endswith(";path=/a%3Bb%25c%0Ad%20e.py")
    assert made.verify().ok
