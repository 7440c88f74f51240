"""Make `names.tsv.xz` from the training data of probablepeople."""

from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.tagged import columns, consistent, read_xml, split
from unrolled.data.making.write import tsv, xz

KINDS = ("person", "company")


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep each name once, without those labelled in two ways; split persons and companies alike."""
    folder = "probablepeople-0.5.6/name_data/labeled"
    archive = archives["probablepeople"]
    parts = [
        split(consistent(read_xml(archive.read(f"{folder}/{kind}_labeled.xml"))), seed=21 + number)
        for number, kind in enumerate(KINDS)
    ]
    train = parts[0][0] + parts[1][0]
    cells = [
        (*row, kind)
        for persons_and_companies in zip(*parts, strict=True)
        for kind, rows in zip(KINDS, persons_and_companies, strict=True)
        for row in columns(rows, train)
    ]
    return {"names.tsv.xz": xz(tsv(("tokens", "labels", "unseen", "kind"), cells))}
