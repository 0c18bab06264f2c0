#!/usr/bin/env python3
"""cuBLAS through PyTorch, as the peer of Tilewright's GEMM benchmark.

Reads one JSON object a line from standard input, {"m":…, "n":…, "k":…, "in":"f16"}, and answers each
with one line, {"milliseconds": [...]}: one figure a launch, by CUDA events, over rotating buffers of
random data whose total size exceeds the L2 cache.
"""

import json
import sys

import torch

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16, "tf32": torch.float32, "i8": torch.int8}
ROTATION_BYTES = 256 << 20
WARMUP = 10
LAUNCHES = 50


def random_matrix(rows, columns, dtype):
    if dtype == torch.int8:
        return torch.randint(-128, 128, (rows, columns), dtype=dtype, device="cuda")
    return torch.randn(rows, columns, device="cuda").to(dtype)


def multiply(a, b):
    return torch._int_mm(a, b.t()) if a.dtype == torch.int8 else torch.matmul(a, b.t())


def measure(m, n, k, dtype):
    each = (m * k + n * k) * torch.tensor([], dtype=dtype).element_size()
    pairs = [
        (random_matrix(m, k, dtype), random_matrix(n, k, dtype))
        for _ in range(max(1, min(16, -(-ROTATION_BYTES // each))))
    ]
    for i in range(WARMUP):
        multiply(*pairs[i % len(pairs)])
    events = []
    for i in range(LAUNCHES):
        start, stop = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        start.record()
        multiply(*pairs[i % len(pairs)])
        stop.record()
        events.append((start, stop))
    torch.cuda.synchronize()
    return [start.elapsed_time(stop) for start, stop in events]


def main():
    torch.backends.cuda.matmul.allow_tf32 = True
    print(
        json.dumps(
            {
                "torch": torch.__version__,
                "cuda": torch.version.cuda,
                "device": torch.cuda.get_device_name(),
            }
        ),
        flush=True,
    )
    for line in sys.stdin:
        request = json.loads(line)
        times = measure(request["m"], request["n"], request["k"], DTYPES[request["in"]])
        print(json.dumps({"milliseconds": times}), flush=True)


if __name__ == "__main__":
    main()
