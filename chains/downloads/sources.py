"""Pinned source packages: fetched with pip like wheels, checked, and one folder unpacked; their set-up is never run.

pip asks a source package for its metadata, for which it would fetch build tools and run the package's code. A stand-in
for setuptools gives the answer instead.
"""

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chains.downloads.wheels import Wheel, WheelDownloads

_BACKEND = '''"""Answers pip's question for the metadata of {name}."""

from pathlib import Path


def prepare_metadata_for_build_wheel(folder, config_settings=None):
    info = Path(folder) / "{distribution}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
    return info.name


def build_wheel(folder, config_settings=None, metadata=None):
    raise NotImplementedError
'''


@dataclass(frozen=True, slots=True)
class Source(Wheel):
    """A pinned source package whose build backend is setuptools; ``member`` is a folder in it."""

    @property
    def stem(self) -> str:
        """The name of the package's only folder."""
        return f"{self.package.replace('-', '_')}-{self.version}"


class SourceDownloads(WheelDownloads):
    """Downloads of source packages below one folder, like WheelDownloads."""

    suffix = ".tar.gz"

    def _arguments(self) -> list[str]:
        return ["--no-binary=:all:", "--no-build-isolation"]

    def _environment(self, wheel: Wheel, place: Path) -> dict[str, str]:
        backend = place / "backend" / "setuptools"
        backend.mkdir(parents=True)
        (backend / "__init__.py").touch()
        names = {"name": wheel.package, "distribution": wheel.package.replace("-", "_")}
        (backend / "build_meta.py").write_text(
            _BACKEND.format(**names, version=wheel.version), encoding="utf-8"
        )
        environment = super()._environment(wheel, place)
        paths = [str(backend.parent), *filter(None, [environment.get("PYTHONPATH")])]
        return environment | {"PYTHONPATH": os.pathsep.join(paths)}


def unpack_source(archive: Path, source: Source, folder: Path) -> Path:
    """Unpack the member of a source package below ``folder``. Raises OSError and tarfile.TarError."""
    inside = f"{source.stem}/{source.member}"
    with tarfile.open(archive) as file:
        members = [member for member in file.getmembers() if f"{member.name}/".startswith(f"{inside}/")]
        if not members:
            raise tarfile.ReadError(f"{archive.name} has no {source.member}")
        filtered: dict[str, Any] = (
            {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        )  # since 3.11.4
        file.extractall(folder, members=members, **filtered)  # nosec B202 # of a checked archive, filtered
    return folder / inside
