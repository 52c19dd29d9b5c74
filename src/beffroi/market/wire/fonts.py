"""The font of PDF documents: it is embedded, so its licence has to be free.

Open Sans (Apache 2.0) of the package `ttf-opensans` where it is installed; else DejaVu Sans or Liberation
Sans of the system.
"""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from beffroi.kernel.problem import Problem, Unavailable

_PACKAGE, _INSIDE = "ttf_opensans", ("ttf/OpenSans-Regular.ttf", "ttf/OpenSans-Bold.ttf")
_FOLDERS = (
    ("/usr/share/fonts/truetype/dejavu", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/dejavu-sans-fonts", "DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("/usr/share/fonts/truetype/liberation", "LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
)


@dataclass(frozen=True, slots=True)
class Font:
    regular: Path
    bold: Path


@cache
def free_font() -> Font:
    """Raises Problem(Unavailable) where there is none."""
    spec = find_spec(_PACKAGE)
    packaged = [(str(Path(spec.origin).parent), *_INSIDE)] if spec is not None and spec.origin else []
    for folder, regular, bold in (*packaged, *_FOLDERS):
        font = Font(Path(folder) / regular, Path(folder) / bold)
        if font.regular.is_file() and font.bold.is_file():
            return font
    raise Problem(Unavailable, "There is no font for PDF: install ttf-opensans, or the DejaVu fonts.")
