"""A model as two ONNX graphs: one reads a text, the other judges spans against it.

The graphs are written node by node from the weights, so that they do not depend on how a version of torch exports.
Text and markers have a pass each, as in `packed`: the first gives keys and values of the text for each layer, the
second takes them. The large weights lie once, in `weights.bin`, and both graphs point to them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stackmark.errors import UsageError

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

    from stackmark.ner.layers import Affine, EncoderWeights, Layer
    from stackmark.ner.model import SpanMarkerModel

OPSET = 20
TEXT, MARKERS, WEIGHTS = "text.onnx", "markers.onnx", "weights.bin"
#: Bytes from which on a weight goes to `weights.bin`, and what its place there is a multiple of.
LARGE, PAGE = 1024, 4096


def export(model: SpanMarkerModel, folder: str | Path) -> list[Path]:
    """Write text.onnx, markers.onnx and weights.bin, with configuration, tokenizer and span filter; give their paths.

    Raises UsageError for an encoder that is not BERT-like, whose passes cannot be parted, or if onnx is missing.
    """
    from stackmark.ner.layers import collect, is_bert_like

    try:
        import onnx
    except ImportError as error:
        raise UsageError("writing ONNX files needs the package onnx", "pip install onnx") from error
    if not is_bert_like(model.config.encoder):
        raise UsageError(f"an encoder of type {model.config.model_type!r} cannot be exported", "BERT-like ones can")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors = model.tensors()
    weights = collect(tensors, model.config.encoder)
    classifier = (tensors["classifier.weight"].detach(), tensors["classifier.bias"].detach())
    with (folder / WEIGHTS).open("wb") as file:
        store = Store(file)
        graphs = {TEXT: text_graph(weights, store)}
        graphs[MARKERS] = marker_graph(weights, classifier, (model.tokenizer.start, model.tokenizer.end), store)
    for name, graph in graphs.items():
        onnx.save_model(graph, str(folder / name))
    model.tokenizer.save(folder)
    if model.prefilter is not None:
        model.prefilter.save(folder)
    text = json.dumps(model.config.to_dict(), indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "config.json").write_text(f"{text}\n", encoding="utf-8")
    return [folder / name for name in (TEXT, MARKERS, WEIGHTS)]


@dataclass
class Store:
    """Where large weights are written; an equal one is written once."""

    file: BinaryIO
    known: dict[tuple[str, bytes], tuple[int, int]] = field(default_factory=dict)

    def put(self, array: NDArray[Any]) -> tuple[int, int]:
        """Write an array unless it is there, and give its place and length in bytes."""
        key = (str(array.shape), hashlib.sha256(array.data).digest())
        if key not in self.known:
            self.file.write(bytes(-self.file.tell() % PAGE))
            self.known[key] = (self.file.tell(), array.nbytes)
            self.file.write(array.data)
        return self.known[key]


class Graph:
    """A graph under construction: each call adds a node and gives the name of what it computes."""

    def __init__(self, store: Store) -> None:
        """Begin an empty graph."""
        self.store = store
        self.nodes: list[NodeProto] = []
        self.weights: list[TensorProto] = []

    def add(self, kind: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node with one output."""
        from onnx import helper

        name = name or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def split(self, x: str, axis: int, parts: int) -> list[str]:
        """Cut into equal parts."""
        from onnx import helper

        names = [f"split_{len(self.nodes)}_{part}" for part in range(parts)]
        self.nodes.append(helper.make_node("Split", [x], names, axis=axis, num_outputs=parts))
        return names

    def weight(self, value: Any) -> str:
        """Add a constant: float32 or int64."""
        from onnx import TensorProto, helper, numpy_helper

        array = np.ascontiguousarray(value)
        name = f"weight_{len(self.weights)}"
        if array.nbytes < LARGE:
            self.weights.append(numpy_helper.from_array(array, name))
            return name
        offset, length = self.store.put(array)
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        tensor = TensorProto(name=name, data_type=kind, dims=array.shape, data_location=TensorProto.EXTERNAL)
        for key, text in (("location", WEIGHTS), ("offset", str(offset)), ("length", str(length))):
            tensor.external_data.add(key=key, value=text)
        self.weights.append(tensor)
        return name

    def shaped(self, x: str, *shape: int) -> str:
        """Reshape; -1 is what remains."""
        return self.add("Reshape", x, self.weight(np.array(shape, dtype=np.int64)))

    def linear(self, x: str, affine: Affine) -> str:
        """Multiply with a weight [out, in] and add a bias."""
        product = self.add("MatMul", x, self.weight(affine[0].detach().float().numpy().T))
        return self.add("Add", product, self.weight(affine[1].detach().float().numpy()))

    def norm(self, x: str, affine: Affine, epsilon: float) -> str:
        """Normalise each row."""
        scale, bias = (self.weight(part.detach().float().numpy()) for part in affine)
        return self.add("LayerNormalization", x, scale, bias, axis=-1, epsilon=epsilon)

    def activation(self, x: str, kind: str) -> str:
        """Apply what transformers calls `kind`."""
        if kind in ("silu", "swish"):
            return self.add("Mul", x, self.add("Sigmoid", x))
        if kind == "relu":
            return self.add("Relu", x)
        return self.add("Gelu", x, approximate="none" if kind == "gelu" else "tanh")

    def parts(self, x: str, layer: Layer, heads: int) -> list[str]:
        """Give queries, keys and values: each [heads, rows, width of a head]."""
        table = self.shaped(self.linear(x, layer.qkv), -1, 3 * heads, len(layer.out[1]) // heads)
        return self.split(self.add("Transpose", table, perm=[1, 0, 2]), 0, 3)

    def feed(self, mixed: str, x: str, layer: Layer, weights: EncoderWeights) -> str:
        """Finish a layer after its attention: [rows, width]."""
        flat = self.shaped(self.add("Transpose", mixed, perm=[1, 0, 2]), -1, len(layer.out[1]))
        middle = self.norm(self.add("Add", self.linear(flat, layer.out), x), layer.attention_norm, weights.epsilon)
        inner = self.activation(self.linear(middle, layer.up), weights.activation)
        return self.norm(self.add("Add", self.linear(inner, layer.down), middle), layer.norm, weights.epsilon)

    def begin(self, x: str, weights: EncoderWeights) -> str:
        """Turn sums of vectors into what the first layer takes."""
        x = self.norm(x, weights.norm, weights.epsilon)
        return x if weights.project is None else self.linear(x, weights.project)

    def done(self, inputs: dict[str, Sequence[Any]], outputs: dict[str, Sequence[Any]]) -> Any:
        """Give the model: names of inputs and outputs with their shapes; inputs are int64 unless they are `memory`."""
        from onnx import TensorProto, helper

        def values(given: dict[str, Sequence[Any]], whole: bool) -> list[Any]:
            kinds = {name: whole and not name.startswith("memory") for name in given}
            return [
                helper.make_tensor_value_info(
                    name, TensorProto.INT64 if kinds[name] else TensorProto.FLOAT, list(shape)
                )
                for name, shape in given.items()
            ]

        graph = helper.make_graph(self.nodes, "spans", values(inputs, True), values(outputs, False), self.weights)
        imports = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=imports, ir_version=9, producer_name="stackmark")


def text_graph(weights: EncoderWeights, store: Store) -> Any:
    """Give the pass over a text.

    in:  ids [pieces]; places [pieces], rows of the table of positions
    out: states [pieces, width]; keys and values of each layer, see `memory`
    """
    graph = Graph(store)
    words = graph.add("Gather", graph.weight(weights.words.detach().float().numpy()), "ids")
    positions = graph.add("Gather", graph.weight(weights.positions.detach().float().numpy()), "places")
    x = graph.begin(graph.add("Add", words, positions), weights)
    for number, layer in enumerate(weights.layers):
        query, key, value = graph.parts(x, layer, weights.heads)
        turned = graph.add("Transpose", key, perm=[0, 2, 1], name=f"memory_{2 * number}")
        kept = graph.add("Identity", value, name=f"memory_{2 * number + 1}")
        shares = graph.add("Softmax", graph.add("MatMul", query, turned), axis=-1)
        x = graph.feed(graph.add("MatMul", shares, kept), x, layer, weights)
    graph.add("Identity", x, name="states")
    shapes = {"states": ("pieces", len(weights.layers[0].out[1])), **memory(weights)}
    return graph.done({"ids": ("pieces",), "places": ("pieces",)}, shapes)


def memory(weights: EncoderWeights) -> dict[str, Sequence[Any]]:
    """Name what markers need of a text, with shapes: memory_2i are the keys of layer i, memory_2i+1 its values."""
    size = len(weights.layers[0].out[1]) // weights.heads
    shapes: dict[str, Sequence[Any]] = {}
    for number in range(len(weights.layers)):
        shapes[f"memory_{2 * number}"] = (weights.heads, size, "pieces")
        shapes[f"memory_{2 * number + 1}"] = (weights.heads, "pieces", size)
    return shapes


def marker_graph(weights: EncoderWeights, classifier: Affine, markers: tuple[int, int], store: Store) -> Any:
    """Give the pass over marker pairs of one text.

    in:  starts [pairs] and ends [pairs], rows of the table of positions; `memory` of the text
    out: logits [pairs, labels]; both [pairs, 2 * width], the last states of start and end marker
    """
    graph = Graph(store)
    positions = graph.weight(weights.positions.detach().float().numpy())
    rows = []
    for name, marker in zip(("starts", "ends"), markers, strict=True):
        vector = graph.weight(weights.words[marker].detach().float().numpy())
        rows.append(graph.add("Add", graph.add("Gather", positions, name), vector))
    x = graph.begin(graph.add("Concat", *rows, axis=0), weights)
    for number, layer in enumerate(weights.layers):
        mixed = attend(graph, graph.parts(x, layer, weights.heads), number)
        x = graph.feed(mixed, x, layer, weights)
    both = graph.add("Concat", *graph.split(x, 0, 2), axis=1, name="both")
    graph.add("Identity", graph.linear(both, classifier), name="logits")
    width = len(weights.layers[0].out[1])
    inputs = {"starts": ("pairs",), "ends": ("pairs",), **memory(weights)}
    return graph.done(inputs, {"logits": ("pairs", len(classifier[1])), "both": ("pairs", 2 * width)})


def attend(graph: Graph, parts: list[str], number: int) -> str:
    """Let markers attend to text, themselves and their partners: [heads, 2 * pairs, width of a head]."""
    query, key, value = parts
    partner_key, partner_value = (graph.add("Concat", *reversed(graph.split(x, 1, 2)), axis=1) for x in (key, value))
    last = graph.weight(np.array([-1], dtype=np.int64))
    columns = [graph.add("MatMul", query, f"memory_{2 * number}")]
    products = [graph.add("Mul", query, other) for other in (key, partner_key)]
    columns += [graph.add("ReduceSum", product, last, keepdims=1) for product in products]
    shares = graph.add("Softmax", graph.add("Concat", *columns, axis=-1), axis=-1)

    def share(begin: int, end: int) -> str:
        bounds = (graph.weight(np.array([one], dtype=np.int64)) for one in (begin, end))
        return graph.add("Slice", shares, *bounds, last)

    of_text = graph.add("MatMul", share(0, -2), f"memory_{2 * number + 1}")
    of_self = graph.add("Mul", share(-2, -1), value)
    of_partner = graph.add("Mul", share(-1, np.iinfo(np.int64).max), partner_value)
    return graph.add("Add", graph.add("Add", of_text, of_self), of_partner)
