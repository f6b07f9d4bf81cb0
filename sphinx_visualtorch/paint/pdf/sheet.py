"""A reportlab canvas that counts in px from the top left, and knows groups that fade as a whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFResourceDictionary, PDFStream
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import FILL_NON_ZERO, Canvas

from sphinx_visualtorch.fonts import font_file
from sphinx_visualtorch.scene import Bounds

__all__ = ["Sheet", "font_name"]

_LONGEST = 14_400.0
"""pt: what readers show at most (PDF 1.7, annex C.2)."""


def font_name(*, bold: bool) -> str:
    """Return the name under which the library knows a shipped font."""
    name = font_file(bold).stem
    if name not in pdfmetrics.getRegisteredFontNames():
        # only the letters that occur go into a file, not all of ASCII
        pdfmetrics.registerFont(TTFont(name, str(font_file(bold)), asciiReadable=0))
    return name


class Sheet(Canvas):  # type: ignore[misc] # the library has no types
    """A page of *width* × *height* px.  The same drawing gives the same bytes."""

    def __init__(self, width: float, height: float) -> None:
        self.factor = min(0.75, _LONGEST / max(width, height))
        self.height = height
        super().__init__(
            "",  # there is no file: getpdfdata() returns the bytes
            pagesize=(width * self.factor, height * self.factor),
            pageCompression=1,
            invariant=1,  # no date, no random identifier
            # without it each page names Helvetica, which is not inside of the file
            initialFontName=font_name(bold=False),
        )
        self.setViewerPreference("DisplayDocTitle", "true")
        self.transform(self.factor, 0, 0, -self.factor, 0, height * self.factor)
        self.setLineJoin(1)
        self._forms = 0

    def paint(self, path: Any, *, fill: bool, stroke: bool) -> None:
        """Draw a path of the library by the rule of SVG for what is inside."""
        self.drawPath(path, fill=int(fill), stroke=int(stroke), fillMode=FILL_NON_ZERO)

    def faded(self, box: Bounds, opacity: float, draw: Callable[[], None]) -> None:
        """Let what *draw* draws inside of *box* show through as a whole.

        It becomes a transparency group (PDF 1.7, 11.6.6), which the library does not know: it
        has forms, into which their resources and the key that makes a group of them are put here.
        """
        self._forms += 1
        name = f"group{self._forms}"
        self.beginForm(name, box.left, box.top, box.right, box.bottom)
        self.setLineJoin(1)
        draw()
        group = {"Type": PDFName("Group"), "S": PDFName("Transparency"), "I": "true"}
        stream = PDFStream(PDFDictionary({"Group": PDFDictionary(group)}))
        stream.content = self.getCurrentPageContent()
        resources = PDFResourceDictionary()
        resources.basicFonts()
        if states := self._extgstate.getState():
            resources.ExtGState = states
        if self._formsinuse:
            resources.XObject = self._doc.xobjDict(self._formsinuse)
        self.endForm(Contents=stream, Resources=resources)
        self.saveState()
        self.setFillAlpha(opacity)
        self.setStrokeAlpha(opacity)
        self.doForm(name)
        self.restoreState()

    def link(self, url: str, box: Bounds) -> None:
        """Let *box* lead to an address."""
        left, right = box.left * self.factor, box.right * self.factor
        low, high = (self.height - box.bottom) * self.factor, (self.height - box.top) * self.factor
        self.linkURL(url, (left, low, right, high))
