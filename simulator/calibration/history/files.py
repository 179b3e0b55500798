"""The files of a history: which they are, their bytes as UTF-8, and their fingerprint."""

from __future__ import annotations

import codecs
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from simulator.errors import DataError, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["SourceFile", "source_files"]

BLOCK: Final = 1 << 22
"""Bytes read at a time."""
HEAD: Final = 1 << 18
"""Bytes of the beginning that tell what a file is."""
_MARKS: Final = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that is there and holds something."""

    path: Path
    sha256: str
    encoding: str
    """utf-8, utf-8-sig, utf-16, utf-16-le, utf-16-be or cp1252."""
    head: str
    """Its beginning as text; empty for a workbook."""
    has_odd_quotes: bool
    """Whether a quotation mark may have been left open."""

    @property
    def is_workbook(self) -> bool:
        """Whether it is Excel's."""
        return not self.head

    def blocks(self) -> Iterator[bytes]:
        """Its bytes as UTF-8 without a mark, some megabytes at a time."""
        if self.encoding == "utf-8":
            with self.path.open("rb") as file:
                while block := file.read(BLOCK):
                    yield block
            return
        decoder = codecs.getincrementaldecoder(self.encoding)()
        with self.path.open("rb") as file:
            while block := file.read(BLOCK):
                yield self._decoded(decoder, block).encode()
        self._decoded(decoder, b"", final=True)

    def _decoded(
        self, decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False
    ) -> str:
        try:
            return decoder.decode(block, final)
        except UnicodeDecodeError as error:
            raise self.undecodable() from error

    def undecodable(self) -> DataError:
        """The error about bytes that are no text."""
        return DataError(
            f"the text is neither UTF-8 nor {self.encoding}; export it as UTF-8", Place(self.path)
        )

    def stream(self) -> pa.NativeFile:
        """Its bytes as UTF-8, for Arrow."""
        raw = pa.OSFile(str(self.path), "rb")
        if self.encoding in ("utf-8", "utf-8-sig"):  # Arrow passes over the mark itself
            return raw
        return pa.transcoding_input_stream(raw, self.encoding, "utf-8")


def source_files(paths: Path | Sequence[Path]) -> tuple[SourceFile, ...]:
    """The files at ``paths``, a folder standing for the files in it, sorted by name.

    Raises:
        DataError: no file is there, or one is empty.
    """
    given = [paths] if isinstance(paths, Path) else list(paths)
    found = [file for path in given for file in _files(path)]
    once = {file.resolve(): file for file in found}
    if not once:
        where = Place(given[0]) if given else None
        raise DataError("there is no file to read; give files, or a folder of them", where)
    return tuple(_source_file(file) for file in sorted(once.values(), key=lambda each: each.name))


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [each for each in path.iterdir() if each.is_file() and not each.name.startswith(".")]
    if not path.is_file():
        raise DataError("there is no such file; give the export of the chats", Place(path))
    return [path]


def _source_file(path: Path) -> SourceFile:
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        if not head.strip():
            raise DataError("the file is empty; export the chats again", Place(path))
        sha256, is_utf8, quotes = _fingerprint(path)
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror}", Place(path)) from error
    if head.startswith(_WORKBOOKS):
        return SourceFile(path, sha256, "", "", has_odd_quotes=False)
    encoding = _encoding(head, is_utf8=is_utf8)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(head).lstrip("\ufeff")
    if not text.strip():
        raise DataError("the file is empty; export the chats again", Place(path))
    # In UTF-16 the byte counts other letters as well, so any number may be odd.
    odd = quotes % 2 == 1 or encoding.startswith("utf-16")
    return SourceFile(path, sha256, encoding, text, has_odd_quotes=odd)


def _fingerprint(path: Path) -> tuple[str, bool, int]:
    """SHA-256, whether all of it is UTF-8, and how many quotation marks it has."""
    quotes = 0
    digest, decoder, is_utf8 = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            quotes += block.count(b'"')
            if is_utf8:
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    is_utf8 = False
    return digest.hexdigest(), is_utf8, quotes


def _encoding(head: bytes, *, is_utf8: bool) -> str:
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\x00" in head[:64]:  # no text in UTF-8 has these, and every ASCII letter of UTF-16 one
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return "utf-8" if is_utf8 else "cp1252"
