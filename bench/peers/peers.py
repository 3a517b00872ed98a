"""One decomposition by TensorLy or NumPy, timed; the other side of bench/peers/ours.ts.

    python3 bench/peers/peers.py TASK FOLDER SWEEPS

Run by bench/peers/run.mjs, which makes the arrays in FOLDER. Prints one line of JSON: `called` (what
was called), `seconds` (of the fastest run), `runs` (how many were timed), `error` (relative, from an
explicit residual in f64 unless stated in `called`), `peakBytes` (of this process, before the error
was computed; null where the system does not tell) and `cpuSeconds` (of this process). TASK `versions` prints the versions.
"""

import json
import pathlib
import platform
import struct
import sys
import time

import numpy as np

WORKLOAD = json.loads(pathlib.Path(__file__).with_name("workload.json").read_text())
LAYER = WORKLOAD["layer"]
RUNS = 8
LONG_RUN_SECONDS = 5


def peak_bytes():
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if platform.system() == "Darwin" else peak * 1024


def best_of(work):
    """(seconds of the fastest run, how many were timed, a result): see bench/timing.ts."""
    best, result = timed(work)
    if best > LONG_RUN_SECONDS:
        return best, 1, result
    best = float("inf")
    for _ in range(RUNS):
        seconds, result = timed(work)
        best = min(best, seconds)
    return best, RUNS, result


def timed(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def report(called, seconds, runs, error):
    """`error` is a function, so that what it allocates does not count as the task's memory."""
    peak = peak_bytes()
    fields = {"called": called, "seconds": seconds, "runs": runs}
    fields |= {"error": error(), "peakBytes": peak}
    print(json.dumps({**fields, "cpuSeconds": time.process_time()}))


def relative(original, approximation):
    original = original.astype(np.float64)
    return float(np.linalg.norm(original - approximation) / np.linalg.norm(original))


def double(arrays):
    return [np.asarray(array, dtype=np.float64) for array in arrays]


def tucker(folder, called, n_iter_max=None, svd="truncated_svd"):
    from tensorly.decomposition import partial_tucker
    from tensorly.tenalg import multi_mode_dot

    tensor = np.load(folder / "layer.npy")
    rank = LAYER["tucker"][LAYER["peerLevel"]][:2]
    limit = {} if n_iter_max is None else {"n_iter_max": n_iter_max}

    def work():
        return partial_tucker(tensor, rank=rank, modes=[0, 1], svd=svd, **limit)

    seconds, runs, result = best_of(work)
    (core, factors), history = result

    def error():
        core_and_factors = double([core, *factors])
        rebuilt = multi_mode_dot(core_and_factors[0], core_and_factors[1:], modes=[0, 1])
        return relative(tensor, rebuilt)

    rounds = f", {len(history)} rounds" if n_iter_max is None else ""
    report(called + rounds, seconds, runs, error)


def hosvd_numpy(folder):
    """What one would write by hand: eigenvectors of the 512 x 512 Gram matrices."""
    tensor = np.load(folder / "layer.npy")
    rank = LAYER["tucker"][LAYER["peerLevel"]][:2]

    def work():
        core, factors = tensor, []
        for mode, r in enumerate(rank):
            unfolded = np.moveaxis(tensor, mode, 0).reshape(tensor.shape[mode], -1)
            _, vectors = np.linalg.eigh(unfolded @ unfolded.T)
            factors.append(vectors[:, ::-1][:, :r])
            core = np.moveaxis(np.tensordot(factors[-1], core, ([0], [mode])), 0, mode)
        return core, factors

    seconds, runs, (core, factors) = best_of(work)

    def error():
        left, right, small = double([*factors, core])
        return relative(tensor, np.einsum("ta,cb,abhw->tchw", left, right, small, optimize=True))

    report("numpy.linalg.eigh of X_(k) X_(k)^T, core by numpy.tensordot", seconds, runs, error)


def tensor_train(folder, svd):
    from tensorly.decomposition import tensor_train as decompose

    tensor = np.ascontiguousarray(np.load(folder / "layer.npy").transpose(1, 2, 3, 0))
    seconds, runs, train = best_of(lambda: decompose(tensor, LAYER["tt"].copy(), svd=svd))

    def error():
        rebuilt = np.ones((1, 1))
        for core in double(train.factors):
            rebuilt = rebuilt @ core.reshape(core.shape[0], -1)
            rebuilt = rebuilt.reshape(-1, core.shape[2])
        return relative(tensor, rebuilt.reshape(tensor.shape))

    report(f"tensor_train(svd='{svd}'), (C, H, W, T)", seconds, runs, error)


def cp(folder, sweeps):
    """Seconds of a sweep, from the times at which `callback` is called: before, and after each."""
    from tensorly.cp_tensor import CPTensor, cp_to_tensor
    from tensorly.decomposition import parafac

    tensor = np.load(folder / "layer.npy")
    start = CPTensor((None, [np.load(folder / f"start{mode}.npy") for mode in range(4)]))
    times = []
    result = parafac(
        tensor,
        LAYER["cp"],
        n_iter_max=sweeps,
        init=start,
        tol=0,
        return_errors=True,
        callback=lambda *_: times.append(time.perf_counter()),
    )[0]
    seconds = min(after - before for before, after in zip(times, times[1:]))

    def error():
        factors = double(result.factors)
        return relative(tensor, cp_to_tensor((np.ones(LAYER["cp"]), factors)))

    report(f"parafac, R = {LAYER['cp']}, a sweep (fastest of {sweeps})", seconds, sweeps, error)


def read_matrix(folder):
    """The one bfloat16 tensor of matrix.safetensors, as f32, which holds it exactly."""
    with open(folder / "matrix.safetensors", "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        (entry,) = (v for k, v in json.loads(file.read(length)).items() if k != "__metadata__")
        bits = np.fromfile(file, "<u2").astype(np.uint32)
    return (bits << 16).view(np.float32).reshape(entry["shape"])


def matrix_errors(s, square):
    """Relative errors at the kept fractions, from the squares of the singular values kept."""
    rows, columns = WORKLOAD["matrix"]["shape"]
    ranks = [round(kept * rows * columns / (rows + columns)) for kept in WORKLOAD["matrix"]["kept"]]
    s = s.astype(np.float64)
    return [float(np.sqrt(max(0, 1 - np.sum(s[:rank] ** 2) / square))) for rank in ranks]


def squared_norm(matrix):
    return sum(float(np.sum(row.astype(np.float64) ** 2)) for row in matrix)


def svd(folder):
    matrix = read_matrix(folder)
    seconds, (_, s, _) = timed(lambda: np.linalg.svd(matrix, full_matrices=False))
    called = "numpy.linalg.svd, f32, all singular triplets; errors from the singular values"
    report(called, seconds, 1, lambda: matrix_errors(s, squared_norm(matrix)))


def svd_gram(folder):
    matrix = read_matrix(folder)

    def work():
        wide = matrix.astype(np.float64)
        values, vectors = np.linalg.eigh(wide @ wide.T)
        return np.sqrt(np.maximum(values[::-1], 0)), vectors[:, ::-1].T @ wide

    seconds, (s, _) = timed(work)
    called = "numpy.linalg.eigh of W W^T, f64, all singular triplets; errors from their values"
    report(called, seconds, 1, lambda: matrix_errors(s, squared_norm(matrix)))


def product(folder, dtype):
    a, b = (np.load(folder / f"{name}.npy").astype(dtype) for name in ("left", "right"))
    seconds, runs, c = best_of(lambda: a @ b)

    def error():
        probe = np.cos(np.arange(b.shape[1]))
        expected = a.astype(np.float64) @ (b.astype(np.float64) @ probe)
        return float(np.linalg.norm(c @ probe - expected) / np.linalg.norm(expected))

    report(f"numpy {dtype} A @ B; error from a probe", seconds, runs, error)


TASKS = {
    "hosvd-truncated": lambda folder, _: tucker(
        folder, "partial_tucker(modes=[0, 1], n_iter_max=0), its HOSVD initialisation", 0
    ),
    "hosvd-symeig": lambda folder, _: tucker(
        folder, "partial_tucker(modes=[0, 1], n_iter_max=0, svd='symeig_svd')", 0, "symeig_svd"
    ),
    "hosvd-numpy": lambda folder, _: hosvd_numpy(folder),
    "hooi": lambda folder, _: tucker(folder, "partial_tucker(modes=[0, 1])"),
    "tt-truncated": lambda folder, _: tensor_train(folder, "truncated_svd"),
    "tt-symeig": lambda folder, _: tensor_train(folder, "symeig_svd"),
    "cp": cp,
    "svd": lambda folder, _: svd(folder),
    "svd-gram": lambda folder, _: svd_gram(folder),
    "product-float32": lambda folder, _: product(folder, "float32"),
    "product-float64": lambda folder, _: product(folder, "float64"),
}


def versions():
    import tensorly

    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    names = {"python": platform.python_version(), "numpy": np.__version__}
    blas_name = f"{blas['name']} {blas['version']}"
    print(json.dumps({**names, "tensorly": tensorly.__version__, "blas": blas_name}))


if __name__ == "__main__":
    if sys.argv[1] == "versions":
        versions()
    else:
        TASKS[sys.argv[1]](pathlib.Path(sys.argv[2]), int(sys.argv[3]))
