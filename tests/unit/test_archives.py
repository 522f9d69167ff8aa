"""Archives: members are read as files of a folder, and nothing in an archive can do harm."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from qa.extract import ReadOptions, archive
from qa.sources import open_sources, read
from tests.formats import docx, tarred, zipped

FILES = {
    "a.md": b"Text A.",
    "sub/b.jsonl": b'{"id": "b", "text": "Text B."}\n{',
    "c.csv": b"title,text\nT,Text C.\n",
    "README": b"x",
    ".hidden/d.md": b"x",
    "__MACOSX/._a.md": b"x",
    "e.png": b"x",
}
KINDS: dict[str, Callable[[dict[str, bytes]], bytes]] = {
    "n.zip": zipped,
    "n.tar": lambda files: tarred(files, "w"),
    "n.tar.gz": tarred,
    "n.txz": lambda files: tarred(files, "w:xz"),
    "n.tar.bz2": lambda files: tarred(files, "w:bz2"),
}


def readings(folder: Path, name: str, data: bytes) -> tuple[dict[str, str], list[str]]:
    """Write a file, and return id -> text of its articles, and the errors below the folder."""
    (folder / name).write_bytes(data)
    found = list(read(folder / name, max_chars=10_000))
    assert all(reading.origin == (folder / name).as_uri() for reading in found)
    texts = {reading.article.id: reading.article.text for reading in found if reading.article}
    return texts, [str(r.error).replace(f"{folder}/", "") for r in found if r.error]


@pytest.mark.parametrize("name", KINDS)
def test_members_are_read_as_files_of_a_folder(tmp_path: Path, name: str) -> None:
    """Ids are the archive's name and the member's path; hidden files and the like are passed over, others refused one by one."""
    texts, errors = readings(tmp_path, name, KINDS[name](FILES))
    (row,) = (each for each in texts if each.startswith(f"{name}/c.csv#"))
    assert texts == {f"{name}/a.md": "Text A.", "b": "Text B.", row: "Text C."}
    assert [error.partition(":")[0] for error in errors] == [f"{name}/sub/b.jsonl", f"{name}/e.png"]


@pytest.mark.parametrize(
    ("suffix", "compress"), [("gz", gzip.compress), ("bz2", bz2.compress), ("xz", lzma.compress)]
)
def test_compressed_files_are_read(
    tmp_path: Path, suffix: str, compress: Callable[[bytes], bytes]
) -> None:
    """A single compressed file is read as what its name says without the last suffix."""
    data = compress(b'{"id": "a", "text": "A."}\n')
    assert readings(tmp_path, f"n.jsonl.{suffix}", data) == ({"a": "A."}, [])


@pytest.mark.parametrize("name", ["/etc/a.md", "../a.md", "x/../../a.md", "C:\\a.md", "..\\a.md"])
@pytest.mark.parametrize("kind", ["n.zip", "n.tar"])
def test_names_that_lead_outside_are_refused(tmp_path: Path, kind: str, name: str) -> None:
    """A member whose name leads out of the archive is refused, and the others are read."""
    texts, errors = readings(tmp_path, kind, KINDS[kind]({name: b"x", "b.md": b"B."}))
    assert texts == {f"{kind}/b.md": "B."}
    assert "its name leads out of the archive" in errors[0]


def test_links_and_devices_are_refused(tmp_path: Path) -> None:
    """No link of an archive is followed, no device opened."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind in (
            ("a.md", tarfile.SYMTYPE),
            ("b.md", tarfile.LNKTYPE),
            ("c.md", tarfile.CHRTYPE),
            ("d.md", tarfile.FIFOTYPE),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
    texts, errors = readings(tmp_path, "n.tar", out.getvalue())
    assert texts == {}
    assert [error.partition(": ")[2] for error in errors] == ["a link: not followed"] * 2 + [
        "not a file: a pipe, socket or device"
    ] * 2
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive_file:
        info = zipfile.ZipInfo("a.md")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive_file.writestr(info, "/etc/passwd")
    assert readings(tmp_path, "n.zip", out.getvalue())[1] == ["n.zip/a.md: a link: not followed"]


@pytest.mark.parametrize("kind", KINDS)
def test_archives_within_archives_are_refused(tmp_path: Path, kind: str) -> None:
    """An archive within an archive is refused; a Word document, which is a ZIP file too, is read."""
    inner = {
        "inner.zip": zipped({"a.md": b"x"}),
        "inner.txt": zipped({"a.md": b"x"}),
        "i.tar.gz": tarred({"a.md": b"x"}),
        "w.docx": docx(),
    }
    texts, errors = readings(tmp_path, kind, KINDS[kind](inner))
    assert list(texts) == [f"{kind}/w.docx"]
    assert len(errors) == 3
    assert all("an archive within an archive: unpack it" in error for error in errors)


@pytest.mark.parametrize("kind", ["n.zip", "n.tar.gz", "n.txz", "n.tar.bz2"])
def test_bombs_are_refused(tmp_path: Path, kind: str) -> None:
    """What expands to far more than text does is refused with its reason."""
    texts, errors = readings(tmp_path, kind, KINDS[kind]({"a.md": b"\0" * 60_000_000}))
    assert texts == {}
    assert "expands to more than" in errors[0]


def test_the_sum_of_all_members_is_limited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many members that are small enough alone end the reading where they are too much together."""
    monkeypatch.setattr(archive, "_MOST_BYTES", 100)
    texts, errors = readings(
        tmp_path, "n.zip", zipped({f"{i}.md": b"Text. " * 5 for i in range(9)})
    )
    assert len(texts) == 3
    assert "no more is read" in errors[0]


def test_encrypted_members_are_refused(tmp_path: Path) -> None:
    """A member that needs a password is refused, and the others are read."""
    data = bytearray(zipped({"a.md": b"A.", "b.md": b"B."}))
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + flag] |= 1
    texts, errors = readings(tmp_path, "n.zip", bytes(data))
    assert texts == {"n.zip/b.md": "B."}
    assert errors == ["n.zip/a.md: encrypted: it needs a password"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    """The second member of one name is refused: both would have one id."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive_file:
        archive_file.writestr("a.md", "One.")
        archive_file.writestr("a.md", "Two.")
    assert readings(tmp_path, "n.zip", out.getvalue()) == (
        {"n.zip/a.md": "One."},
        ["n.zip/a.md: is in the archive twice"],
    )


@pytest.mark.parametrize("name", KINDS)
def test_damaged_archives_are_refused(tmp_path: Path, name: str) -> None:
    """An archive that ends early is refused, or what is whole in it is read, and the rest told."""
    data = KINDS[name]({"a.md": b"Text A. " * 500, "b.md": bytes(range(32, 127)) * 500})
    texts, errors = readings(tmp_path, name, data[: len(data) * 2 // 3])
    assert set(texts) <= {f"{name}/a.md"}
    assert any(word in errors[-1] for word in ("damaged", "is no"))


def test_archives_are_counted_and_lost_with_their_file(tmp_path: Path) -> None:
    """All articles of an archive have its file as their origin: they go when it goes."""
    (tmp_path / "n.zip").write_bytes(zipped(FILES))
    (source,), _ = open_sources([tmp_path])
    assert source.count() == len(FILES)
    list(source.read(ReadOptions(100)))
    assert source.has_lost((tmp_path / "n.zip").as_uri())
