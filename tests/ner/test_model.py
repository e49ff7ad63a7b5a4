from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="stackmark.ner needs torch")

from stackmark.errors import SourceError, UsageError  # noqa: E402
from stackmark.ner import SpanMarkerModel  # noqa: E402
from stackmark.ner.predict import Engine, logits  # noqa: E402
from tests.ner import goldens  # noqa: E402

FAMILIES = goldens.FAMILIES


@pytest.mark.parametrize("family", FAMILIES)
class TestAgainstTheReference:
    def test_logits_are_the_same(self, family: str) -> None:
        found = goldens.model(family).logits(goldens.texts(family))
        for (spans, ours), (places, theirs) in zip(found, goldens.logits(family), strict=True):
            assert np.array_equal(spans, places)
            assert np.abs(ours - theirs).max() <= 1e-4

    def test_entities_of_texts_are_the_same(self, family: str) -> None:
        found = goldens.model(family).predict(goldens.texts(family))
        wanted = [each["entities"] for each in goldens.expected(family)["texts"]]
        assert all(goldens.same(*pair) for pair in zip(found, wanted, strict=True))

    def test_entities_of_words_are_the_same(self, family: str) -> None:
        given = goldens.expected(family)["words"]
        found = goldens.model(family).predict([each["words"] for each in given])
        assert all(goldens.same(one, each["entities"]) for one, each in zip(found, given, strict=True))

    def test_the_dense_way_gives_the_same_logits(self, family: str) -> None:
        pytest.importorskip("transformers", reason="the dense way needs transformers")
        from stackmark.ner.dense import DenseScorer

        model = SpanMarkerModel.from_pretrained(goldens.FOLDER / family)
        engine = Engine(model.config, model.tokenizer, DenseScorer(model.network, model.tokenizer))
        for (_, ours), (_, theirs) in zip(
            logits(engine, goldens.texts(family)[:8]), goldens.logits(family)[:8], strict=True
        ):
            assert np.abs(ours - theirs).max() <= 1e-4

    def test_a_saved_model_answers_the_same(self, family: str, tmp_path: Path) -> None:
        goldens.model(family).save_pretrained(tmp_path)
        again = SpanMarkerModel.from_pretrained(tmp_path)
        assert again.predict(goldens.texts(family)) == goldens.model(family).predict(goldens.texts(family))

    @pytest.mark.parametrize("dtype", ["bfloat16", "int8"])
    def test_reduced_precision_stays_near(self, family: str, dtype: str) -> None:
        found = goldens.model(family).logits(goldens.texts(family)[:5], dtype=dtype)
        for (_, ours), (_, theirs) in zip(found, goldens.logits(family)[:5], strict=True):
            assert np.abs(ours - theirs).max() < 0.25


class TestInputs:
    def test_one_text_gives_one_list(self) -> None:
        text = goldens.texts()[0]
        assert goldens.model("bert").predict(text) == goldens.model("bert").predict([text])[0] != []

    @pytest.mark.parametrize("blank", ["", "  ", "\n", "\u200b", "\ufeff", "\u2063"], ids=ascii)
    def test_a_blank_text_gives_nothing_and_spoils_nothing(self, blank: str) -> None:
        model, text = goldens.model("bert"), goldens.texts()[0]
        assert model.predict([blank, text, blank]) == [[], model.predict(text), []]
        assert model.predict([[], ["\u200b"], [blank]])[0] == []
        assert model.predict(blank) == []

    def test_no_texts_give_no_results(self) -> None:
        assert goldens.model("bert").predict([]) == []

    def test_texts_of_one_word_stay_apart(self) -> None:
        assert len(goldens.model("bert").predict(["Paris", "London", "Rome"])) == 3

    def test_batches_change_no_entity(self) -> None:
        model, texts = goldens.model("roberta"), goldens.texts("roberta")
        one, all_ = model.predict(texts, batch_size=1), model.predict(texts, batch_size=100)
        assert all(goldens.same(*pair) for pair in zip(one, all_, strict=True))

    def test_a_stream_gives_each_text_as_it_comes(self) -> None:
        model, texts = goldens.model("bert"), goldens.texts()
        assert list(model.stream(iter(texts), batch_size=3)) == model.predict(texts, batch_size=3)

    @pytest.mark.parametrize("wrong", [3, None, b"bytes", [1], [None], {"text": ["a"]}], ids=repr)
    def test_what_is_no_text_is_refused(self, wrong: object) -> None:
        with pytest.raises(UsageError):
            goldens.model("bert").predict(wrong)

    def test_a_batch_size_of_nothing_is_refused(self) -> None:
        with pytest.raises(UsageError):
            goldens.model("bert").predict(["a"], batch_size=0)

    def test_progress_goes_to_standard_error(self, capsys: pytest.CaptureFixture[str]) -> None:
        goldens.model("bert").predict(["a", "b"], show_progress_bar=True)
        assert capsys.readouterr() == ("", "\r1 of 2 texts\r2 of 2 texts\n")


class TestLongText:
    def test_the_whole_of_a_long_text_is_read(self) -> None:
        model = goldens.model("bert")
        text = " ".join(goldens.texts() * 6)
        found = model.predict(text)
        last = len(text) - len(goldens.texts()[-1])
        assert max(entity["char_end_index"] for entity in found) > last
        assert all(text[e["char_start_index"] : e["char_end_index"]] == e["span"] for e in found)
        spans = model.logits([text])[0][0]
        assert len({tuple(span) for span in spans.tolist()}) == len(spans)

    def test_truncation_reads_what_the_reference_reads(self) -> None:
        model = goldens.model("bert")
        text = " ".join(goldens.texts() * 6)
        found = model.predict(text, long_text="truncate")
        assert found
        assert max(entity["char_end_index"] for entity in found) < len(text) / 3

    def test_a_text_that_fills_all_positions_is_read(self) -> None:
        model = goldens.model("bert")
        assert len(model.logits(["a " * (model.tokenizer.capacity)])[0][0]) > 0

    def test_a_word_of_a_hundred_thousand_characters_is_no_problem(self) -> None:
        text = "Anna " + "x" * 100_000 + " met Tom."
        for family in FAMILIES:
            assert isinstance(goldens.model(family).predict(text), list)


class TestAdditions:
    def test_a_threshold_drops_what_is_below(self) -> None:
        model, texts = goldens.model("bert"), goldens.texts()
        scores = [entity["score"] for one in model.predict(texts, threshold=0.6) for entity in one]
        assert scores
        assert min(scores) >= 0.6
        assert not any(e["label"] == "PER" for one in model.predict(texts, threshold={"PER": 1.0}) for e in one)

    def test_scores_of_all_labels_are_probabilities(self) -> None:
        entity = goldens.model("bert").predict(goldens.texts()[0], all_scores=True)[0]
        assert sum(entity["scores"].values()) == pytest.approx(1, abs=1e-5)
        assert entity["scores"][entity["label"]] == entity["score"] == max(entity["scores"].values())

    @pytest.mark.parametrize(("kind", "width"), [(True, 48), ("mean", 48), ("markers", 96)])
    def test_each_entity_gets_a_vector(self, kind: bool | str, width: int) -> None:
        model, text = goldens.model("bert"), goldens.texts()[0]
        found = model.predict(text, return_embeddings=kind, embedding_dtype="float16")
        assert [entity["embedding"].shape for entity in found] == [(width,)] * len(found)
        assert found[0]["embedding"].dtype == np.float16
        assert [{**entity, "embedding": 0} for entity in found] == [
            {**entity, "embedding": 0} for entity in model.predict(text)
        ]

    def test_the_marker_vector_is_what_the_classifier_reads(self) -> None:
        model = goldens.model("bert")
        entity = model.predict(goldens.texts()[0], return_embeddings="markers", all_scores=True)[0]
        tensors = model.tensors()
        logits = tensors["classifier.weight"].numpy() @ entity["embedding"] + tensors["classifier.bias"].numpy()
        shares = np.exp(logits) / np.exp(logits).sum()
        assert list(entity["scores"].values()) == pytest.approx(shares.tolist(), abs=1e-4)

    @pytest.mark.parametrize(
        "options",
        [
            {"return_embeddings": "sum"},
            {"embedding_dtype": "int4"},
            {"long_text": "drop"},
            {"dtype": "float8"},
            {"prefilter": "on"},
            {"prefilter": 0.99},
        ],
        ids=str,
    )
    def test_an_unknown_option_is_refused(self, options: dict[str, object]) -> None:
        with pytest.raises(UsageError):
            goldens.model("bert").predict("a b", **options)

    def test_context_changes_the_answer_and_keeps_the_order(self) -> None:
        model = goldens.model("bert")
        words = [each["words"] for each in goldens.expected("bert")["words"]][:3]
        data = {"tokens": words, "document_id": [1, 1, 1], "sentence_id": [2, 0, 1]}
        with_, without = model.predict(data), model.predict(words)
        assert len(with_) == 3
        assert with_ != without
        alone = {"tokens": words, "document_id": [1, 2, 3], "sentence_id": [0, 0, 0]}
        assert all(goldens.same(*pair) for pair in zip(model.predict(alone), without, strict=True))


class TestTraining:
    def test_a_trained_network_predicts_with_what_it_learned(self) -> None:
        pytest.importorskip("transformers", reason="training needs transformers")
        from stackmark.ner.batches import collate
        from stackmark.ner.data import Sentence
        from stackmark.ner.examples import Rows

        model = SpanMarkerModel.from_pretrained(goldens.FOLDER / "bert")
        words = ["Anna", "Bell", "lives", "in", "Rome"]
        sentence = Sentence(tuple(words), ((0, 2, "PER"), (4, 5, "LOC")))
        rows = Rows([sentence], model.tokenizer, model.config, sample=0, seed=1)
        batch = collate([rows[number] for number in range(len(rows))], model.tokenizer)
        optimiser = torch.optim.AdamW(model.network.parameters(), lr=1e-3)
        model.network.train()
        first = model.network(**batch)["loss"].item()
        for _ in range(60):
            loss = model.network(**batch)["loss"]
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        assert loss.item() < first / 4
        found = {(e["word_start_index"], e["word_end_index"], e["label"]) for e in model.predict([words])[0]}
        assert found == {(0, 2, "PER"), (4, 5, "LOC")}

    def test_a_new_model_is_made_of_an_encoder(self, tmp_path: Path) -> None:
        transformers = pytest.importorskip("transformers", reason="a new model needs transformers")
        folder = tmp_path / "encoder"
        config = transformers.DistilBertConfig(vocab_size=700, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
        transformers.DistilBertModel(config).save_pretrained(folder)
        shutil.copy(goldens.FOLDER / "bert" / "tokenizer.json", folder)
        model = SpanMarkerModel.from_pretrained(folder, labels=["O", "B-PER", "I-PER"], model_max_length=64)
        assert model.config.types == ["PER"]
        ours = model.logits(["Anna met Tom in Rome"])[0][1]
        from stackmark.ner.dense import DenseScorer

        engine = Engine(model.config, model.tokenizer, DenseScorer(model.network, model.tokenizer))
        assert np.abs(ours - logits(engine, ["Anna met Tom in Rome"])[0][1]).max() < 1e-5


class TestDamage:
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        shutil.copytree(goldens.FOLDER / "bert", tmp_path / "model")
        return tmp_path / "model"

    def test_a_missing_folder_is_a_clear_error(self, tmp_path: Path) -> None:
        with pytest.raises(SourceError, match="no such folder"):
            SpanMarkerModel.from_pretrained(tmp_path / "nothing" / "here")

    @pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
    def test_a_missing_file_is_a_clear_error(self, folder: Path, name: str) -> None:
        (folder / name).unlink()
        with pytest.raises(SourceError):
            SpanMarkerModel.from_pretrained(folder)

    @pytest.mark.parametrize("size", [0, 4, 100, 100_000])
    def test_damaged_weights_are_a_clear_error(self, folder: Path, size: int) -> None:
        path = folder / "model.safetensors"
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(SourceError, match=r"model\.safetensors"):
            SpanMarkerModel.from_pretrained(folder)

    def test_weights_of_another_model_are_a_clear_error(self, folder: Path) -> None:
        shutil.copy(goldens.FOLDER / "xlm-roberta" / "model.safetensors", folder)
        with pytest.raises(SourceError):
            SpanMarkerModel.from_pretrained(folder)

    def test_weights_without_a_layer_are_a_clear_error(self, folder: Path) -> None:
        from stackmark.ner.weights import read_safetensors, save_tensors

        tensors = read_safetensors(folder / "model.safetensors")
        del tensors["encoder.encoder.layer.1.output.dense.weight"]
        (folder / "model.safetensors").unlink()
        save_tensors(tensors, folder / "model.safetensors")
        with pytest.raises(SourceError, match=r"layer\.1"):
            SpanMarkerModel.from_pretrained(folder)
