"""What the llama.cpp of this installation was built for, held against the CPU it runs on."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from penguin_local.errors import ModelError

_FLAGS: Final = {
    "AVX": "avx",
    "AVX2": "avx2",
    "FMA": "fma",
    "F16C": "f16c",
    "AVX_VNNI": "avx_vnni",
    "AVX512": "avx512f",
    "AVX512_VBMI": "avx512vbmi",
    "AVX512_VNNI": "avx512_vnni",
    "AVX512_BF16": "avx512_bf16",
    "NEON": "asimd",
    "DOTPROD": "asimddp",
    "MATMUL_INT8": "i8mm",
}
"""llama.cpp's name for a CPU feature -> the Linux kernel's. These are the ones that decide its speed."""
_X86: Final = frozenset(name for name in _FLAGS if name.startswith(("AVX", "FMA", "F16C")))
REBUILD: Final = "pip install --force-reinstall --no-binary llama-cpp-python llama-cpp-python=={version}"
"""Compiles llama.cpp for the CPU it is run on."""


@dataclass(frozen=True, slots=True)
class Build:
    """llama.cpp as it is installed."""

    version: str
    """Of llama-cpp-python, which brings it."""
    features: tuple[str, ...]
    """As llama.cpp names them: `AVX2`, `OPENMP`, ..."""
    unused: tuple[str, ...]
    """What this CPU has and the build does without: it is slower than need be."""
    lacking: tuple[str, ...]
    """What the build uses and this CPU does not have: it will crash."""
    gpu: bool
    """Whether layers can be put on a GPU."""

    @property
    def rebuild(self) -> str:
        """The command that makes it fit this CPU."""
        return REBUILD.format(version=self.version)


def build() -> Build:
    """Load llama.cpp and ask it. Raises ModelError when it cannot be loaded."""
    installed = version("llama-cpp-python")
    try:
        import llama_cpp.llama_cpp as ll

        from penguin_local.lm.engine_native import gpu_offload, start_backend

        start_backend()
        features = read_features(ll.llama_print_system_info().decode("utf-8", "replace"))
        gpu = gpu_offload()
    except (ImportError, OSError, RuntimeError) as error:
        hint = REBUILD.format(version=installed)
        raise ModelError(f"llama.cpp cannot be loaded: {error}", hint=hint) from error
    unused, lacking = compare(features, cpu_flags())
    return Build(installed, features, unused, lacking, gpu)


def read_features(text: str) -> tuple[str, ...]:
    """The names that stand with `= 1` in llama.cpp's line about itself."""
    return tuple(dict.fromkeys(re.findall(r"(\w+) = 1\b", text)))


def compare(features: tuple[str, ...], flags: frozenset[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the CPU has and the build does not use, and the reverse; nothing when the CPU is not known."""
    if not flags:
        return (), ()
    x86 = "sse2" in flags
    known = {name: flag for name, flag in _FLAGS.items() if (name in _X86) == x86}
    unused = tuple(name for name, flag in known.items() if flag in flags and name not in features)
    lacking = tuple(name for name, flag in known.items() if name in features and flag not in flags)
    return unused, lacking


def cpu_flags(told: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """What the Linux kernel says this CPU can do; empty elsewhere."""
    try:
        text = told.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    lines = (line for line in text.splitlines() if line.startswith(("flags", "Features")))
    return frozenset(next(lines, "").partition(":")[2].split())


def cores() -> tuple[int, int]:
    """Physical cores that this process may use, and logical ones of the machine."""
    from penguin_local.lm.engine_size import usable_threads

    return usable_threads(), os.cpu_count() or 1


def memory_bytes() -> tuple[int, int]:
    """Memory of the machine, and what of it can be had without swapping."""
    import psutil  # type: ignore[import-untyped]

    from penguin_local.lm.engine_size import free_bytes

    return int(psutil.virtual_memory().total), free_bytes()
