"""Weights of a checkpoint: safetensors, memory-mapped; older `.bin` files only through torch's safe loader."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from stackmark.errors import SourceError
from stackmark.ner.config import read_json

Tensors = dict[str, torch.Tensor]

AGAIN = "copy or download the checkpoint again"


def load_tensors(folder: Path) -> Tensors:
    """Give the tensors of a checkpoint by name, on the CPU; raises SourceError for missing, damaged or unsafe ones."""
    for stem, read in (("model.safetensors", read_safetensors), ("pytorch_model.bin", read_bin)):
        if (folder / stem).exists():
            return _modern(read(folder / stem))
        if (folder / f"{stem}.index.json").exists():
            found: Tensors = {}
            for part in _parts(folder / f"{stem}.index.json"):
                found.update(read(folder / part))
            return _modern(found)
    raise SourceError(f"no weights in {folder}", "a checkpoint has a model.safetensors or a pytorch_model.bin")


def mapped_again(folder: Path, tensors: Tensors) -> Tensors:
    """Give the same tensors through a mapping of their own, if they are mapped.

    What is read of a mapped file stays in memory with its mapping. Weights that are only read to be rearranged can go
    through a second one, which is let go when that is done.
    """
    return load_tensors(folder) if any(folder.glob("model*.safetensors")) else tensors


def read_safetensors(path: Path) -> Tensors:
    """Map the tensors of a safetensors file into memory: a page is read when it is first used."""
    try:
        with safe_open(path, framework="pt") as file:
            return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (it is no mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise SourceError(f"cannot read {path}: {error}", AGAIN) from error


def read_bin(path: Path) -> Tensors:
    """Read a pytorch_model.bin without running anything that it holds."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = torch.load(path, map_location="cpu", weights_only=True)  # noqa: TID251  (weights_only runs no code)
    except (OSError, ValueError, RuntimeError, EOFError, KeyError, IndexError, AttributeError) as error:
        hint = "convert it to safetensors in a place that you trust, with transformers' save_pretrained"
        raise SourceError(f"{path} is damaged, or holds more than tensors and is not opened", hint) from error
    except Exception as error:
        if type(error).__name__ != "UnpicklingError":
            raise
        hint = "convert it to safetensors in a place that you trust, with transformers' save_pretrained"
        raise SourceError(f"{path} holds more than tensors and is not opened", hint) from error
    if not isinstance(found, Mapping) or not all(isinstance(tensor, torch.Tensor) for tensor in found.values()):
        raise SourceError(f"{path} holds something else than tensors by name", AGAIN)
    return dict(found)


def save_tensors(tensors: Tensors, path: Path) -> None:
    """Write tensors as safetensors, with the note that transformers looks for.

    The file appears when it is complete: the tensors may be mapped from the one that it takes the place of.
    """
    partial = path.with_name(f".{path.name}.partial")
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, partial, metadata={"format": "pt"})
    partial.replace(path)


def _parts(index: Path) -> list[str]:
    """Give the files of a checkpoint in parts; they lie beside their index and nowhere else."""
    names = read_json(index).get("weight_map")
    if not isinstance(names, Mapping) or not all(isinstance(n, str) and Path(n).name == n for n in names.values()):
        raise SourceError(f"cannot read {index}: no table of files", AGAIN)
    return sorted(set(names.values()))


def _modern(tensors: Tensors) -> Tensors:
    """Give the norms of checkpoints from TensorFlow times their later names."""
    return {
        name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"): tensor
        for name, tensor in tensors.items()
    }
