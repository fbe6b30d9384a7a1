"""Packaging. Python lives in `apiserver` and `fileserver`; the data folders become packages inside of `apiserver._data`.

A wheel holds the built web app. `TRACKYARD_WEB`: `skip` leaves it out, `require` refuses to make a wheel without it; by default a wheel is
made without it where it cannot be built, with a warning, and the server then says on its page what is missing.
"""

import os
import subprocess
import sys
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
DATA = ("config", "schema", "migrations")

RUNTIME = [
    "apsw>=3.46",
    "attrs>=23.2",
    "bcrypt>=4.1",
    "brotli>=1.1",
    "click>=8.1",
    # Newer clients do not speak to servers of version 8.
    "elasticsearch>=8.17,<9",
    "falcon>=4.0",
    "gunicorn>=22.0",
    "orjson>=3.9",
    "psutil>=5.9",
    "pyhocon>=0.3.61",
    "PyJWT>=2.8",
    "pymongo>=4.9",
    "redis>=5.0",
    "regex>=2024.4",
    "urllib3>=1.26.2",
    "zstandard>=0.22",
]
# What runs tasks beside the server: `trackyard serve --services-agent`.
AGENT = ["clearml-agent>=3.0"]
TEST = [
    "build>=1.2",
    "clearml==2.1.12",
    "clearml-agent==3.0.3",
    "hypothesis>=6.100",
    "jsonschema>=4.21",
    "matplotlib>=3.8",
    "mypy==2.4.*",
    "numpy>=1.26",
    "openapi-spec-validator>=0.7",
    "pandas>=2.2",
    "pillow>=10.0",
    "playwright>=1.48",
    "plotly>=5.20",
    "pre-commit>=3.6",
    "pytest>=8.0",
    "pytest-xdist>=3.5",
    "pyyaml>=6.0",
    "requests>=2.31",
    "ruff==0.17.*",
    "schemathesis>=4.0",
    "types-jsonschema",
    "types-psutil",
    "types-pyyaml",
    "types-regex",
    "webtest>=3.0",
    "wheel",
]


def data_packages() -> dict[str, str]:
    """Package name → folder. Sub-folders come along by the globs of package_data."""
    return {f"apiserver._data.{name}": name for name in DATA}


class BuildWithWebApp(build_py):
    """Builds the web app before Python's files are gathered."""

    def run(self) -> None:
        script, mode = ROOT / "webapp" / "build.py", os.environ.get("TRACKYARD_WEB", "")
        if script.is_file() and mode != "skip" and not self.editable_mode:
            subprocess.run([sys.executable, str(script), *([] if mode == "require" else ["--optional"])], check=True)
            self.data_files = self._get_data_files()
        super().run()


setup(
    name="trackyard",
    version="0.1.0",
    description="A self-hosted server for machine-learning experiments that speaks the ClearML protocol",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    license_files=["LICENSE"],
    python_requires=">=3.11",
    packages=[*find_namespace_packages(include=["apiserver*", "fileserver*"], exclude=["*__pycache__*"]), *data_packages()],
    package_dir=data_packages(),
    package_data={
        **{package: ["**/*.conf", "*.conf", "*.json", "**/*.py"] for package in data_packages()},
        "apiserver": ["py.typed", "_web/*", "_web/**/*"],
        "apiserver.generated": ["*.json"],
        "fileserver": ["py.typed"],
    },
    install_requires=RUNTIME,
    extras_require={"agent": AGENT, "test": TEST},
    cmdclass={"build_py": BuildWithWebApp},
    entry_points={"console_scripts": ["trackyard=apiserver.commands:main"]},
)
