"""Reads a file compressed by TensorPress: model.load_state_dict(load_pressed("x.pressed.safetensors"))."""
import json
import struct
import torch
DTYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16", "I64": "int64", "I32": "int32",
          "I16": "int16", "I8": "int8", "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool"}
def load_pressed(path):
    """All tensors of the file by name; those stored as factors are rebuilt in their shape and dtype."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = bytearray(file.read())
    def read(entry):
        (begin, end), dtype = entry["data_offsets"], getattr(torch, DTYPES[entry["dtype"]])
        flat = torch.frombuffer(data[begin:end], dtype=dtype) if end > begin else torch.empty(0, dtype=dtype)
        return flat.reshape(entry["shape"])
    pressed = json.loads(header.pop("__metadata__", {}).get("tensorpress", '{"formatVersion": 1, "tensors": {}}'))
    if pressed["formatVersion"] != 1:
        raise ValueError("This loader knows version 1 of the format; update TensorPress and copy it anew.")
    owner = {factor["tensor"]: name for name, info in pressed["tensors"].items() for factor in info["factors"]}
    names = dict.fromkeys(owner.get(name, name) for name in header)  # in the file's order, each once
    def rebuild(info):
        factors = [read(header[factor["tensor"]]).double() for factor in info["factors"]]
        return rebuild_tensor(info, factors).to(getattr(torch, info["dtype"])).contiguous()
    return {name: rebuild(pressed["tensors"][name]) if name in pressed["tensors"] else read(header[name]) for name in names}
def rebuild_tensor(info, factors):
    shape, method, first = info["shape"], info["method"], factors[0]
    if method == "svd":  # a matrix whose rows and columns are these axes of the tensor
        scheme, spatial = info["attributes"].get("scheme"), list(range(2, len(shape)))
        half = (len(spatial) + 1) // 2
        axes = {"channel-in": [0, *spatial, 1], "spatial": [1, *spatial[:half], 0, *spatial[half:]]}.get(scheme, list(range(len(shape))))
        return (first @ factors[1]).reshape([shape[axis] for axis in axes]).permute([axes.index(axis) for axis in range(len(shape))])
    if method == "kronecker":  # the sum of a[i] (x) b[i]
        return torch.einsum("rac,rbd->abcd", first, factors[1]).reshape(shape)
    for stored, factor in list(zip(info["factors"], factors))[1:]:
        mode = int(stored["name"][6:]) if method == "tucker" else 0  # tucker: core, then factor0, factor1, ...
        first = {"cp": lambda: first.unsqueeze(-2) * factor, "tt": lambda: torch.tensordot(first, factor, dims=1),
                 "tucker": lambda: torch.tensordot(factor, first, dims=([1], [mode])).movedim(0, mode)}[method]()
    return first.sum(-1) if method == "cp" else first.reshape(shape[1:] + shape[:1]).movedim(-1, 0) if method == "tt" else first
