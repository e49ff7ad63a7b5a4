from __future__ import annotations

import numpy as np

from stackmark.ner.embeddings import embed, read_embeddings
from stackmark.ner.passages import Passage
from stackmark.ner.scored import Scored


def test_a_vector_is_the_mean_of_the_pieces_of_its_span() -> None:
    text = np.arange(10, dtype=np.float32).reshape(5, 2)
    passage = Passage(0, np.arange(5), np.array([[0, 1], [0, 2]]), np.array([[1, 1], [1, 3]]))
    scored = Scored(0, np.array([0, 1]), np.zeros((2, 2), dtype=np.float32), text=text)
    asked = read_embeddings(True, "float32")
    assert asked is not None
    assert embed(asked, scored, passage, np.array([1])).tolist() == [text[1:4].mean(axis=0).tolist()]
    assert embed(asked, scored, passage, np.array([], dtype=np.int64)).shape == (0, 2)


def test_none_are_made_unless_asked_for() -> None:
    assert read_embeddings(False, "float32") is None
