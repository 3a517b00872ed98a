"""Reference errors of CP, fitted by TensorLy's `parafac`, for every convolution of weight files.

    python3 bench/peers/parafac_reference.py DIRECTORY [--out FILE]

Needs NumPy and TensorLy. DIRECTORY holds the .safetensors files named in FILES; FILE is by default
test/fixtures/parafac-reference.json. Every convolution (a tensor of order 4) is fitted in f64 at the
rank of each kept fraction, round(kept n / (sum of the sizes)), from three random starts; kept is the
best relative error ||X - X~|| / ||X|| of them, from the explicit residual.

The file is written anew after every tensor and rank, and entries that are in it already (made with
the same settings and versions) are not computed again, so the program may be stopped at any time.
One tensor of each shape and file comes first. Set OMP_NUM_THREADS=1: the matrices are small.
"""

import argparse
import json
import os
import pathlib
import struct

import numpy as np
import tensorly
from tensorly.decomposition import parafac

FILES = ["resnet20-cifar10.safetensors", "resnet32-cifar10.safetensors"]
KEPT = [0.25, 0.5, 0.1]
SEEDS = [0, 1, 2]
SETTINGS = {"n_iter_max": 100, "init": "random", "tol": 1e-8}
PROGRAM = "bench/peers/parafac_reference.py"
REPOSITORY = pathlib.Path(__file__).resolve().parents[2]


def read_convolutions(path):
    """(name, f64 array) of every F32 tensor of order 4 in a .safetensors file, in its order."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        for name, entry in header.items():
            if name == "__metadata__" or len(entry["shape"]) != 4:
                continue
            assert entry["dtype"] == "F32", entry
            begin, end = entry["data_offsets"]
            file.seek(8 + length + begin)
            data = np.frombuffer(file.read(end - begin), "<f4")
            yield name, data.astype(np.float64).reshape(entry["shape"])


def fit(tensor, rank, seed):
    """Relative error of one start, or None where TensorLy's normal equations are singular."""
    try:
        cp = parafac(tensor, rank, random_state=seed, **SETTINGS)
    except np.linalg.LinAlgError:
        return None
    residual = tensor - tensorly.cp_to_tensor(cp)
    relative = np.linalg.norm(residual) / np.linalg.norm(tensor)
    return float(relative) if np.isfinite(relative) else None


def jobs(directory):
    """(file, name, tensor, kept) in the order of the work: the first of each shape, then the rest."""
    firsts, rest = [], []
    for file in FILES:
        shapes = set()
        for name, tensor in read_convolutions(directory / file):
            (rest if tensor.shape in shapes else firsts).append((file, name, tensor))
            shapes.add(tensor.shape)
    for group in (firsts, rest):
        for kept in KEPT:
            for file, name, tensor in group:
                yield file, name, tensor, kept


def order_of(directory):
    """Position of every tensor in its file: the order of the entries that are written."""
    names = [(file, name) for file in FILES for name, _ in read_convolutions(directory / file)]
    return {key: position for position, key in enumerate(names)}


def write(path, head, entries, order):
    """One entry a line, by file, tensor and kept fraction; renamed into place when complete."""
    ordered = sorted(entries, key=lambda e: (order[e["file"], e["tensor"]], e["kept"]))
    lines = ",\n".join("  " + json.dumps(entry) for entry in ordered)
    fields = "".join(f" {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items())
    partial = path.with_suffix(".partial")
    partial.write_text(f'{{\n{fields} "entries": [\n{lines}\n ]\n}}\n')
    os.replace(partial, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path)
    default = REPOSITORY / "test" / "fixtures" / "parafac-reference.json"
    parser.add_argument("--out", type=pathlib.Path, default=default)
    arguments = parser.parse_args()
    head = {
        "program": PROGRAM,
        "tensorly": tensorly.__version__,
        "numpy": np.__version__,
        "settings": {**SETTINGS, "random_state": SEEDS, "dtype": "float64"},
    }
    entries = []
    if arguments.out.exists():
        known = json.loads(arguments.out.read_text())
        if all(known.get(key) == value for key, value in head.items()):
            entries = known["entries"]
    done = {(entry["file"], entry["tensor"], entry["kept"]) for entry in entries}
    order = order_of(arguments.directory)
    for file, name, tensor, kept in jobs(arguments.directory):
        if (file, name, kept) in done:
            continue
        rank = round(kept * tensor.size / sum(tensor.shape))
        starts = [fit(tensor, rank, seed) for seed in SEEDS]
        finite = [error for error in starts if error is not None]
        entry = {
            "file": file,
            "tensor": name,
            "shape": list(tensor.shape),
            "kept": kept,
            "rank": rank,
            "relative": min(finite) if finite else None,
            "starts": starts,
        }
        entries.append(entry)
        write(arguments.out, head, entries, order)
        print(f"{file} {name} {kept}: rank {rank}, {starts}", flush=True)


if __name__ == "__main__":
    main()
