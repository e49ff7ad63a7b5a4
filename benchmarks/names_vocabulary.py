"""Words for the names room: its lists, and the vocabulary of its small model.

Nothing in the vocabulary tells who wrote the texts that the model was trained on.

A whole word of a real text gets in only if PROJECTS projects at least write it in small letters (two, where it is of a
translation, of which there are few), and if it is neither part of the name of a person whom a project names nor of an
account or an address. The rest are pieces: of those words and of generated names, each counted once however often it
stands there. So a name that training has seen is cut into pieces as one that it has not, and the model learns from
what all names have in common.
"""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from tokenizers import AddedToken, Tokenizer, models, processors, trainers

import names_material as material
from names_sources import PLAN, sources
from stackmark.ner.tiny import SPECIAL, UNKNOWN, _empty
from stackmark.pii import names_cues
from stackmark.pii.comments import readable

#: Projects that have to write a word in small letters.
PROJECTS = 3
PROJECTS_TRANSLATED = 2
#: Pieces that are learnt, letters included, and all of them with the whole words.
PIECES, ALL = 8_000, 22_000
#: The parts of persons of which pieces are learnt.
PERSONS = 20_000
_WORD = re.compile(r"[^\W\d_]+")
_ACCOUNT = re.compile(r"(?:^|[^\w.])@([\w.-]+)|([\w.+-]+) ?(?:@|\(at\)| at )")
#: Signs of Chinese text and of print.
PUNCTUATION = "：，。、；！？（）《》【】「」“”‘’«»–—…•·№€™→←"
_HAN = re.compile("[\u3400-\u9fff]")
#: Letters of any name in these scripts have a piece each: Latin, Greek, Cyrillic.
_LETTERS = (range(0x21, 0x250), range(0x370, 0x530), range(0x1E00, 0x1F00))


def everyday() -> list[str]:
    """Give the words with a capital that name nobody: those that three projects at least write small, and the calendar.

    A name of a person is hardly written small, but as an account in its own project. Parts of names that are everyday
    words too ("Mark", "Page") count only if three projects write them with a capital and they are mostly written small.
    """
    capital: dict[str, set[str]] = {}
    low: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for name, files in sources("train"):
        project = re.split(r"[-_]\d", name)[0].lower()
        for path, content in files:
            words = Counter(re.findall(r"[^\W\d_]{2,}", readable(content, path).decode("utf-8", "replace")))
            counts.update(words)
            for word in words:
                (low if word.islower() else capital).setdefault(word, set()).add(project)
    named = [*calendar.day_name, *calendar.day_abbr, *calendar.month_name, *calendar.month_abbr]
    usual = {
        word
        for word, projects in capital.items()
        if word.istitle()
        and len(low.get(word.lower(), ())) >= 3
        and (word not in material.all_parts() or (len(projects) >= 3 and counts[word.lower()] >= 4 * counts[word]))
    }
    return sorted({*usual, *filter(None, named)})


def given() -> list[str]:
    """Give the given names of training that are no everyday words: what `names_given.txt` holds."""
    locales = [locale for each in PLAN["locales"].values() for locale in each]
    names = {name for locale in locales for name in material.parts(locale, "train")[0]}
    return sorted(name for name in names if _is_plain(name) and name not in names_cues.common())


def _is_plain(name: str) -> bool:
    """Say whether a given name is one word of three letters, or of two Chinese signs."""
    han = len(re.findall("[\u3400-\u9fff]", name))
    return name.isalpha() and (han == len(name) == 2 or (not han and name.istitle() and len(name) > 2))


def accounts(texts: Iterable[str]) -> set[str]:
    """Give the words of accounts and of what stands before the @ of addresses, in small letters."""
    found = (match[1] or match[2] for text in texts for match in _ACCOUNT.finditer(text))
    return {word.lower() for account in found for word in _WORD.findall(account)}


def shared(texts: Sequence[tuple[str, str]], persons: Iterable[str], least: int) -> list[str]:
    """Give the words that may be whole pieces, the most frequent first, with a capital too where that is usual.

    texts:   (project, text)
    persons: names whose parts stay out
    least:   projects that have to write a word
    """
    projects: dict[str, set[str]] = {}
    counts: Counter[str] = Counter()
    for project, text in texts:
        words = _WORD.findall(text)
        counts.update(words)
        for word in set(words):
            projects.setdefault(word, set()).add(re.split(r"[-_]\d", project)[0].lower())
    kept_out = accounts(text for _, text in texts) | {word.lower() for name in persons for word in _WORD.findall(name)}
    kept_out -= {word.lower() for word in names_cues.common()}
    small = {
        word
        for word, where in projects.items()
        if word.islower() and len(where) >= least and word not in kept_out and not _HAN.search(word)
    }
    capital = {word for word in counts if word.lower() in small and word in names_cues.common()}
    return sorted(small | capital, key=lambda word: (-counts[word], word))


def own_words() -> set[str]:
    """Give the words of the sentences that are filled, and of the tables of organisations and eponyms."""
    plan = PLAN["train"].values()
    patterns = [pattern for kinds in plan for kind in ("person", "none") for pattern in kinds[kind]]
    said = {word for pattern in patterns for word in _WORD.findall(re.sub(r"\{\w\}", " ", pattern))}
    return said | names_cues.listed("organisations") | names_cues.listed("eponyms")


def learned(words: Iterable[str], letters: Iterable[str]) -> list[str]:
    """Learn the pieces of words, each of which counts once; the same words give the same pieces."""
    lines = sorted(set(words))
    # The trainer numbers inner letters as it meets them, in an order of chance, unless they are there before.
    inner = [f"##{char}" for char in sorted({*letters, *(char for line in lines for char in line)})]
    draft = _empty(models.WordPiece(unk_token=UNKNOWN))
    trainer = trainers.WordPieceTrainer(
        vocab_size=PIECES, min_frequency=3, special_tokens=[*SPECIAL, *inner], show_progress=False
    )
    draft.train_from_iterator(lines, trainer)
    return [piece for piece, _ in sorted(draft.get_vocab().items(), key=lambda item: item[1])]


def numbers() -> list[str]:
    """Give the numbers that have a piece each: years, and all of two digits, alone and in longer ones."""
    pairs = [f"{number:02}" for number in range(100)]
    return [*(str(year) for year in range(1970, 2040)), *pairs, *(f"##{pair}" for pair in pairs)]


def letters() -> list[str]:
    """Give the letters that have a piece each."""
    return [chr(code) for block in _LETTERS for code in block if chr(code).isprintable() and chr(code) != " "]


def made(
    texts: Sequence[tuple[str, str]],
    translated: Sequence[tuple[str, str]],
    persons: Sequence[str],
    generated: Iterable[str],
) -> Tokenizer:
    """Make the tokenizer; `generated` are names that nobody bears."""
    own = sorted(own_words())
    known = [*own, *shared(texts, persons, PROJECTS), *shared(translated, persons, PROJECTS_TRANSLATED)]
    parts = [word for name in generated for word in _WORD.findall(name)]
    han = sorted(
        {char for text in (*parts, *(text for _, text in (*texts, *translated)), *own) for char in _HAN.findall(text)}
    )
    cased = [word for word in (*parts, *known) if not _HAN.search(word)]
    pieces = dict.fromkeys([*learned(cased, letters()), *letters(), *PUNCTUATION, *numbers(), *han])
    for word in known:
        if len(pieces) >= ALL:
            break
        if not _HAN.search(word):
            pieces[word] = None
    places = {piece: place for place, piece in enumerate(pieces)}
    tokenizer = _empty(models.WordPiece(vocab=places, unk_token=UNKNOWN))
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    ends = [(token, places[token]) for token in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=ends)
    return tokenizer


def trained() -> Tokenizer:
    """Make the tokenizer of the model that ships."""
    translated = [(name, text.text) for name, text in material.translations("train")]
    persons = [name for names in material.known_persons("train").values() for name in names]
    return made(material.passages("train"), translated, persons, material.generated_names(PERSONS))
