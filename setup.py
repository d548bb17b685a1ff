"""Builds the extensions and nothing else; all metadata lives in pyproject.toml."""

import glob
import os

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

DEBUG = os.environ.get("MARZIPAN_DEBUG") == "1"
SANITIZE = os.environ.get("MARZIPAN_SANITIZE") == "1"

CFLAGS = ["-O0", "-g"] if DEBUG else ["-O3"]
LDFLAGS: list[str] = []
EXTENSIONS = (
    "engine._chain",
    "engine._compaction",
    "engine._denylist",
    "engine._facts",
    "engine._grant",
    "engine._kernels",
    "engine._many",
    "engine._record",
    "engine._road",
    "engine._steps",
    "server.hot._heads",
    "server.hot._road",
)
HEADERS = sorted(
    path
    for folder in ("engine", "server/hot")
    for path in glob.glob(f"{folder}/*.h") + glob.glob(f"{folder}/*.pxd")
)
if SANITIZE:
    CFLAGS += ["-g", "-fno-omit-frame-pointer", "-fsanitize=address,undefined"]
    CFLAGS += ["-fno-sanitize-recover=all"]  # a finding ends the run, or nobody would see it
    CFLAGS += ["-fno-wrapv"]  # CPython's flags define overflow, and so hide it
    LDFLAGS += ["-fsanitize=address,undefined"]


class BuildExt(build_ext):
    """Cythonizes late, so that metadata and sdist need neither Cython nor a compiler."""

    def run(self) -> None:
        from Cython.Build import cythonize

        # Not when options are finalized: an sdist does that too, and would ship generated C.
        made = cythonize(
            self.distribution.ext_modules,
            compiler_directives={"language_level": 3, "freethreading_compatible": True},
            annotate=DEBUG,
        )
        sources = {one.name: one.sources for one in made}
        for one in self.extensions:
            one.sources = sources[one.name]
        super().run()


def extension(name: str) -> Extension:
    return Extension(
        name,
        [f"{name.replace('.', '/')}.pyx"],
        include_dirs=["engine"],
        depends=HEADERS,
        extra_compile_args=CFLAGS,
        extra_link_args=LDFLAGS,
    )


setup(
    ext_modules=[extension(name) for name in EXTENSIONS],
    cmdclass={"build_ext": BuildExt},
)
